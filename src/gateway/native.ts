// Our own words; every one has a colon. Each is checked by its schema in contract.ts and answered with a Reply.
import * as v from 'valibot'
import type { Announcement, Chat } from '../chat/chat.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import type { Clock } from '../clock.ts'
import { costs } from '../chat/costs.ts'
import type { People } from '../presence/presence.ts'
import {
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  clientEvents,
  type Answers,
  type EventList,
  type Present,
  type Reason,
  type Refusal,
  type Reply,
  type RoomEvent,
  type Payload,
  type Sync,
  type WireEvent,
  type ClientEvent
} from '../contract.ts'
import { isUserActivity } from './activity.ts'
import { compactEvents } from './compact-events.ts'
import { createPeopleNews } from './presence-batches.ts'
import { cut, unreadBytes } from './connection.ts'
import { HIGH_WATER_BYTES } from './slow-readers.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import type { GatewayWatch } from './metrics-hooks.ts'
import { ANSWER_MAX_BYTES } from '../log/answer-bytes.ts'
import {
  NATIVES,
  audienceOf,
  audienceOfEvents,
  audienceOfSession,
  type ChatServer,
  type ChatSocket,
  type Protocol
} from './protocol.ts'

/** One connection may hold this many rooms open. */
const OPEN_ROOMS_MAX = 200
/** The first version of the wire with `ChangeEvent`s. */
const COMPACT_EVENTS_SINCE = 2
/** The first version of the wire with the reason `store-full`. */
const STORE_FULL_SINCE = 2
/** Pages and catch-ups of one connection that are read at the same time. */
const READS_AT_ONCE = 4

/** A connection's way into one room. */
interface Visit {
  /** Requests to open it that are not answered yet. */
  opening: number
  /** In the room's audience and counted among its people. */
  joined: boolean
  /** One of the requests was answered with the room. */
  opened: boolean
}

type Handlers = { [W in ClientEvent]: (said: Payload<W>) => Promise<Answers[W]> | Answers[W] }

