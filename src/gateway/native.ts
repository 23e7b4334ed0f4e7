// The native protocol: every event has a colon. Each event is checked by its schema in the contract and answered with a Reply.
import * as v from 'valibot'
import type { Announcement, Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { Clock } from '../clock.ts'
import {
  OLDEST_WIRE_VERSION,
  clientEvents,
  isOpen,
  type ClientEvent,
  type Present,
  type Refusal,
  type Reply
} from '../contract.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import type { People } from '../presence/presence.ts'
import type { Devices } from '../sessions/devices.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import { isUserActivity } from './activity.ts'
import { createConnectionReads } from './connection-reads.ts'
import type { CursorProofs } from './cursor-proofs.ts'
import type { GatewayHooks } from './metrics-hooks.ts'
import { handlers, type NativeConnection, type Sent } from './native-handlers.ts'
import { OpenRooms } from './open-rooms.ts'
import { createRoomNews } from './room-news.ts'
import { createRoomDelivery, type RoomDelivery } from './room-delivery.ts'
import { createPresenceBatches } from './presence-batches.ts'
import { createOpenAnswers, sentRefusal, type OpenAnswers } from './protocol-versions.ts'
import {
  NATIVES,
  audienceOf,
  audienceOfNews,
  audienceOfPerson,
  audienceOfSession,
  type ChatServer,
  type ChatSocket,
  type Protocol
} from './protocol.ts'

export interface NativeOptions {
  io: ChatServer
  chat: Chat
  people: People
  devices: Devices
  clock: Clock
  region: string
  instance: string
  /** Changes of a room's people are sent at most this often. */
  presenceEveryMs: number
  onError(cause: unknown): void
  hooks: Pick<GatewayHooks, 'answered' | 'resynced'>
  unsent: Pick<UnsentBudget, 'reserve'>
  proofs: CursorProofs
}

export interface NativeProtocol extends Pick<Protocol, 'announce'> {
  /**
   * Handles the events of one connection, and opens the rooms of its handshake. Resolves once all of those are answered; undefined without
   * any.
   */
  listen(socket: ChatSocket): Promise<unknown> | undefined
}

export function createNative(options: NativeOptions): NativeProtocol {
  const delivery = createRoomDelivery(options)
  const shared = { ...options, openAnswer: createOpenAnswers(options.proofs) }
  return { listen: (socket) => listen(socket, shared), announce: announcer(options, delivery) }
}

function listen(socket: ChatSocket, options: NativeOptions & { openAnswer: OpenAnswers }) {
  const { chat, people, region, unsent } = options
  const { caller, session: id, wire: version = OLDEST_WIRE_VERSION, toOpen } = socket.data
  const { person } = caller
  if (!person || id === undefined) return undefined
  const session = { id, person: person.id }
  const me: Present = { key: person.key, name: person.name, guest: false, region }
  const rooms = (socket.data.rooms = new OpenRooms(socket, chat, people, me, version))
  const read = createConnectionReads(socket, unsent)
  let departure: 'closed' | 'lost' = 'lost'
  const leaves = () => void (departure = 'closed')
  const own = { caller, session, me, version, rooms, read, leaves }
  // What all connections share is copied into none of them.
  const connection: NativeConnection = Object.assign(Object.create(options) as typeof options, own)

  // One listener for all events: one for each would take more memory than the rest of the connection.
  socket.onAny((event: string, ...args: unknown[]) => {
    if (!isClientEvent(event)) return
    const reply = args.findLast((one) => typeof one === 'function') as ((reply: Reply<unknown>) => void) | undefined
    void answer(connection, options, event, args[0], reply)
  })

  socket.on('disconnect', (reason) => {
    const hasLeft = reason === 'client namespace disconnect' || reason === 'server namespace disconnect'
    rooms.end(hasLeft ? 'left' : departure)
  })

  if (!toOpen) return undefined
  socket.data.toOpen = undefined
  return Promise.all(
    toOpen.map((payload, nth) =>
      answer(connection, options, 'room:open', payload, (reply) => socket.emit('room:opened', nth, reply))
    )
  )
}

async function answer<E extends ClientEvent>(
  connection: NativeConnection,
  { hooks, onError }: Pick<NativeOptions, 'hooks' | 'onError'>,
  event: E,
  payload: unknown,
  reply?: (reply: Reply<Sent<E>>) => void
): Promise<void> {
  const start = performance.now()
  try {
    const sent = await handle(connection, event, payload, onError)
    reply?.(sent)
    hooks.answered(event, sent.ok ? 'ok' : sent.reason, (performance.now() - start) / 1_000)
  } catch (cause) {
    onError(cause)
  }
}

const isClientEvent = (event: string): event is ClientEvent => Object.hasOwn(handlers, event)

async function handle<E extends ClientEvent>(
  connection: NativeConnection,
  event: E,
  payload: unknown,
  onError: (cause: unknown) => void
): Promise<Reply<Sent<E>>> {
  const { chat, people, devices, session, caller, me, version } = connection
  const read = v.safeParse(clientEvents[event], payload)
  try {
    if (!read.success) {
      chat.spend(caller, costs.event)
      throw new ChatError('bad-request')
    }
    const value = await handlers[event](connection, read.output)
    if (isUserActivity(event)) {
      people.active(me.key)
      devices.active(session.id)
    }
    return { ok: true, value }
  } catch (cause) {
    if (!(cause instanceof ChatError)) onError(cause)
    return refusalFor(cause, version)
  }
}

function refusalFor(cause: unknown, version: number): Refusal {
  if (cause instanceof StoreUnavailable) return { ok: false, reason: 'unavailable' }
  if (!(cause instanceof ChatError)) return { ok: false, reason: 'fault' }
  return sentRefusal(cause, version)
}

const audiencesOfRoom = (room: string) => (isOpen(room) ? NATIVES : [audienceOf(room), audienceOfNews(room)])

function announcer(
  { io, people, clock, presenceEveryMs, onError }: NativeOptions,
  delivery: RoomDelivery
): Protocol['announce'] {
  const presence = createPresenceBatches({
    clock,
    everyMs: presenceEveryMs,
    send({ room, joined, left, changed }) {
      const now = changed.map(([, is]) => is)
      io.local
        .to(audienceOf(room))
        .emit('people:changed', { room, joined, left, changed: now, totals: people.totals(room) })
    }
  })

  const news = createRoomNews({
    clock,
    isFollowed: (room) => io.sockets.adapter.rooms.has(audienceOfNews(room)),
    send: delivery.news,
    onError
  })

  /** The person's pages but the one that it comes from. */
  function otherPages({ person, from }: { person: string; from?: string }) {
    const pages = io.local.to(audienceOfPerson(person))
    return from ? pages.except(from) : pages
  }

  return (announcement: Announcement) => {
    switch (announcement.kind) {
      case 'events':
        return delivery.send(announcement.list)
      case 'received': {
        return news(announcement.room, announcement.epoch, announcement.event)
      }
      case 'people':
        return presence.add(announcement)
      case 'typing': {
        const { room, on, from } = announcement
        const { key, name, guest } = announcement.who
        const audience = io.local.to(audienceOf(room))
        const others = from ? audience.except(from) : audience
        others.emit('typing:changed', { room, who: { key, name, guest }, on })
        return
      }
      case 'key-shared':
        // Only keys of guests are random.
        return
      case 'read': {
        const { person, positions } = announcement
        io.local.to(audienceOfPerson(person)).socketsJoin(positions.map(({ room }) => audienceOfNews(room)))
        otherPages(announcement).emit('read:moved', { positions })
        return
      }
      case 'alerts':
        otherPages(announcement).emit('alerts:changed')
        return
      case 'membership':
        return delivery.membership(announcement)
      case 'member-removed':
        return delivery.removed(announcement)
      case 'room':
        // Clients of an earlier build know of no changes.
        io.local.to(NATIVES).emit(announcement.room.rev ? 'room:changed' : 'room:added', announcement.room)
        return
      case 'room-removed':
        // Of a private room, others must not learn even that it was there.
        io.local.to(audiencesOfRoom(announcement.room)).emit('room:removed', { room: announcement.room })
        return
      case 'signed-out': {
        const theirs = io.local.in(audienceOfSession(announcement.session))
        theirs.emit('session:ended', { reason: 'sign-in' })
        // A disconnect by the server counts as leaving: the people of the room see it at once.
        theirs.disconnectSockets()
        return
      }
      default:
        announcement satisfies never
    }
  }
}
