// Live events as the native protocol sends them from version 2 on. Every receiver pays for each byte, so each fact is there once: numbers
// follow from the first one, and what receivers know already is left out.
import { STORED_VERSION } from './versions.ts'
import type { Author, Cursor, LiveEvents, Mention, RoomEvent, WireEvent } from './messages.ts'

/**
 * A new message: its id, the author's id (0 for a guest) and name, the time, the text, and if it has them what it replies to (or 0) and
 * its mentions. The time of the first is in milliseconds since 1970 in base 36; those of the others are numbers, counted from the first.
 */
type FirstMessage = [id: string, by: string | 0, name: string, ...rest: Rest]
/** From version 3 on, a message of an author whom the list has named already: `named` is the place of that message, from 1 on. */
type FurtherMessage = [id: string, named: number, ...rest: Rest]
type Rest = [at: string | number, text: string, replyTo?: string | 0, mentions?: Mention[]]
export type PackedMessage = FirstMessage | FurtherMessage
export type PackedEvent = PackedMessage | WireEvent

/**
 * `head`: the beginning of the epoch, which shows that the list continues what the receiver has; the proof of the cursor at the last
 * event; and after a dot the seq of the event before the first.
 */
export type PackedEvents = [room: string, head: string, ...events: PackedEvent[]]

const EPOCH_SENT = 4
const BASE = 36

/** `namesOnce`: an author is named once. Everything but new messages, and a message that is no longer as it was sent, stays as it is. */
export function pack(
  room: string,
  before: Cursor,
  proof: string,
  events: readonly WireEvent[],
  { namesOnce = true } = {}
): PackedEvents {
  let from: number | null = null
  const named = new Map<string, number>()
  const packed = events.map((event, place): PackedEvent => {
    if (event.seq !== before.seq + 1 + place || !isAsSent(event)) return event
    const { id, by, at, text, replyTo, mentions } = event.message
    const time = from === null ? at.toString(BASE) : at - from
    from ??= at
    const more: [(string | 0)?, Mention[]?] = mentions
      ? [replyTo ?? 0, mentions]
      : replyTo === undefined
        ? []
        : [replyTo]
    const author = `${by.id ?? ''} ${by.name}`
    const namedAt = named.get(author)
    if (namedAt !== undefined) return [id, namedAt, time, text, ...more]
    if (namesOnce) named.set(author, place + 1)
    return [id, by.id ?? 0, by.name, time, text, ...more]
  })
  return [room, `${before.epoch.slice(0, EPOCH_SENT)}${proof}.${before.seq}`, ...packed]
}

export function unpack(...[room, head, ...packed]: PackedEvents): LiveEvents {
  const [start = '', last] = head.split('.')
  const seqBefore = Number(last)
  let from = 0
  const authors: Author[] = []
  const events = packed.map((event, place): WireEvent => {
    if (!Array.isArray(event)) return event
    const first = isFirst(event) ? event : null
    const by = first ? { id: first[1] || null, name: first[2] } : authors[Number(event[1])]!
    authors[place + 1] = by
    const [time, text, replyTo, mentions] = event.slice(first ? 3 : 2) as Rest
    const [id] = event
    if (typeof time === 'string') from = parseInt(time, BASE)
    const at = typeof time === 'string' ? from : from + time
    const seq = seqBefore + 1 + place
    const message = { id, seq, rev: seq, at, by, text, ...(replyTo && { replyTo }), ...(mentions && { mentions }) }
    return { v: STORED_VERSION, seq, kind: 'sent', id, at, by, message }
  })
  const before = { epoch: start.slice(0, EPOCH_SENT), seq: seqBefore }
  return { room, before, events, proof: start.slice(EPOCH_SENT) }
}

const isFirst = (message: PackedMessage): message is FirstMessage => typeof message[1] === 'string' || message[1] === 0

const PACKED = new Set(['id', 'seq', 'rev', 'at', 'by', 'text', 'replyTo', 'mentions'])

/** Whether a message is all that its event says, so that both follow from the packed form. */
function isAsSent(event: WireEvent): event is RoomEvent {
  if (event.kind !== 'sent' || event.v !== STORED_VERSION || !('message' in event)) return false
  const { message, seq, id, at, by } = event
  const { rev, ...rest } = message
  const isSame = rest.seq === seq && rev === seq && rest.id === id && rest.at === at && Number.isSafeInteger(at)
  return isSame && rest.by.id === by.id && rest.by.name === by.name && Object.keys(rest).every((key) => PACKED.has(key))
}
