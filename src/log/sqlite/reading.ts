// Reads of the embedded log: events after a cursor, and pages of messages.
import {
  CATCH_UP_EVENTS,
  CATCH_UP_MAX_EVENTS,
  type Cursor,
  type Message,
  type Page,
  type RoomEvent,
  type Sync
} from '../../contract.ts'
import { eventBytes, messageBytes } from '../answer-bytes.ts'
import { joined } from '../fold.ts'
import type { PagePlace } from '../message-log.ts'
import type { RoomRow } from './row-shapes.ts'
import type { Rows } from './rows.ts'

/** The events after a cursor, or null when the log does not hold it. */
export function eventsSince(rows: Rows, { n, head, trimmed }: RoomRow, cursor: Cursor, maxBytes: number): Sync | null {
  const behind = head.seq - cursor.seq
  if (cursor.epoch !== head.epoch || behind < 0 || behind > CATCH_UP_MAX_EVENTS || cursor.seq < trimmed) return null
  const id = cursor.seq === 0 ? '' : rows.eventId(n, cursor.seq)
  if (id !== cursor.id) return null
  const events: RoomEvent[] = []
  let end = cursor
  let bytes = 0
  for (const envelope of rows.eventsAfter(n, cursor.seq, CATCH_UP_EVENTS)) {
    const event = joined(envelope, rows.messageBySeq(n, envelope.of)?.message ?? null)
    // An event is missing.
    if (event.seq !== end.seq + 1) return null
    bytes += eventBytes(event)
    if (bytes > maxBytes && events.length > 0) return { kind: 'events', cursor: end, events, more: true }
    events.push(event)
    end = { epoch: head.epoch, seq: event.seq, id: event.id }
  }
  if (events.length < Math.min(behind, CATCH_UP_EVENTS)) return null
  return { kind: 'events', cursor: end, events, more: end.seq < head.seq }
}

export function fresh(rows: Rows, room: RoomRow, pageSize: number, maxBytes: number): Sync {
  const newest = page(rows, room, room.head.seq + 1, { limit: pageSize, removed: true, maxBytes })
  return { kind: 'fresh', cursor: room.head, ...newest }
}

/** The seq before which such a page ends; undefined when there is no such message. */
export function endOf(rows: Rows, { n, head }: RoomRow, place: PagePlace | null): number | undefined {
  if (!place) return head.seq + 1
  if ('seq' in place) return place.seq
  const seq = rows.messageById(n, 'id' in place ? place.id : place.upTo)?.message.seq
  return seq === undefined || 'id' in place ? seq : seq + 1
}

export function page(
  rows: Rows,
  { n }: RoomRow,
  before: number,
  { limit, removed, maxBytes }: { limit: number; removed: boolean; maxBytes: number }
): Page {
  const newest: Message[] = []
  let bytes = 0
  for (const message of rows.messagesBefore(n, before, limit + 1, removed)) {
    bytes += messageBytes(message)
    const isFull = newest.length === limit || (bytes > maxBytes && newest.length > 0)
    if (isFull) return { messages: newest.toReversed(), older: true }
    newest.push(message)
  }
  return { messages: newest.toReversed(), older: false }
}
