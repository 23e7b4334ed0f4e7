// One person's chat in this tab, put together: a connection, rooms, an outbox, typing. Ends when the person leaves.
import { signal } from '@preact/signals'
import { newId, type Message, type Person, type Reason, type Receipt, type Reply } from '../../src/contract.ts'
import { asking, makeSocket } from '../socket.ts'
import { openConnection } from './connection.ts'
import { tabDrafts } from './drafts.ts'
import { openOutbox } from './outbox.ts'
import { tabOutboxStore } from './outbox-store.ts'
import { tabPlaces } from './places.ts'
import { findMessage } from './room-log.ts'
import { keepRooms } from './rooms.ts'
import { hearTyping, sayTyping } from './typing.ts'

export interface ChatDoors {
  token: () => Promise<string | undefined>
  storage: Storage
  /** The server no longer accepts the session. */
  ended(reason: Reason): void
  /** Given outside browsers only. */
  address?: string
}

export type Chat = ReturnType<typeof openChat>

export function openChat(person: Person, { token, storage, ended, address }: ChatDoors) {
  const me = signal(person)
  const socket = makeSocket(token, address)
  const ask = asking(socket)
  /** Rooms that answered on this connection: the ones that can be spoken in. */
  const ready = new Set<string>()
  /** The message whose text is being edited. */
  const editing = signal<string | null>(null)

  const typists = hearTyping(() => me.value.key)
  const typing = sayTyping((room, on) => {
    if (socket.connected) socket.emit('typing:set', { room, on })
  })

  const rooms = keepRooms({
    ask,
    me: () => me.value,
    places: tabPlaces(person.id, storage),
    moved(room) {
      const log = room.log.value!
      outbox.settle(
        room.id,
        (item) =>
          findMessage(log, item.id) !== undefined || (item.receipt !== undefined && item.receipt.seq <= log.cursor.seq)
      )
      if (ready.has(room.id)) return
      ready.add(room.id)
      outbox.wake(room.id)
    }
  })

  const outbox = openOutbox({
    send: (said) => ask('message:send', said),
    ready: (room) => socket.connected && ready.has(room),
    confirmed: (item, receipt) => rooms.open.value[item.room]?.expect(receipt.seq),
    store: tabOutboxStore(person.id, storage)
  })

  const connection = openConnection(socket, {
    online(hello) {
      me.value = hello.person
      void rooms.online()
    },
    offline() {
      ready.clear()
      typists.clear()
      rooms.offline()
    },
    signIn: ended
  })

  socket.on('session:ended', ({ reason }) => ended(reason))
  socket.on('room:added', (room) => rooms.added(room))
  socket.on('room:events', (list) => {
    rooms.open.value[list.room]?.events(list)
    for (const event of list.events) if (event.kind === 'sent') typists.spoke(list.room, event.by.name)
  })
  socket.on('typing:changed', (change) => typists.changed(change))
  socket.on('people:changed', (change) => {
    rooms.open.value[change.room]?.peopleChanged(change)
    typists.left(
      change.room,
      change.left.map((left) => left.key)
    )
  })

  return {
    me,
    connection,
    rooms,
    outbox,
    typists,
    editing,
    drafts: tabDrafts(person.id, storage),

    start() {
      void outbox.restore()
      connection.start()
    },

    typed: typing.typed,

    /** Says something in a room: on the screen at once, on its way as soon as may be. */
    say(room: string, text: string) {
      typing.stop()
      rooms.clearLine(room)
      outbox.add(room, text)
    },

    /** `id` names this attempt: trying it again changes nothing twice. */
    edit: (room: string, message: Message, text: string, id: string): Promise<Reply<Receipt>> =>
      ask('message:edit', { room, id, message: message.id, text }),

    remove: (room: string, message: Message): Promise<Reply<Receipt>> =>
      ask('message:remove', { room, id: newId(), message: message.id }),

    react: (room: string, message: Message, emoji: string, on: boolean): Promise<Reply<Receipt>> =>
      ask('message:react', { room, id: newId(), message: message.id, emoji, on }),

    /** The page closes: a word that says so spares the others a wait. */
    bye() {
      if (socket.connected) socket.volatile.emit('person:bye', {})
    },

    close() {
      typists.clear()
      rooms.offline()
      outbox.close()
      connection.close()
    }
  }
}
