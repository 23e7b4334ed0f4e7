// Texts that can be forgotten. SQLite's secure_delete wipes a row where it is, but not the copies that stay in the unused
// part of pages when rows move between them (measured: 3 of 8,000 removed texts were still in the file). So a text is kept
// encrypted, its key in a row of fixed size that is only ever overwritten in place and never deleted, hence never moves.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

const CIPHER = 'aes-128-ctr'
const KEY_BYTES = 16
// Every key enciphers one text, so the counter may start at nought.
const START = Buffer.alloc(16)
const WIPED = Buffer.alloc(KEY_BYTES)

export interface Masked {
  mask: number
  body: Uint8Array
}

export interface Masks {
  /** Enciphers a text under a new key; `mask` is the place of its key, taken anew or, for an edit, kept. */
  cover(text: string, mask?: number): Masked
  /** Makes the text unreadable for good, and its place free. */
  wipe(mask: number): void
}

export function openMasks(db: DatabaseSync): Masks {
  const free = db.prepare('SELECT n FROM masks WHERE free = 1 LIMIT 1')
  const add = db.prepare('INSERT INTO masks (free, key) VALUES (0, ?)')
  const write = db.prepare('UPDATE masks SET free = ?, key = ? WHERE n = ?')
  return {
    cover(text, mask) {
      const key = randomBytes(KEY_BYTES)
      const cipher = createCipheriv(CIPHER, key, START)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      const place = mask ?? free.get()?.['n']
      if (place === undefined) return { mask: Number(add.run(key).lastInsertRowid), body }
      write.run(0, key, Number(place))
      return { mask: Number(place), body }
    },
    wipe: (mask) => void write.run(1, WIPED, mask)
  }
}

/** The text under a mask's key. */
export function uncovered(body: Uint8Array, key: Uint8Array): string {
  const decipher = createDecipheriv(CIPHER, key, START)
  return decipher.update(body, undefined, 'utf8') + decipher.final('utf8')
}
