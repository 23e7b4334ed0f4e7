// Sends the events of rooms to this instance's native clients. In a private room each client gets what its person may see, and a removed
// person's connections leave the room at the removal's place in the order, so that nothing after it reaches them.
import { eventsFrom } from '../chat/room-access.ts'
import type { Announcement, Chat } from '../chat/chat.ts'
import { createListPacker, isOpen, type EventList, type RoomNews } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { CursorProofs } from './cursor-proofs.ts'
import type { OpenRooms } from './open-rooms.ts'
import { eventsFor, isPacked, versions } from './protocol-versions.ts'
import { audienceOf, audienceOfEvents, audienceOfNews, audienceOfPerson, type ChatServer } from './protocol.ts'

type Membership = Extract<Announcement, { kind: 'membership' }>

export interface RoomDelivery {
  send(list: EventList): void
  /** News of a room for those who do not have it open. @throws StoreUnavailable */
  news(news: RoomNews): Promise<void>
  membership(announcement: Membership): void
  removed(announcement: Extract<Announcement, { kind: 'member-removed' }>): void
}

export function createRoomDelivery(options: {
  io: ChatServer
  chat: Pick<Chat, 'roomOfMembers' | 'requireMember'>
  proofs: CursorProofs
  onError(cause: unknown): void
}): RoomDelivery {
  const { io, chat, proofs, onError } = options
  const { adapter, sockets } = io.sockets
  /** For each audience. Who joins one has none of its earlier lists. */
  const packers = new Map<string, ReturnType<typeof createListPacker>>()
  const beginAnew = (audience: string) => void packers.delete(audience)
  adapter.on('join-room', beginAnew)
  adapter.on('delete-room', beginAnew)

  /** The rooms of each of a person's connections. */
  const roomsOf = (person: string): OpenRooms[] =>
    [...(adapter.rooms.get(audienceOfPerson(person)) ?? [])].flatMap((id) => sockets.get(id)?.data.rooms ?? [])
  const allRooms = () => [...sockets.values()].flatMap(({ data }) => data.rooms ?? [])

  /** A list is encoded once for each version in use and each first seq that its receivers may see. */
  function sendList(list: EventList) {
    const { room, before, events } = list
    const last = events.at(-1)
    let proof: string | undefined
    for (const version of versions)
      for (const from of startsIn(room)) {
        const audience = audienceOfEvents(room, version, from)
        if (!adapter.rooms.has(audience)) continue
        if (last) proof ??= proofs.of(room, { ...last, epoch: before.epoch })
        const seen = eventsFor(version, from === 0 ? events : eventsFrom(events, from))
        const receivers = io.local.to(audience)
        if (proof !== undefined && isPacked(version)) {
          const pack = packers.get(audience) ?? createListPacker(room)
          packers.set(audience, pack)
          receivers.emit(...pack(before, proof, seen))
        } else receivers.emit('room:events', { ...list, events: seen, ...(proof && { proof }) })
      }
  }

  /** From where on this instance's connections see the room. */
  function startsIn(room: string): Iterable<number> {
    if (isOpen(room)) return [0]
    return new Set(allRooms().map((rooms) => rooms.from(room)))
  }

  function membership({ room, person, changed }: Membership) {
    if (person !== null && !adapter.rooms.has(audienceOfPerson(person))) return
    chat.roomOfMembers(room).then(
      (about) => {
        for (const { id } of about.members)
          if (person === null || person === id)
            io.local.to(audienceOfPerson(id)).emit(changed ? 'room:changed' : 'room:added', about.room)
      },
      (cause: unknown) => {
        // Gone again.
        if (!(cause instanceof ChatError)) onError(cause)
      }
    )
  }

  return {
    membership,
    removed({ room, person, seq }) {
      for (const rooms of roomsOf(person)) rooms.sendRemoved(room, seq)
    },

    send(list) {
      const { room, events } = list
      if (isOpen(room)) return sendList(list)
      let { before } = list
      let begun = 0
      for (const [place, { id, seq, member }] of events.entries()) {
        if (member?.what !== 'left' && member?.what !== 'removed') continue
        sendList({ ...list, before, events: events.slice(begun, place + 1) })
        before = { epoch: before.epoch, seq, id }
        begun = place + 1
        const { id: person } = member.person
        const informed = roomsOf(person).filter((rooms) => rooms.eject(room, seq))
        // The bus message was lost, and they may have received the next one, which lets them in again.
        if (informed.length > 0) membership({ kind: 'membership', room, person })
      }
      if (begun < events.length || events.length === 0) sendList({ ...list, before, events: events.slice(begun) })
      // The room goes on at another place: who was removed in between is not known. Clients open it again, and are admitted anew.
      if (events.length === 0) for (const rooms of allRooms()) rooms.suspend(room)
    },

    async news(news) {
      const { room } = news
      const [followers, inside] = [audienceOfNews(room), audienceOf(room)]
      if (isOpen(room)) {
        io.local.to(followers).except(inside).emit('room:news', news)
        return
      }
      // They have no place in the room's order here, and a bus message may be lost: the store knows who is a member now.
      const { rooms } = adapter
      const outside = [...(rooms.get(followers) ?? [])].filter((id) => !rooms.get(inside)?.has(id))
      await Promise.all(
        outside.map(async (id) => {
          const socket = sockets.get(id)
          if (!socket) return
          try {
            const from = await chat.requireMember(socket.data.caller, room)
            const sent = news.sent.filter(({ seq }) => seq > from)
            if (sent.length > 0 || news.removed) socket.emit('room:news', { ...news, sent })
          } catch (cause) {
            if (!(cause instanceof ChatError)) throw cause
            await socket.leave(followers)
            // The bus message of the removal was lost, or comes later.
            socket.emit('room:removed', { room })
          }
        })
      )
    }
  }
}
