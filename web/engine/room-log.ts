// What a client knows of one room's log, as pure functions. First load, live events and repair share two of them, so they can't
// disagree. The cursor never passes a hole.
import type { Cursor, LiveEvents, Message, Page, Sync, WireEvent } from '../../src/contract.ts'
import { changed, isKnown, isWhole } from './wire-events.ts'

export interface RoomLog {
  /** The last event that was applied. */
  cursor: Cursor
  /** The first seq that the loaded messages cover. Changes of earlier messages are ignored. */
  from: number
  /** By seq, without gaps from `from` to the cursor. */
  messages: readonly Message[]
  /** Whether more lie before `from`. */
  older: boolean
  /** The last seq that the loaded messages cover, when later messages are not loaded. Absent: they reach to the cursor. */
  to?: number
}

export type Applied =
  /** `news`: the events that were not known before; none after a fresh start. */
  | { kind: 'applied'; log: RoomLog; news: readonly WireEvent[] }
  /** Events are missing: wait a little, then request them. */
  | { kind: 'hole' }
  /** The server has another history: request it at once. */
  | { kind: 'diverged' }

/** What the log has applied: the next events, or a fresh start. */
export interface News {
  fresh: boolean
  events: readonly WireEvent[]
}

/** Live events. Known ones change nothing. */
export function applyEvents(log: RoomLog, list: Omit<LiveEvents, 'room'>): Applied {
  const { before, events, proof } = list
  const { epoch, seq, id } = log.cursor
  if (!epoch.startsWith(before.epoch)) return { kind: 'diverged' }
  if (before.seq === seq && (before.id ?? id) !== id) return { kind: 'diverged' }
  if (before.seq > log.cursor.seq) return { kind: 'hole' }
  // An empty list says that the room starts anew there: later messages may be lost.
  if (events.length === 0 && before.seq < log.cursor.seq) return { kind: 'diverged' }

  const news = events.filter((event) => event.seq > log.cursor.seq)
  const last = news.at(-1)
  if (!last) return { kind: 'applied', log, news }
  if (news.some((event, index) => event.seq !== log.cursor.seq + 1 + index)) return { kind: 'hole' }
  const cursor = { epoch, seq: last.seq, id: last.id, ...(proof !== undefined && { proof }) }
  return { kind: 'applied', log: { ...log, cursor, messages: fold(log, news) }, news }
}

/** The answer to first load, catch-up and repair. Its events follow the cursor of the request, which is the log's. */
export function applySync(log: RoomLog | null, sync: Sync<WireEvent>): Applied {
  if (sync.kind === 'fresh') return { kind: 'applied', log: freshLog(sync), news: [] }
  if (!log) return { kind: 'diverged' }
  const { epoch, seq, proof } = sync.cursor
  const before = { ...log.cursor, epoch }
  const result = applyEvents(log, { before, events: sync.events, ...(proof !== undefined && { proof }) })
  if (result.kind !== 'applied' || result.log.cursor.seq > seq) return result
  // The answer's cursor also counts events of kinds that this client doesn't know.
  return seq === result.log.cursor.seq ? result : { kind: 'hole' }
}

/** Puts an older page before the loaded messages. */
export function prepend(log: RoomLog, page: Page): RoomLog {
  const earlier = page.messages.filter((message) => message.seq < log.from)
  const first = earlier[0]
  return {
    ...log,
    from: first && page.older ? first.seq : 0,
    messages: [...earlier, ...log.messages],
    older: page.older && first !== undefined
  }
}

/** Messages that follow the loaded ones and cover every seq up to `to`. */
export function append(log: RoomLog, messages: readonly Message[], to: number): RoomLog {
  const { to: covered, ...rest } = log
  if (covered === undefined) return log
  const later = messages.filter(({ seq }) => seq > covered && seq <= to)
  const joined = { ...rest, messages: [...log.messages, ...later] }
  return to < log.cursor.seq ? { ...joined, to } : joined
}

/** A page instead of the loaded messages. It covers every seq up to `to`, or up to the cursor. */
export function windowOf(cursor: Cursor, { messages, older }: Page, to: number): RoomLog {
  const log = freshLog({ kind: 'fresh', cursor, messages, older })
  return to < cursor.seq ? { ...log, to } : log
}

/** Applies events again to messages that were read before those events. Nothing is applied twice, because the higher rev wins. */
export function reapply(log: RoomLog, events: readonly WireEvent[]): RoomLog {
  return events.length === 0 ? log : { ...log, messages: fold(log, events) }
}

/** A log at this place without messages: it follows the events and loads none. */
export const emptyLog = (cursor: Cursor): RoomLog => ({ cursor, from: Infinity, messages: [], older: true })

/** The newest `keep` messages; the earlier ones can be read again. */
export function trimmed(log: RoomLog, keep: number): RoomLog {
  const messages = log.messages.slice(-keep)
  const first = messages[0]
  if (!first || messages.length === log.messages.length) return log
  return { ...log, from: first.seq, messages, older: true }
}

/** The oldest `keep` messages. Later ones, and messages that are sent from now on, have to be read again. */
export function trimmedAfter(log: RoomLog, keep: number): RoomLog {
  const messages = log.messages.slice(0, keep)
  const last = messages.at(-1)
  if (!last || messages.length === log.messages.length) return log
  return { ...log, messages, to: last.seq }
}

/** A log without a gap between its messages and its cursor: one whose end was trimmed holds no message here. */
export const wholeEnd = (log: RoomLog | null): RoomLog | null => (log?.to === undefined ? log : emptyLog(log.cursor))

export const findMessage = (log: RoomLog, id: string) => log.messages.find((message) => message.id === id)

function freshLog({ cursor, messages, older }: Sync & { kind: 'fresh' }): RoomLog {
  const first = messages[0]
  return { cursor, messages, older, from: older ? (first?.seq ?? cursor.seq + 1) : 0 }
}

/**
 * A whole message has the state of when its event was read: the higher rev is the newer one, in any order of arrival. A change applies
 * to the loaded message, unless that is newer already.
 */
function fold(log: RoomLog, events: readonly WireEvent[]): readonly Message[] {
  const messages = log.messages.slice()
  for (const event of events) {
    if (!isKnown(event)) continue
    const { seq } = isWhole(event) ? event.message : event.of
    if (seq < log.from || seq > (log.to ?? Infinity)) continue
    const index = indexOf(messages, seq)
    const loaded = messages[index]?.seq === seq ? messages[index] : undefined
    if (!isWhole(event)) {
      if (loaded && loaded.rev < event.seq) messages[index] = changed(loaded, event)
    } else if (!loaded) messages.splice(index, 0, event.message)
    else if (event.message.rev > loaded.rev) messages[index] = event.message
  }
  return messages
}

/** The first index whose seq is not lower. It searches from the end, where nearly all changes happen. */
function indexOf(messages: readonly Message[], seq: number): number {
  let index = messages.length
  while (index > 0 && messages[index - 1]!.seq >= seq) index--
  return index
}
