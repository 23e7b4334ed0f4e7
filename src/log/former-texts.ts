// The texts that a message had before it was edited. They are stored with the message and go with it, so removing and trimming need to
// know nothing of them.
import type { FormerText, Message } from '../contract.ts'

/** The newest ones of a message. */
export const FORMER_TEXTS_MAX = 5
export const FORMER_BYTES_MAX = 16_000
/** What one counts for beside its text: in the embedded store the time and the length, which precede it. */
export const FORMER_OVERHEAD_BYTES = 12
const LENGTH_AT = 8

export const formerBytes = (former: readonly FormerText[]): number =>
  former.reduce((sum, { text }) => sum + FORMER_OVERHEAD_BYTES + Buffer.byteLength(text), 0)

/** The former texts of a message after an edit. */
export function afterEdit(former: readonly FormerText[], { text, at, editedAt = at }: Message): FormerText[] {
  const next = [...former, { text, at: editedAt }].slice(-FORMER_TEXTS_MAX)
  while (formerBytes(next) > FORMER_BYTES_MAX) next.shift()
  return next
}

export function encodeFormer(former: readonly FormerText[]): Buffer {
  const bytes = Buffer.alloc(formerBytes(former))
  let place = 0
  for (const { text, at } of former) {
    bytes.writeDoubleBE(at, place)
    const length = bytes.write(text, place + FORMER_OVERHEAD_BYTES)
    bytes.writeUInt32BE(length, place + LENGTH_AT)
    place += FORMER_OVERHEAD_BYTES + length
  }
  return bytes
}

/** Nothing if an earlier build has changed the message and with it the key, so that these bytes are noise. */
export function decodeFormer(bytes: Buffer): FormerText[] {
  const former: FormerText[] = []
  for (let place = 0; place < bytes.length;) {
    const start = place + FORMER_OVERHEAD_BYTES
    if (start > bytes.length) return []
    const [at, end] = [bytes.readDoubleBE(place), start + bytes.readUInt32BE(place + LENGTH_AT)]
    if (!Number.isSafeInteger(at) || end > bytes.length) return []
    former.push({ at, text: bytes.toString('utf8', start, end) })
    place = end
  }
  return former
}
