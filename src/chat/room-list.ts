// The list of rooms as answers of bounded size.
import { LOBBY, type Answers, type RoomSummary } from '../contract.ts'

/** About 2,000 rooms with ordinary titles. */
export const ROOM_LIST_MAX_BYTES = 256_000

/**
 * For clients that ask for no page: all rooms in their order, or those that fit, the lobby, then the rooms with the most people, then the
 * oldest. A room that is left out can still be opened by its link.
 */
export function fittingRooms(rooms: readonly RoomSummary[], maxBytes = ROOM_LIST_MAX_BYTES): readonly RoomSummary[] {
  if (rooms.reduce((sum, room) => sum + bytesOf(room), 0) <= maxBytes) return rooms
  const rank = ({ id, people }: RoomSummary) => (id === LOBBY ? Infinity : people)
  let left = maxBytes
  const fitting = new Set(
    rooms
      .toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))
      .filter((room) => (left -= bytesOf(room)) >= 0)
  )
  return rooms.filter((room) => fitting.has(room))
}

/** The rooms after this id, in the order of their ids, as many as fit. */
export function pageOfRooms(
  rooms: readonly RoomSummary[],
  after: string,
  maxBytes = ROOM_LIST_MAX_BYTES
): Answers['room:list'] {
  const later = rooms.filter(({ id }) => id > after).toSorted(byId)
  let left = maxBytes
  const end = later.findIndex((room) => (left -= bytesOf(room)) < 0)
  if (end < 1) return { rooms: later }
  return { rooms: later.slice(0, end), next: later[end - 1]!.id }
}

export const byId = (a: RoomSummary, b: RoomSummary): number => (a.id < b.id ? -1 : 1)

/** Many lists have the same rooms. */
const sizes = new WeakMap<RoomSummary, number>()

/** With the comma after it. */
function bytesOf(room: RoomSummary): number {
  const known = sizes.get(room)
  if (known !== undefined) return known
  const bytes = Buffer.byteLength(JSON.stringify(room)) + 1
  sizes.set(room, bytes)
  return bytes
}
