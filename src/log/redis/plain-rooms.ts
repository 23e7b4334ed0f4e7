// Rooms that had no settings in a state of all rooms' settings: while that lasts, a message needs no look at its room.

/** Far more than a chat has in use at the same time. */
const ROOMS_REMEMBERED = 10_000

export function createPlainRooms() {
  const rooms = new Set<string>()
  let state = ''

  return {
    /** The state in which the room has no settings; empty when that is not known. */
    asOf: (room: string): string => (rooms.has(room) ? state : ''),
    /** What the append script has seen. */
    learn(room: string, seen: string) {
      rooms.delete(room)
      if (seen === '') return
      if (seen !== state || rooms.size >= ROOMS_REMEMBERED) rooms.clear()
      state = seen
      rooms.add(room)
    }
  }
}
