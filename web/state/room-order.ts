// The rooms as the list shows them: those that exist and those that this tab has opened, the lobby first.
import { LOBBY, type RoomSummary } from '../../src/contract.ts'
import type { Rooms } from './rooms.ts'

export function roomsInOrder(rooms: Rooms, collator: Intl.Collator): RoomSummary[] {
  const known = rooms.list.value
  const opened = [...rooms.open.value.values()]
    .filter((room) => !known.some((one) => one.id === room.id) && !room.refused.value)
    .map((room) => ({ ...room.room.value, people: 0 }))
  return [...known, ...opened].toSorted(
    (a, b) => Number(b.id === LOBBY) - Number(a.id === LOBBY) || collator.compare(nameOf(a), nameOf(b))
  )
}

/** A direct conversation has no title. */
const nameOf = ({ title, members = [] }: RoomSummary) => title || members.map(({ name }) => name).join()
