// The rooms, the lobby first: those that exist and those that this tab has opened; and their titles.
import { LOBBY, type RoomSummary } from '../../src/contract.ts'
import { roomTitle } from '../components/app-context.ts'
import type { App } from './app.ts'
import type { Chat } from './chat.ts'
import type { Rooms } from './rooms.ts'

export function roomsInOrder(rooms: Rooms, collator: Intl.Collator): readonly RoomSummary[] {
  const known = rooms.list.value
  const opened = [...rooms.open.value.values()]
    .filter((room) => !known.some((one) => one.id === room.id) && !room.refused.value)
    .map((room) => ({ ...room.room.value, people: 0 }))
  if (opened.length > 0) return inOrder([...known, ...opened], collator)
  if (sorted?.known !== known || sorted.collator !== collator)
    sorted = { known, collator, inOrder: inOrder(known, collator) }
  return sorted.inOrder
}

/** The last list: sorting thousands of rooms takes longer than all else that is done when another one is shown. */
let sorted: { known: readonly RoomSummary[]; collator: Intl.Collator; inOrder: RoomSummary[] } | undefined

const inOrder = (rooms: readonly RoomSummary[], collator: Intl.Collator) =>
  rooms.toSorted((a, b) => Number(b.id === LOBBY) - Number(a.id === LOBBY) || collator.compare(nameOf(a), nameOf(b)))

/** Those in the list: a hidden one is there while it is shown or mentions the person. */
export const listedRooms = (rooms: Rooms, collator: Intl.Collator): RoomSummary[] =>
  roomsInOrder(rooms, collator).filter(
    ({ id }) =>
      rooms.reading.levels.value.get(id) !== 'hidden' || id === rooms.current.value || rooms.mentions.value.has(id)
  )

/** The title of a room by its id; the id itself where nothing else is known of the room. */
export function titleOf(app: App, { rooms }: Chat, id: string): string {
  const room = rooms.open.value.get(id)?.room.value ?? rooms.list.value.find((one) => one.id === id)
  return room ? roomTitle(app, room) : id
}

/** A direct conversation has no title. */
const nameOf = ({ title, members = [] }: RoomSummary) => title || members.map(({ name }) => name).join()
