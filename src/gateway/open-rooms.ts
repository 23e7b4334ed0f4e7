// The rooms that one native connection has open: its audiences, its place among the people, its typing.
import type { Chat } from '../chat/chat.ts'
import type { Present, Room } from '../contract.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import type { Departure } from '../presence/members.ts'
import type { People } from '../presence/presence.ts'
import { audienceOf, audienceOfEvents, audienceOfNews, type ChatSocket } from './protocol.ts'

/** One connection may have this many rooms open. */
const OPEN_ROOMS_MAX = 200
/** Rooms of which one connection gets news. */
const FOLLOWED_ROOMS_MAX = 500

interface OpenRoom {
  /** Requests to open the room that are not answered yet. */
  pending: number
  /** The connection is in the room's audience and counted among its people. */
  joined: boolean
  /** One of the requests was answered with the room. */
  opened: boolean
  /** The person sees what came after this seq. */
  from: number
  /** The seq since when the person is a member; and of the newest removal that was sent. */
  since: number
  removedAt: number
  /** It is in no audience until it opens the room again. */
  suspended: boolean
}

export type OpenRooms = ReturnType<typeof createOpenRooms>

export function createOpenRooms(options: {
  socket: ChatSocket
  chat: Chat
  people: People
  me: Present
  /** Version of the protocol of the client. */
  version: number
}) {
  const { socket, chat, people, me, version } = options
  const { caller } = socket.data
  /** Rooms that are open, or about to be. */
  const rooms = new Map<string, OpenRoom>()
  const typing = new Set<string>()
  const audiencesOf = (room: string, { from }: OpenRoom) => [audienceOf(room), audienceOfEvents(room, version, from)]

  /** Joins before the room is read, so that no event falls between the answer and the feed. */
  async function join(room: string, open: OpenRoom) {
    open.joined = true
    open.suspended = false
    const joined = socket.join(audiencesOf(room, open))
    const stored = people.arrive(room, me, socket.id)
    // In a storm the lease is written once a second. With a current view of the others nobody needs to wait for that.
    await Promise.all([joined, people.current ? null : stored])
  }

  function leave(room: string, how: Departure) {
    const isIn = rooms.get(room)?.joined
    // At once: what is sent next must not reach a person who was removed.
    suspend(room)
    rooms.delete(room)
    if (!isIn) return
    if (typing.delete(room)) chat.setTyping(caller, room, me, false)
    people.leave(room, me.key, socket.id, how)
  }

  /** The connection gets nothing more of the room until it opens it again. */
  function suspend(room: string) {
    const open = rooms.get(room)
    if (!open?.joined) return
    open.suspended = true
    for (const audience of audiencesOf(room, open)) void socket.leave(audience)
  }

  /** Sends `room:removed` once: the person is no member any more as of this seq, unless they have opened the room as a member since. */
  function sendRemoved(room: string, seq: number): boolean {
    const open = rooms.get(room)
    if (open) {
      if (Math.max(open.since, open.removedAt) >= seq) return false
      open.removedAt = seq
    }
    socket.emit('room:removed', { room })
    return true
  }

  /** @throws ChatError not-joined */
  function check(room: string) {
    if (!rooms.has(room)) throw new ChatError('not-joined')
  }

  return {
    leave,
    check,
    suspend,
    has: (room: string) => rooms.get(room)?.opened ?? false,
    /** From where on the person sees the room. */
    from: (room: string) => rooms.get(room)?.from ?? 0,
    sendRemoved,
    /**
     * The connection leaves, because the person is no member any more as of this seq. They may be one again by now.
     * @returns whether the client learns only now that the person was removed
     */
    eject(room: string, seq: number): boolean {
      const open = rooms.get(room)
      if (!open || open.since >= seq) return false
      const isNews = sendRemoved(room, seq)
      if (open.pending) suspend(room)
      else leave(room, 'left')
      return isNews
    },

    /**
     * Opens a room and reads it. Several requests for one room may be under way at once; it is left again only with the last one that
     * fails.
     * @throws ChatError rooms-full, no-room, not-joined when the connection has left meanwhile; whatever `read` throws
     */
    async open<T>(room: string, read: (about: Room) => Promise<T>): Promise<{ about: Room; answer: T }> {
      if (!rooms.has(room) && rooms.size >= OPEN_ROOMS_MAX) throw new ChatError('rooms-full')
      const open: OpenRoom = rooms.get(room) ?? {
        pending: 0,
        joined: false,
        opened: false,
        from: 0,
        since: 0,
        removedAt: -1,
        suspended: false
      }
      rooms.set(room, open)
      open.pending += 1
      try {
        const { room: about, from, since } = await chat.admit(caller, room)
        if (rooms.get(room) !== open) throw new ChatError('not-joined')
        if (since < open.removedAt) throw new ChatError('no-room')
        if (open.from !== from) suspend(room)
        open.from = from
        open.since = since
        // Opening a room again counts: a person in many rooms is shown in those that they opened last.
        const arrived = open.joined && !open.suspended && people.isHere(room, me.key) ? null : join(room, open)
        const [answer] = await Promise.all([read(about), arrived])
        open.opened = true
        return { about, answer }
      } catch (cause) {
        const isGone = cause instanceof ChatError && cause.reason === 'no-room'
        const isLast = (isGone || (open.pending === 1 && !open.opened)) && rooms.get(room) === open
        // An unavailable store says nothing about the person, who tries to come back.
        if (isLast) leave(room, cause instanceof StoreUnavailable ? 'lost' : 'left')
        throw cause
      } finally {
        open.pending -= 1
      }
    },

    /** The client gets news of these rooms while it does not have them open. */
    follow(known: readonly { room: string }[]) {
      const followed = known.slice(0, FOLLOWED_ROOMS_MAX).map(({ room }) => audienceOfNews(room))
      void socket.join(followed)
    },

    setTyping(room: string, on: boolean) {
      check(room)
      if (!rooms.get(room)?.joined) return
      if (on || typing.delete(room)) chat.setTyping(caller, room, me, on)
      if (on) typing.add(room)
    },

    /** Sends a message, which ends typing for all who receive it, unless the person has gone on typing meanwhile. */
    async whileTypingEnds<T>(room: string, send: () => Promise<T>): Promise<T> {
      check(room)
      const wasTyping = typing.delete(room)
      try {
        const sent = await send()
        if (wasTyping && !typing.has(room)) chat.typingSent(caller, room)
        return sent
      } catch (cause) {
        if (wasTyping && !typing.has(room)) chat.setTyping(caller, room, me, false)
        throw cause
      }
    },

    /** For a connection that is gone. Socket.IO has left the audiences. */
    end(how: Departure) {
      for (const room of typing) chat.setTyping(caller, room, me, false)
      for (const [room, { joined }] of rooms) if (joined) people.leave(room, me.key, socket.id, how)
      rooms.clear()
    }
  }
}
