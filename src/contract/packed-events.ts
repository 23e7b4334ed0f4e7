// Events and messages as the native protocol packs them. Every receiver pays for each byte, so each fact is there once: numbers follow
// from the ones before, and what receivers know already is left out. live-lists.ts and packed-opened.ts are made of these.
import { STORED_VERSION } from './versions.ts'
import type { Author, LiveEvents, Mention, Message, RoomEvent } from './messages.ts'

/**
 * A new message: its id, the author's id (0 for a guest) and name, the time, the text, and if it has them what it replies to (or 0) and
 * its mentions. The very first time is in milliseconds since 1970 in base 36; others are numbers, counted from the first of the list, or
 * from the last of the list before.
 */
type FirstMessage = [id: string, by: string | 0, name: string, ...rest: Rest]
/** A message of an author who was named already: `named` is the place of the item that did, from 1 on. */
type FurtherMessage = [id: string, named: number, ...rest: Rest]
type Rest = [at: string | number, text: string, replyTo?: string | 0, mentions?: Mention[]]
export type PackedMessage = FirstMessage | FurtherMessage
type Events = LiveEvents['events']
export type PackedEvent = PackedMessage | Events[number]

const BASE = 36

/** Where a list ends, which another one may continue. */
export interface Place<Authors> {
  /** Of the last item. */
  seq: number
  /** Items so far. */
  count: number
  /** The time of the last message. */
  at: number | null
  /** Who was named, and by which item. */
  authors: Authors
}
export type Packing = Place<Map<string, number>>
export type Unpacking = Place<Map<number, Author>>

/** A list begins, after this seq. */
export const beginAfter = <K, V>(seq: number): Place<Map<K, V>> => ({ seq, count: 0, at: null, authors: new Map() })

/** Both move the place to the end of the list. */
export const packEvents = (place: Packing, events: Events): PackedEvent[] => packAll(place, events, sentBy)
export const unpackEvents = (place: Unpacking, packed: readonly PackedEvent[]) =>
  unpackAll<Events[number]>(place, packed, sentAs)

/** Of consecutive seqs, or nearly so. */
export const packMessages = (seq: number, messages: readonly Message[]) => packAll(beginAfter(seq), messages, itself)
export const unpackMessages = (seq: number, packed: readonly (PackedMessage | Message)[]) =>
  unpackAll(beginAfter(seq), packed, itself)
const itself = (message: Message) => message

/**
 * What is more than a new message, such as a change or a message with reactions, stays as it is, and so does what leaves out a seq.
 * `messageOf`: the message that says all of an item, or null.
 */
function packAll<T extends { seq: number }>(
  place: Packing,
  items: readonly T[],
  messageOf: (item: T) => Message | null
): (PackedMessage | T)[] {
  let from = place.at
  return items.map((item) => {
    const follows = item.seq === place.seq + 1
    place.seq = item.seq
    place.count += 1
    const message = follows ? messageOf(item) : null
    if (!message || !isAsSent(message)) return item
    const { id, by, at, text, replyTo, mentions } = message
    const time = from === null ? at.toString(BASE) : at - from
    from ??= at
    place.at = at
    const more: [(string | 0)?, Mention[]?] = mentions
      ? [replyTo ?? 0, mentions]
      : replyTo === undefined
        ? []
        : [replyTo]
    const author = `${by.id ?? ''} ${by.name}`
    const named = place.authors.get(author)
    if (named !== undefined) return [id, named, time, text, ...more]
    place.authors.set(author, place.count)
    return [id, by.id ?? 0, by.name, time, text, ...more]
  })
}

function unpackAll<T extends { seq: number }>(
  place: Unpacking,
  packed: readonly (PackedMessage | T)[],
  itemOf: (message: Message) => T
): T[] {
  let from = place.at ?? 0
  return packed.map((item): T => {
    place.count += 1
    if (!isMessage(item)) {
      place.seq = item.seq
      return item
    }
    const first = isFirst(item) ? item : null
    const by = first ? { id: first[1] || null, name: first[2] } : place.authors.get(Number(item[1]))!
    if (first) place.authors.set(place.count, by)
    const [time, text, replyTo, mentions] = item.slice(first ? 3 : 2) as Rest
    if (typeof time === 'string') from = parseInt(time, BASE)
    const at = typeof time === 'string' ? from : from + time
    place.at = at
    const [id] = item
    const seq = (place.seq += 1)
    const message = { id, seq, rev: seq, at, by, text }
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
