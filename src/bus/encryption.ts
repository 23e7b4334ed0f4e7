// Letters are sealed: the stream they travel by keeps their bytes for a while, and the text of a message that is removed
// meanwhile must not stand in any key or dump of Redis. Only instances of this deployment, who share the secret, read them.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Encryption {
  close(letter: unknown): string
  /** What was sealed, or undefined when it wasn't sealed with this secret, or isn't whole. */
  open(sealed: string): unknown
}

export function createEncryption(secret: string): Encryption {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'taifas letters', 32))
  return {
    close(letter) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const body = Buffer.concat([cipher.update(JSON.stringify(letter), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      try {
        const bytes = Buffer.from(sealed, 'base64url')
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES))
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
        return JSON.parse(body.toString('utf8'))
      } catch {
        return undefined
      }
    }
  }
}
