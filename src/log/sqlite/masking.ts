// Texts that can be erased for good. SQLite's secure_delete wipes a row in its place, but not the copies that stay in the unused part
// of pages when rows move (measured: 3 of 8,000 removed texts were still in the file). So each text is stored under a mask, derived
// from a key in a row of fixed size. That row is only overwritten in place and never deleted, so it never moves. Without the key the
// text is noise.
import { createHash, randomFillSync } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

const KEY_BYTES = 16
const WIPED = Buffer.alloc(KEY_BYTES)
const NOTHING = new Uint8Array()
/** Random bytes are drawn for many keys at once: drawing them one by one costs more than the rest of the mask. */
const KEYS_DRAWN = 256

export interface Masked {
  mask: number
  body: Uint8Array
  /** The bytes that belong to the text, under the same key. */
  more: Uint8Array
}

export interface Masks {
  /** Masks a text with a new key. `mask` is the row of the key: a free one, or for an edit the row of the old key. */
  cover(text: string, mask?: number, more?: Uint8Array): Masked
  /** Makes the text unreadable for good, and frees the row of its key. */
  wipe(mask: number): void
}

export function openMasks(db: DatabaseSync): Masks {
  const free = db.prepare('SELECT n FROM masks WHERE free = 1 LIMIT 1')
  const add = db.prepare('INSERT INTO masks (free, key) VALUES (0, ?)')
  const write = db.prepare('UPDATE masks SET free = ?, key = ? WHERE n = ?')
  const drawn = Buffer.alloc(KEY_BYTES * KEYS_DRAWN)
  let used = drawn.length

  function newKey(): Uint8Array {
    if (used === drawn.length) {
      randomFillSync(drawn)
      used = 0
    }
    used += KEY_BYTES
    return drawn.subarray(used - KEY_BYTES, used)
  }

  return {
    cover(text, mask, added) {
      const key = newKey()
      const bytes = Buffer.from(text)
      const body = masked(bytes, key)
      const more = added ? masked(added, key, bytes.length) : NOTHING
      const place = mask ?? free.get()?.['n']
      if (place === undefined) return { mask: Number(add.run(key).lastInsertRowid), body, more }
      write.run(0, key, Number(place))
      return { mask: Number(place), body, more }
    },
    wipe: (mask) => void write.run(1, WIPED, mask)
  }
}

/** The text under a mask's key. */
export const uncovered = (body: Uint8Array, key: Uint8Array): string => masked(body, key).toString('utf8')

/** What was added to a text, under the same key. */
export const uncoveredMore = (more: Uint8Array, key: Uint8Array, textBytes: number): Buffer =>
  masked(more, key, textBytes)

/** Every key masks one text and what is added to it, from `from` on, so nothing but the key goes into the mask. */
function masked(bytes: Uint8Array, key: Uint8Array, from = 0): Buffer {
  const stream = createHash('shake256', { outputLength: from + bytes.length })
  const mask = stream.update(key).digest().subarray(from)
  // In place, because nothing else uses the mask.
  for (let n = 0; n < mask.length; n += 1) mask[n] = (mask[n] ?? 0) ^ (bytes[n] ?? 0)
  return mask
}
