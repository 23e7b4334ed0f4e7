// What the server sends about rooms while the page is open.
import { isOpen } from '../../src/contract.ts'
import { onRoomEvents, type ChatSocket } from '../engine/socket.ts'
import type { trackTypists } from '../engine/typing.ts'
import type { Rooms } from './rooms.ts'

interface Listeners {
  rooms: Rooms
  typists: ReturnType<typeof trackTypists>
}

export function listenToRooms(socket: ChatSocket, { rooms, typists }: Listeners): void {
  socket.on('room:added', (room) => {
    rooms.added(room)
    // Its messages are new for this person.
    if (!isOpen(room.id)) rooms.enter(room.id)
  })
  socket.on('room:changed', (room) => rooms.added(room))
  socket.on('profile:changed', rooms.renamed)
  socket.on('room:removed', ({ room }) => rooms.removed(room))
  socket.on('room:news', (news) => rooms.news(news))
  socket.on('read:moved', ({ positions }) => rooms.readElsewhere(positions))
  onRoomEvents(socket, (list) => {
    rooms.open.value.get(list.room)?.events(list)
    for (const event of list.events) if (event.kind === 'sent') typists.posted(list.room, event.by.name)
  })
  socket.on('typing:changed', (change) => typists.changed(change))
  socket.on('people:changed', (change) => {
    rooms.open.value.get(change.room)?.peopleChanged(change)
    typists.left(
      change.room,
      change.left.map((left) => left.key)
    )
  })
}
