// The open rooms, as an instance knows them as of a state of theirs: while that lasts, a script that gives a title reads none of them.
import type { Room } from '../../contract.ts'
import { skeletonsOf } from '../../names.ts'

export type KnownRooms = ReturnType<typeof createKnownRooms>

/** `nextPlace`: above the places of all of them. */
export function createKnownRooms(rooms: readonly Room[] = [], nextPlace = 0, state = '') {
  const byForm = new Map<string, Room[]>()
  const owned = new Map<string, number>()
  const known = {
    state,
    nextPlace,
    size: 0,
    /** How many rooms somebody owns. */
    ownedBy: (by: string | null) => (by === null ? 0 : (owned.get(by) ?? 0)),
    /** Rooms whose titles look like this one. */
    alike: (title: string) => skeletonsOf(title).flatMap((form) => byForm.get(form) ?? []),
    add(room: Room) {
      for (const form of skeletonsOf(room.title)) byForm.set(form, [...(byForm.get(form) ?? []), room])
      if (room.by !== null) owned.set(room.by, known.ownedBy(room.by) + 1)
      known.size += 1
    },
    /** `after`: the state with this room. */
    made(room: Room, after: string) {
      known.add(room)
      known.nextPlace += 1
      known.state = after
    }
  }
  rooms.forEach(known.add)
  return known
}
