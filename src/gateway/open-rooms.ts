// The rooms that one native connection has open: its audiences, its place among the people, its typing.
import type { Access } from '../chat/room-access.ts'
import type { Chat } from '../chat/chat.ts'
import type { Present } from '../contract.ts'
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
  typing: boolean
  /** It is in no audience until it opens the room again. */
  suspended: boolean
}

/** A class: as closures its functions would take more memory for each connection than all else here. */
export class OpenRooms {
  readonly #socket: ChatSocket
  readonly #chat: Chat
  readonly #people: People
  readonly #me: Present
  readonly #version: number
  /** Rooms that are open, or about to be. */
  readonly #rooms = new Map<string, OpenRoom>()

  /** `version`: of the protocol of the client. */
  constructor(socket: ChatSocket, chat: Chat, people: People, me: Present, version: number) {
    this.#socket = socket
    this.#chat = chat
    this.#people = people
    this.#me = me
    this.#version = version
  }

  #audiencesOf(room: string, { from }: OpenRoom) {
    return [audienceOf(room), audienceOfEvents(room, this.#version, from)]
  }

  /** Also of a connection that is in the audience already: the next list that it gets continues none of those before. */
  #joinAudiences(room: string, open: OpenRoom) {
    this.suspend(room)
    open.suspended = false
    return this.#socket.join(this.#audiencesOf(room, open))
  }

  /** Joins before the room is read, so that no event falls between the answer and the feed. */
  async #join(room: string, open: OpenRoom) {
    const joined = this.#joinAudiences(room, open)
    open.joined = true
    const stored = this.#people.arrive(room, this.#me, this.#socket.id)
    // In a storm the lease is written once a second. With a current view of the others nobody needs to wait for that.
    await Promise.all([joined, this.#people.isCurrent() ? null : stored])
  }

  leave(room: string, how: Departure): void {
    const open = this.#rooms.get(room)
    // At once: what is sent next must not reach a person who was removed.
    this.suspend(room)
    this.#rooms.delete(room)
    if (!open?.joined) return
    if (open.typing) this.#sendTyping(room, false)
    this.#people.leave(room, this.#me.key, this.#socket.id, how)
  }

  /** The connection gets nothing more of the room until it opens it again. */
  suspend(room: string): void {
    const open = this.#rooms.get(room)
    if (!open?.joined) return
    open.suspended = true
    for (const audience of this.#audiencesOf(room, open)) void this.#socket.leave(audience)
  }

  /** Sends `room:removed` once: the person is no member any more as of this seq, unless they have opened the room as a member since. */
  sendRemoved(room: string, seq: number): boolean {
    const open = this.#rooms.get(room)
    if (open) {
      if (Math.max(open.since, open.removedAt) >= seq) return false
      open.removedAt = seq
    }
    this.#socket.emit('room:removed', { room })
    return true
  }

  /** @throws ChatError not-joined */
  check(room: string): void {
    if (!this.#rooms.has(room)) throw new ChatError('not-joined')
  }

  has(room: string): boolean {
    return this.#rooms.get(room)?.opened ?? false
  }

  /** From where on the person sees the room. */
  from(room: string): number {
    return this.#rooms.get(room)?.from ?? 0
  }

  /**
   * The connection leaves, because the person is no member any more as of this seq. They may be one again by now.
   * @returns whether the client learns only now that the person was removed
   */
  eject(room: string, seq: number): boolean {
    const open = this.#rooms.get(room)
    if (!open || open.since >= seq) return false
    const isNews = this.sendRemoved(room, seq)
    if (open.pending) this.suspend(room)
    else this.leave(room, 'left')
    return isNews
  }

  /**
   * Opens a room and reads it. Several requests for one room may be under way at once; it is left again only with the last one that
   * fails.
   * @throws ChatError rooms-full, no-room, not-joined when the connection has left meanwhile; whatever `read` throws
   */
  async open<T>(room: string, read: (access: Access) => Promise<T>): Promise<T> {
    if (!this.#rooms.has(room) && this.#rooms.size >= OPEN_ROOMS_MAX) throw new ChatError('rooms-full')
    const open: OpenRoom = this.#rooms.get(room) ?? {
      pending: 0,
      joined: false,
      opened: false,
      from: 0,
      since: 0,
      removedAt: -1,
      typing: false,
      suspended: false
    }
    this.#rooms.set(room, open)
    open.pending += 1
    try {
      const access = await this.#chat.admit(this.#socket.data.caller, room)
      const { from, since } = access
      if (this.#rooms.get(room) !== open) throw new ChatError('not-joined')
      if (since < open.removedAt) throw new ChatError('no-room')
      if (open.from !== from) this.suspend(room)
      open.from = from
      open.since = since
      // Opening a room again counts: a person in many rooms is shown in those that they opened last.
      const isHere = open.joined && !open.suspended && this.#people.isHere(room, this.#me.key)
      const [answer] = await Promise.all([
        read(access),
        isHere ? this.#joinAudiences(room, open) : this.#join(room, open)
      ])
      // Removed meanwhile, when the answer was on its way.
      if (open.since < open.removedAt) throw new ChatError('no-room')
      open.opened = true
      return answer
    } catch (cause) {
      const isGone = cause instanceof ChatError && cause.reason === 'no-room'
      const isLast = (isGone || (open.pending === 1 && !open.opened)) && this.#rooms.get(room) === open
      // An unavailable store says nothing about the person, who tries to come back.
      if (isLast) this.leave(room, cause instanceof StoreUnavailable ? 'lost' : 'left')
      throw cause
    } finally {
      open.pending -= 1
    }
  }

  /** The client gets news of these rooms while it does not have them open. */
  follow(known: readonly { room: string }[]): void {
    const followed = known.slice(0, FOLLOWED_ROOMS_MAX).map(({ room }) => audienceOfNews(room))
    void this.#socket.join(followed)
  }

  setTyping(room: string, on: boolean): void {
    this.check(room)
    const open = this.#rooms.get(room)
    if (!open?.joined) return
    const wasTyping = open.typing
    if (!on) open.typing = false
    if (on || wasTyping) this.#sendTyping(room, on)
    if (on) open.typing = true
  }

  #sendTyping(room: string, on: boolean) {
    this.#chat.setTyping(this.#socket.data.caller, room, this.#me, on)
  }

  /** Sends a message, which ends typing for all who receive it, unless the person has gone on typing meanwhile. */
  async whileTypingEnds<T>(room: string, send: () => Promise<T>): Promise<T> {
    this.check(room)
    const open = this.#rooms.get(room)
    const wasTyping = open?.typing ?? false
    if (open) open.typing = false
    const isTyping = () => this.#rooms.get(room)?.typing ?? false
    try {
      const sent = await send()
      if (wasTyping && !isTyping()) this.#chat.typingSent(this.#socket.data.caller, room)
      return sent
    } catch (cause) {
      if (wasTyping && !isTyping()) this.#sendTyping(room, false)
      throw cause
    }
  }

  /** For a connection that is gone. Socket.IO has left the audiences. */
  end(how: Departure): void {
    for (const [room, { joined, typing }] of this.#rooms) {
      if (typing) this.#sendTyping(room, false)
      if (joined) this.#people.leave(room, this.#me.key, this.#socket.id, how)
    }
    this.#rooms.clear()
  }
}
