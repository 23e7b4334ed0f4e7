// Which messages a room of the embedded store lets go. The same rules as in Redis: an author who holds more than a quarter of
// the room pays with their own oldest message, for what they write and for what others write; otherwise the oldest of all goes.
import { CATCH_UP_MAX_EVENTS } from '../../contract.ts'
import type { OldestRow, RoomRow } from './row-shapes.ts'
import type { Rows } from './rows.ts'
import type { Sizes } from './sizes.ts'
import {
  AUTHOR_SHARE,
  bytesAfterTrim,
  COMPARE_EVERY,
  countSlack,
  RECORDS_KEPT_FULL_MS,
  RECORDS_KEPT_MS,
  recordsMax,
  RELIEF_SLICE,
  TRIM_SLICE,
  TRIM_SLICE_BYTES
} from '../limits.ts'

export interface Trimming {
  rows: Rows
  sizes: Sizes
  /** By room: the author last seen to hold more than an author's share. */
  heavy: Map<number, string>
  historyLimit: number
  roomBytesMax: number
  now: () => number
  /** A text was wiped: its bytes may be in the write-ahead log until that is emptied; at once when `urgent`. */
  wiped: (urgent: boolean) => void
}

/** Applies the limits of history and of records, a slice of each, after `author` changed the message at `keep`. */
export function trim(to: Trimming, room: RoomRow, author: string, keep: number): void {
  const { historyLimit, roomBytesMax } = to
  const slack = countSlack(historyLimit)
  const most = historyLimit + (room.messages > historyLimit + slack ? 0 : slack)
  const mostBytes = room.bytes > roomBytesMax ? bytesAfterTrim(roomBytesMax) : roomBytesMax
  if (room.messages > most || room.bytes > mostBytes) {
    for (let step = 1; step <= TRIM_SLICE_BYTES; step += 1) {
      if (room.bytes <= mostBytes && (room.messages <= most || step > TRIM_SLICE)) break
      if (!trimOldest(to, room, authorToTrim(to, room.n, author), keep)) break
    }
  }
  if (room.head.seq % COMPARE_EVERY === 0) authorToTrim(to, room.n, author)
  to.rows.raiseRoom(room)
  forgetRecords(to, room, RECORDS_KEPT_MS, TRIM_SLICE)
}

/** The author, or else the one last seen to exceed their share of the room; null when neither does. */
function authorToTrim(to: Trimming, room: number, author: string): string | null {
  const { heavy } = to
  for (const one of [author, heavy.get(room) ?? author]) {
    if (!exceedsShare(to, room, one)) continue
    heavy.set(room, one)
    return one
  }
  heavy.delete(room)
  return null
}

function exceedsShare({ sizes, historyLimit, roomBytesMax }: Trimming, room: number, author: string): boolean {
  const { messages, bytes } = sizes.of(room, author)
  return messages > historyLimit * AUTHOR_SHARE || bytes > roomBytesMax * AUTHOR_SHARE
}

/** Trims a slice of a room that holds more than limits that were lowered. False when no room does. */
export function shrink(to: Trimming): boolean {
  const { rows, historyLimit, roomBytesMax } = to
  return rows.largeRooms(historyLimit + countSlack(historyLimit), roomBytesMax).some((id) => shrinkRoom(to, id) > 0)
}

/** Returns how many messages it trimmed. */
function shrinkRoom(to: Trimming, id: string): number {
  const { rows, sizes, historyLimit, roomBytesMax } = to
  const room = rows.room(id)
  if (!room) return 0
  const isLarge = () => room.messages > historyLimit || room.bytes > roomBytesMax
  let count = 0
  let heaviest: string | null = ''
  for (; count < RELIEF_SLICE && isLarge(); count += 1) {
    if (heaviest !== null && !exceedsShare(to, room.n, heaviest))
      heaviest = sizes.heaviestAbove(room.n, historyLimit * AUTHOR_SHARE, roomBytesMax * AUTHOR_SHARE)
    if (!trimOldest(to, room, heaviest, -1)) break
  }
  rows.raiseRoom(room)
  return count
}

/** Lets go of all messages of a room that is about to be removed. */
export function wipeRoom(to: Trimming, room: RoomRow): void {
  while (trimOldest(to, room, null, -1));
}

/** Trims the oldest messages of the author who stores most. Returns how many. */
export function relieve(to: Trimming): number {
  const heaviest = to.sizes.heaviest()
  const room = heaviest && to.rows.room(heaviest.room)
  if (!room) return 0
  let count = 0
  while (count < RELIEF_SLICE && trimOldest(to, room, heaviest.author, -1)?.author === heaviest.author) count += 1
  to.rows.raiseRoom(room)
  forgetRecords(to, room, RECORDS_KEPT_FULL_MS, RELIEF_SLICE)
  return count
}

/** Trims the oldest message of an author, or else of all. Null when that is the one to keep, or there is none. */
function trimOldest({ rows, wiped }: Trimming, room: RoomRow, author: string | null, keep: number): OldestRow | null {
  const oldest = rows.oldestMessage(room.n)
  const gone = (author !== null && rows.oldestMessageBy(room.n, author)) || oldest
  if (!gone || gone.seq === keep) return null
  rows.dropMessage(room.n, gone)
  room.messages -= 1
  room.bytes -= gone.bytes
  if (gone.seq === oldest?.seq) room.trimmed = gone.seq
  wiped(false)
  return gone
}

/** Events that no catch-up will ask for are records only. */
function forgetRecords({ rows, historyLimit, now }: Trimming, room: RoomRow, keptMs: number, slice: number): void {
  const { seq } = room.head
  const unread = Math.max(room.trimmed, seq - CATCH_UP_MAX_EVENTS) - 1
  rows.dropOldEvents(room.n, unread, now() - keptMs, seq - recordsMax(historyLimit), slice)
}
