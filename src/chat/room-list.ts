// The list of rooms as one answer of bounded size.
import { LOBBY, type RoomSummary } from '../contract.ts'

/** About 1,500 rooms with ordinary titles. */
export const ROOM_LIST_MAX_BYTES = 256_000
/** Names of fields, numbers and the creator's id. */
const FRAME_BYTES = 100

/**
 * All rooms in their order, or those that fit: the lobby, then the rooms with the most people, then the oldest. A room that is left out
 * can still be opened by its link.
 */
export function fittingRooms(rooms: readonly RoomSummary[], maxBytes = ROOM_LIST_MAX_BYTES): RoomSummary[] {
  const sizes = new Map(rooms.map((room) => [room, FRAME_BYTES + room.id.length + bytesOf(room)]))
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  if (total <= maxBytes) return [...rooms]
  const rank = ({ id, people }: RoomSummary) => (id === LOBBY ? Infinity : people)
  let left = maxBytes
  const fitting = new Set(
    rooms
      .toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))
      .filter((room) => (left -= sizes.get(room) ?? 0) >= 0)
  )
  return rooms.filter((room) => fitting.has(room))
}

const bytesOf = ({ title, members = [] }: RoomSummary) =>
  members.reduce((sum, { name }) => sum + FRAME_BYTES + Buffer.byteLength(name), Buffer.byteLength(title))
