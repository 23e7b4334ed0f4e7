// Bus messages are encrypted. The stream stores them for a while, so the text of a removed message must not be readable in any key
// or dump of Redis. Only instances of this deployment, which share the secret, can read or write them.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Part of the key. Instances of the previous build derive the same one. */
const KEY_INFO = 'taifas letters'

export interface Encryption {
  encrypt(content: unknown): string
  /** The content, or undefined when it was encrypted with another secret, changed or cut. */
  decrypt(encrypted: string): unknown
}

export function createEncryption(secret: string): Encryption {
  // Given its bytes instead, Node would make a key of them for every message, which takes longer than the rest.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', KEY_INFO, 32)))
  return {
    encrypt(content) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const body = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    decrypt(encrypted) {
      try {
        const bytes = Buffer.from(encrypted, 'base64url')
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
