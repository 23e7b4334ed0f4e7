// Events and messages as the native protocol sends them from version 2 on. Every receiver pays for each byte, so each fact is there once:
// numbers follow from the ones before, and what receivers know already is left out.
import { STORED_VERSION } from './versions.ts'
import type { Author, Cursor, LiveEvents, Mention, Message, RoomEvent, WireEvent } from './messages.ts'

/**
 * A new message: its id, the author's id (0 for a guest) and name, the time, the text, and if it has them what it replies to (or 0) and
 * its mentions. The time of the first is in milliseconds since 1970 in base 36; those of the others are numbers, counted from the first.
 */
type FirstMessage = [id: string, by: string | 0, name: string, ...rest: Rest]
/** From version 3 on, a message of an author whom the list has named already: `named` is the place of that message, from 1 on. */
type FurtherMessage = [id: string, named: number, ...rest: Rest]
type Rest = [at: string | number, text: string, replyTo?: string | 0, mentions?: Mention[]]
export type PackedMessage = FirstMessage | FurtherMessage
type Events = readonly WireEvent[]
export type PackedEvent = PackedMessage | Events[number]

/**
 * `head`: the beginning of the epoch, which shows that the list continues what the receiver has; the proof of the cursor at the last
 * event; and after a dot the seq of the event before the first.
 */
export type PackedEvents = [room: string, head: string, ...events: PackedEvent[]]

const EPOCH_SENT = 4
const BASE = 36

/** A live list. `namesOnce`: an author is named once. */
export function pack(
  room: string,
  before: Cursor,
  proof: string,
  events: Events,
  { namesOnce = true } = {}
): PackedEvents {
  const head = `${before.epoch.slice(0, EPOCH_SENT)}${proof}.${before.seq}`
  return [room, head, ...packEvents(before.seq, events, namesOnce)]
}

export function unpack(...[room, head, ...packed]: PackedEvents): LiveEvents {
  const [start = '', last] = head.split('.')
  const before = { epoch: start.slice(0, EPOCH_SENT), seq: Number(last) }
  return { room, before, events: unpackEvents(before.seq, packed), proof: start.slice(EPOCH_SENT) }
}

export const packEvents = (seq: number, events: Events, namesOnce = true): PackedEvent[] =>
  packAll(seq, events, sentBy, namesOnce)
export const unpackEvents = (seq: number, packed: readonly PackedEvent[]) =>
  unpackAll<Events[number]>(seq, packed, sentAs)

/** Of consecutive seqs, or nearly so. */
export const packMessages = (seq: number, messages: readonly Message[]) => packAll(seq, messages, itself, true)
export const unpackMessages = (seq: number, packed: readonly (PackedMessage | Message)[]) =>
  unpackAll(seq, packed, itself)
const itself = (message: Message) => message

/**
 * What is more than a new message, such as a change or a message with reactions, stays as it is, and so does what leaves out a seq.
 * `seq`: of what precedes the first. `messageOf`: the message that says all of an item, or null.
 */
function packAll<T extends { seq: number }>(
  seq: number,
  items: readonly T[],
  messageOf: (item: T) => Message | null,
  namesOnce: boolean
): (PackedMessage | T)[] {
  let before = seq
  let from: number | null = null
  const named = new Map<string, number>()
  return items.map((item, place) => {
    const follows = item.seq === before + 1
    before = item.seq
    const message = follows ? messageOf(item) : null
    if (!message || !isAsSent(message)) return item
    const { id, by, at, text, replyTo, mentions } = message
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
}

function unpackAll<T extends { seq: number }>(
  seq: number,
  packed: readonly (PackedMessage | T)[],
  itemOf: (message: Message) => T
): T[] {
  let before = seq
  let from = 0
  const authors: Author[] = []
  return packed.map((item, place): T => {
    if (!isMessage(item)) {
      before = item.seq
      return item
    }
    const first = isFirst(item) ? item : null
    const by = first ? { id: first[1] || null, name: first[2] } : authors[Number(item[1])]!
    authors[place + 1] = by
    const [time, text, replyTo, mentions] = item.slice(first ? 3 : 2) as Rest
    if (typeof time === 'string') from = parseInt(time, BASE)
    const at = typeof time === 'string' ? from : from + time
    const [id] = item
    before += 1
    const message = { id, seq: before, rev: before, at, by, text }
    return itemOf({ ...message, ...(replyTo && { replyTo }), ...(mentions && { mentions }) })
  })
}

const isMessage = (item: PackedMessage | { seq: number }): item is PackedMessage => Array.isArray(item)
const isFirst = (message: PackedMessage): message is FirstMessage => typeof message[1] === 'string' || message[1] === 0

const PACKED = new Set(['id', 'seq', 'rev', 'at', 'by', 'text', 'replyTo', 'mentions'])

/** Whether a message has nothing but what its packed form says. */
const isAsSent = (message: Message): boolean =>
  message.rev === message.seq &&
  Number.isSafeInteger(message.at) &&
  Object.keys(message).every((key) => PACKED.has(key))

/** The event that sent a message. */
export function sentAs(message: Message): RoomEvent {
  const { seq, id, at, by } = message
  return { v: STORED_VERSION, seq, kind: 'sent', id, at, by, message }
}

/** The message of an event that says no more than that it was sent. */
function sentBy(event: Events[number]): Message | null {
  if (event.kind !== 'sent' || event.v !== STORED_VERSION || !('message' in event)) return null
  const { message, seq, id, at, by } = event
  const isSame = message.seq === seq && message.id === id && message.at === at
  return isSame && message.by.id === by.id && message.by.name === by.name ? message : null
}
