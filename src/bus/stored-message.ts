// A message on the bus whose entry was written by the append script, in the step that stored it. So the stream has the messages in the
// order of the log, and other instances need not wait until the sender's has its answer. The encrypted part lacks the place in the log,
// which only the script knows: it adds that to the entry in clear. Anyone who could change it there could also change the log.
import * as v from 'valibot'
import { STORED_VERSION } from '../contract.ts'
import type { SentChange } from '../log/message-log.ts'
import { storedAuthor, storedMentions } from '../log/stored.ts'
import type { Entry } from './entries.ts'
import { room, type BusMessage } from './messages.ts'

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())
const withoutPlace = v.object({
  v: whole,
  kind: v.literal('stored'),
  room,
  id: text,
  at: v.number(),
  by: storedAuthor,
  text,
  replyTo: v.exactOptional(text),
  mentions: v.exactOptional(storedMentions)
})
const place = v.object({
  epoch: text,
  seq: v.pipe(text, v.regex(/^\d+$/), v.transform(Number), v.safeInteger(), v.minValue(1)),
  before: text
})

/** The part that is encrypted. */
export function storedMessage({
  room,
  id,
  at,
  by,
  text,
  replyTo,
  mentions
}: SentChange): v.InferOutput<typeof withoutPlace> {
  const more = { ...(replyTo !== undefined && { replyTo }), ...(mentions && { mentions }) }
  return { v: STORED_VERSION, kind: 'stored', room, id, at, by, text, ...more }
}

/** The event in a decrypted entry of the append script; null for any other. */
export function readStoredMessage(entry: Entry, decrypted: unknown): BusMessage | null {
  const message = v.safeParse(withoutPlace, decrypted)
  const at = v.safeParse(place, entry)
  if (!message.success || !at.success) return null
  const { v: version, kind: _, room, ...rest } = message.output
  const { epoch, seq, before: id } = at.output
  return {
    v: version,
    kind: 'event',
    room,
    before: { epoch, seq: seq - 1, id },
    event: { v: version, seq, kind: 'sent', id: rest.id, at: rest.at, by: rest.by, message: { ...rest, seq, rev: seq } }
  }
}
