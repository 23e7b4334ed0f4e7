// One verb into the embedded log, as a step of a group: first everything that may refuse it, then the writes.
import { ChatError } from '../chat/chat-error.ts'
import { CATCH_UP_MAX_EVENTS, newId, WIRE_VERSION, type Cursor } from '../contract.ts'
import { fold, isRepeat, joined, sending, tidied } from './fold.ts'
import type { Appended, Change } from './message-log.ts'
import type { Step } from './sqlite-group.ts'
import type { MessageRow, RoomRow, Rows } from './sqlite-rows.ts'
import type { Envelope } from './stored.ts'

/** An idempotency record outlives its message at least until this age. */
export const RECORDS_KEPT_MS = 7 * 24 * 60 * 60 * 1000
/** Old messages and old records dropped by one append at most: one is enough to stand still, more to catch up. */
const TRIM_SLICE = 8

export interface Appending {
  rows: Rows
  historyLimit: number
  now: () => number
  /** A text was wiped: its bytes may be in the write-ahead log until that is emptied; at once when `urgent`. */
  wiped: (urgent: boolean) => void
}

export function appending(to: Appending, asked: Change): Step<Appended> {
  const { rows } = to
  const change = tidied(asked)
  return () => {
    const room = rows.room(change.room)
    if (!room) throw new ChatError('no-room')
    const earlier = recorded(rows, room, change)
    if (earlier) return () => repeated(to, room, earlier)

    const target = change.kind === 'sent' ? null : rows.messageById(room.n, change.message)
    const outcome = fold(change, target?.message ?? null)
    if (typeof outcome === 'string') throw new ChatError(outcome)

    return () => {
      const epoch = hasLost(rows, room, change.known) ? newId() : room.head.epoch
      const before: Cursor = { ...room.head, epoch }
      const seq = before.seq + 1
      const { kind, id, at, by } = change
      const message = outcome(seq)
      const envelope: Envelope = { v: WIRE_VERSION, seq, kind, id, at, by, message: message.id, of: message.seq }
      rows.addEvent(room.n, envelope, to.now())
      if (target) rows.writeMessage(room.n, message, target)
      else rows.addMessage(room.n, message)
      if (kind === 'removed') to.wiped(true)
      trim(to, { ...room, head: { epoch, seq, id }, messages: room.messages + (target ? 0 : 1) })
      return { event: joined(envelope, message), before, repeated: false }
    }
  }
}

function recorded(rows: Rows, room: RoomRow, change: Change): Envelope | null {
  const sent = (found: MessageRow | null) => found && sending(found.message)
  const record = rows.eventById(room.n, change.id) ?? sent(rows.messageById(room.n, change.id))
  if (record && !isRepeat(record, change)) throw new ChatError('id-taken')
  return record
}

function repeated(to: Appending, room: RoomRow, envelope: Envelope): Appended {
  const { rows } = to
  // The first try may have been kept without an answer, because the write-ahead log could not be emptied.
  if (envelope.kind === 'removed') to.wiped(true)
  const message = rows.messageBySeq(room.n, envelope.of)?.message ?? null
  const seq = envelope.seq - 1
  const id = (seq >= room.trimmed && rows.eventBySeq(room.n, seq)?.id) || ''
  const before = { epoch: room.head.epoch, seq, id }
  return { event: joined(envelope, message), before, repeated: true }
}

/** The room's head, under a new epoch if the log no longer holds what was known of it. */
export function reminding(rows: Rows, id: string, known: Cursor): Step<Cursor> {
  return () => {
    const room = rows.room(id)
    if (!room) throw new ChatError('no-room')
    return () => {
      if (!hasLost(rows, room, known)) return room.head
      const head = { ...room.head, epoch: newId() }
      rows.raiseRoom({ ...room, head })
      return head
    }
  }
}

/** Whether the log no longer holds an event that the caller has seen. One that was trimmed away is no loss, nor is another epoch. */
function hasLost(rows: Rows, { n, head }: RoomRow, known: Cursor | undefined): boolean {
  if (!known || known.epoch !== head.epoch || known.seq === 0) return false
  if (known.seq > head.seq) return true
  const event = rows.eventBySeq(n, known.seq)
  return event !== null && event.id !== known.id
}

/** History's limit and the age of records, a slice of each, as part of the append. */
function trim({ rows, historyLimit, now, wiped }: Appending, room: RoomRow): void {
  const over = room.messages - historyLimit
  if (over > 0) {
    const { count, upTo } = rows.dropOldestMessages(room.n, Math.min(over, TRIM_SLICE))
    room.messages -= count
    room.trimmed = upTo
    wiped(false)
  }
  rows.raiseRoom(room)
  // Events that no catch-up will ask for are records only.
  const unread = Math.max(room.trimmed, room.head.seq - CATCH_UP_MAX_EVENTS) - 1
  rows.dropOldEvents(room.n, unread, now() - RECORDS_KEPT_MS, TRIM_SLICE)
}