export function createNative(options: {
  io: ChatServer
  chat: Chat
  people: People
  clock: Clock
  region: string
  instance: string
  peopleToldEveryMs: number
  onFault(cause: unknown): void
  watch: Pick<GatewayWatch, 'answered' | 'resynced'>
  unsent: Pick<UnsentBudget, 'reserve'>
}): Protocol {
  const { io, chat, people, region, instance, onFault, watch, unsent } = options
  const news = createPeopleNews({
    clock: options.clock,
    everyMs: options.peopleToldEveryMs,
    tell({ room, joined, left, changed }) {
      const { count, about, regions } = people.view(room)
      const totals = { count, about, regions }
      io.local.to(audienceOf(room)).emit('people:changed', { room, joined, left, changed, totals })
    }
  })

  return {
    listen(socket: ChatSocket) {
      const { caller, wire = OLDEST_WIRE_VERSION } = socket.data
      const { person } = caller
      if (!person) return
      const me: Present = { key: person.key, name: person.name, guest: false, region }
      /** Rooms this connection is in, or is about to enter. */
      const visits = new Map<string, Visit>()
      const typing = new Set<string>()
      const lanes: Promise<unknown>[] = []
      let next = 0
      let departure: 'closed' | 'lost' = 'lost'

      const handlers: Handlers = {
        'room:list': () => inTurn(async () => ({ rooms: await chat.rooms(caller) })),
        'room:create': ({ title }) => chat.createRoom(caller, title),
        'room:remove': async ({ room }) => {
          await chat.removeRoom(caller, room)
          await leave(room, 'said')
          return null
        },
        'room:open': async ({ room, cursor }) => {
          if (!visits.has(room) && visits.size >= OPEN_ROOMS_MAX) throw new ChatError('rooms-full')
          const visit: Visit = visits.get(room) ?? { opening: 0, joined: false, opened: false }
          visits.set(room, visit)
          visit.opening += 1
          try {
            const about = await chat.admit(caller, room)
            // They may have left meanwhile, or the connection may be gone.
            if (visits.get(room) !== visit) throw new ChatError('not-joined')
            // Opened again, a room counts again: somebody in many rooms is shown in those that they came to last.
            const arrived = visit.joined && people.isHere(room, me.key) ? null : join(room, visit)
            const [opened] = await Promise.all([inTurn(() => chat.open(caller, about, cursor ?? null)), arrived])
            visit.opened = true
            if (cursor) watch.resynced(opened.sync.kind)
            return { ...opened, sync: syncFor(wire, opened.sync), room: about, people: people.view(room, me) }
          } catch (cause) {
            // Another request of this connection may still be on its way to open the room, or have done so: the room is left only
            // with the last one that fails.
            const isLast = visit.opening === 1 && !visit.opened && visits.get(room) === visit
            // With the store away nothing is known: who tries to come back has not said that they leave.
            if (isLast) await leave(room, cause instanceof StoreUnavailable ? 'lost' : 'said')
            throw cause
          } finally {
            visit.opening -= 1
          }
        },
        'room:leave': async ({ room }) => {
          await leave(room, 'said')
          return null
        },
        'room:before': ({ room, before, limit }) => {
          inside(room)
          return inTurn(() => chat.page(caller, room, { seq: before }, limit ?? 50))
        },
        'message:send': async (said) => {
          inside(said.room)
          const wasTyping = typing.delete(said.room)
          try {
            const { seq, id, at } = await chat.send(caller, said)
            return { seq, id, at }
          } finally {
            // After the message, and unless they have gone on typing meanwhile.
            if (wasTyping && !typing.has(said.room)) chat.setTyping(caller, said.room, me, false)
          }
        },
        'message:edit': (said) => {
          inside(said.room)
          return chat.edit(caller, said)
        },
        'message:remove': (said) => {
          inside(said.room)
          return chat.remove(caller, said)
        },
        'message:react': (said) => {
          inside(said.room)
          return chat.react(caller, said)
        },
        'typing:set': ({ room, on }) => {
          inside(room)
          if (!visits.get(room)?.joined) return null
          if (on || typing.delete(room)) chat.setTyping(caller, room, me, on)
          if (on) typing.add(room)
          return null
        },
        'person:active': () => {
          chat.spend(caller, costs.event)
          return null
        },
        'person:bye': () => {
          departure = 'closed'
          return null
        },
        'region:ping': () => {
          chat.spend(caller, costs.event)
          return { region, instance }
        }
      }

      for (const word of Object.keys(handlers) as ClientEvent[]) {
        socket.on(word, (...given) => {
          const reply = given.findLast((one) => typeof one === 'function') as
            | ((reply: Reply<unknown>) => void)
            | undefined
          const start = performance.now()
          answer(word, given[0]).then((said) => {
            reply?.(said)
            watch.answered(word, said.ok ? 'ok' : said.reason, (performance.now() - start) / 1_000)
          }, onFault)
        })
      }

      socket.on('disconnect', (reason) => {
        const said = reason === 'client namespace disconnect' || reason === 'server namespace disconnect'
        for (const room of typing) chat.setTyping(caller, room, me, false)
        for (const [room, { joined }] of visits)
          if (joined) people.leave(room, me.key, socket.id, said ? 'said' : departure)
        visits.clear()
      })

      async function answer<W extends ClientEvent>(word: W, given: unknown): Promise<Reply<Answers[W]>> {
        const read = v.safeParse(clientEvents[word], given)
        try {
          if (!read.success) {
            chat.spend(caller, costs.event)
            throw new ChatError('bad-request')
          }
          const value = await handlers[word](read.output)
          if (isUserActivity(word)) people.active(me.key)
          return { ok: true, value }
        } catch (cause) {
          return refusal(cause, wire)
        }
      }

      /** Big answers a few at a time, each once there is room for it, and none to a client that doesn't read. */
      function inTurn<T>(work: () => Promise<T>): Promise<T> {
        const lane = next++ % READS_AT_ONCE
        const turn = (lanes[lane] ?? Promise.resolve()).then(async () => {
          if (unreadBytes(socket.conn) > HIGH_WATER_BYTES) cut(socket.conn)
          const settle = socket.connected ? await unsent.reserve(caller.address, ANSWER_MAX_BYTES) : null
          if (!settle) throw new ChatError('too-fast')
          try {
            return await work()
          } finally {
            // By then the answer is written.
            setImmediate(() => settle(unreadBytes(socket.conn)))
          }
        })
        // Only its end: the answer itself would stay in memory until the lane's next turn.
        lanes[lane] = turn.then(
          () => {},
          () => {}
        )
        return turn
      }

      const audiencesOf = (room: string) => [audienceOf(room), audienceOfEvents(room, wire)]

      function inside(room: string) {
        if (!visits.has(room)) throw new ChatError('not-joined')
      }

      /** Joins before the room is read, so that nothing said meanwhile is missed. */
      async function join(room: string, visit: Visit) {
        visit.joined = true
        const joined = socket.join(audiencesOf(room))
        const written = people.arrive(room, me, socket.id)
        // The own lease is written once a second in a storm; who sees the world rightly needn't wait for that.
        await Promise.all([joined, people.current ? null : written])
      }

      async function leave(room: string, how: 'said' | 'lost') {
        const visit = visits.get(room)
        visits.delete(room)
        if (!visit?.joined) return
        for (const audience of audiencesOf(room)) await socket.leave(audience)
        if (typing.delete(room)) chat.setTyping(caller, room, me, false)
        people.leave(room, me.key, socket.id, how)
      }
    },

    announce(happened: Announcement) {
      switch (happened.kind) {
        case 'events':
          return tellEvents(happened.list)
        case 'people':
          return news.hear(happened)
        case 'typing': {
          const { room, on, from } = happened
          const { key, name, guest } = happened.who
          const others = io.local.to(audienceOf(room))
          return void (from ? others.except(from) : others).emit('typing:changed', {
            room,
            who: { key, name, guest },
            on
          })
        }
        case 'key-shared':
          // Only guests' keys are made by chance.
          return
        case 'room':
          return void io.local.to(NATIVES).emit('room:added', happened.room)
        case 'room-removed':
          return void io.local.to(NATIVES).emit('room:removed', { room: happened.room })
        case 'signed-out': {
          const theirs = io.local.in(audienceOfSession(happened.session))
          theirs.emit('session:ended', { reason: 'sign-in' })
          // Closing in the server's name is a departure that was said.
          return theirs.disconnectSockets()
        }
        default:
          happened satisfies never
      }
    }
  }

  /** Each version that somebody here speaks is encoded once, whatever the number of its receivers. */
  function tellEvents(list: EventList) {
    for (let wire = OLDEST_WIRE_VERSION; wire <= WIRE_VERSION; wire += 1) {
      const audience = audienceOfEvents(list.room, wire)
      if (!io.sockets.adapter.rooms.has(audience)) continue
      io.local.to(audience).emit('room:events', { ...list, events: eventsFor(wire, list.events) })
    }
  }

  function refusal(cause: unknown, wire: number): Refusal {
    if (cause instanceof ChatError)
      return {
        ok: false,
        reason: knownReason(cause.reason, wire),
        ...(cause.retryAfterMs !== undefined && { retryAfterMs: cause.retryAfterMs })
      }
    onFault(cause)
    return { ok: false, reason: cause instanceof StoreUnavailable ? 'unavailable' : 'fault' }
  }
}

/** Pages that don't know the reason fail to show it. To them the store is away, which it nearly is: they try again by themselves. */
export const knownReason = (reason: Reason, wire: number): Reason =>
  reason === 'store-full' && wire < STORE_FULL_SINCE ? 'unavailable' : reason

const eventsFor = (wire: number, events: RoomEvent[]): WireEvent[] =>
  wire < COMPACT_EVENTS_SINCE ? events : compactEvents(events)

const syncFor = (wire: number, sync: Sync): Sync<WireEvent> =>
  sync.kind === 'fresh' ? sync : { ...sync, events: eventsFor(wire, sync.events) }
