// The Socket.IO server, and the protocol of each client.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import type { Proxies } from '../access/proxies.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import type { AdapterMaker } from '../bus/redis-bus.ts'
import type { Chat } from '../chat/chat.ts'
import { wallClock, type Clock } from '../clock.ts'
import { FRAME_MAX_BYTES, LOBBY, OLDEST_WIRE_VERSION } from '../contract.ts'
import type { Identity } from '../identity.ts'
import { endOfTurn } from '../log/turns.ts'
import type { Registry } from '../people/registry.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Standings } from '../people/standings.ts'
import type { People } from '../presence/presence.ts'
import type { Devices } from '../sessions/devices.ts'
import type { RevocationList } from '../sessions/revocation-list.ts'
import type { Admission } from './admission.ts'
import { writeBroadcastsOnce } from './broadcasts.ts'
import { createClassic } from './classic.ts'
import { CONNECT_WITHIN_MS, limitConnects } from './connect-limits.ts'
import { breakOffPolls, connectionsOf, letGo, releasePackets, unreadBytes } from './connection.ts'
import { createCourse } from './course.ts'
import { createCursorProofs } from './cursor-proofs.ts'
import { endIfBanned, leadersOf, sendPersonChanges } from './person-changes.ts'
import { replayToOwners } from './fly-replay.ts'
import { shareEncodings } from './encodings.ts'
import { createHandshake } from './handshake.ts'
import type { GatewayHooks } from './metrics-hooks.ts'
import { createNative, type NativeProtocol } from './native.ts'
import { keepConnections } from './open-connections.ts'
import { writeFlushesOnce } from './web-sockets.ts'
import {
  NATIVES,
  audienceOf,
  audienceOfEvents,
  audienceOfPerson,
  audienceOfSession,
  compatibleProtocols,
  type ChatServer,
  type ChatSocket,
  type Protocol
} from './protocol.ts'
import { endSessions } from './session-end.ts'

/** A dead peer is noticed within the sum. Engine.IO's defaults (25 + 20 s) would keep people who are gone in the list too long. */
const PING_EVERY_MS = 10_000
const PONG_WITHIN_MS = 8_000
const SID_RANDOM_BYTES = 16

/** Engine.IO's code for a client of another protocol version (UNSUPPORTED_PROTOCOL_VERSION of engine.io/lib/server). */
const UNSUPPORTED_PROTOCOL = 5

export interface GatewayOptions {
  server: HttpServer
  admission: Admission
  chat: Chat
  people: People
  identity: Identity
  revocations: RevocationList
  registry: Registry
  devices: Devices
  standings: Standings
  restrictions: Restrictions
  proxies: Pick<Proxies, 'addressOf' | 'isHttps'>
  clock: Clock
  /** Changes of a room's people are sent to native clients at most this often. */
  presenceEveryMs: number
  guestProtocols: boolean
  /** Behind Fly's proxy, which can send a request on to the instance it belongs to. */
  isOnFly: boolean
  instance: string
  region: string
  build: string
  sessionSecret: string
  /** Nobody is admitted before presence has read who is here, or has failed to. */
  presenceStarted: Promise<void>
  adapter: AdapterMaker | null
  onError(cause: unknown): void
  hooks: GatewayHooks
  unsent: UnsentBudget
}

export interface Gateway {
  io: ChatServer
  connections(): number
  /** Bytes that wait for the slowest reader. */
  unreadBytesMax(): number
  /** Waits for clients that do not answer the closing of their WebSocket; cut their connections meanwhile. */
  close(): Promise<void>
}

export function openGateway(options: GatewayOptions): Gateway {
  const { chat, clock, onError, hooks } = options
  const io = openServer(options)
  const connections = keepConnections({ ...options, io, pingClock: wallClock })
  io.engine.on('connection', breakOffPolls)
  io.engine.on('connection_error', ({ code }: { code: number }) => {
    if (code === UNSUPPORTED_PROTOCOL) hooks.oldClient()
  })

  const native = createNative({ ...options, io, proofs: createCursorProofs(options.sessionSecret) })
  const compatible = options.guestProtocols
    ? [createClassic({ ...options, io }), createCourse({ io, chat, people: options.people, onError })]
    : []
  shareEncodings(io)
  const writeTogether = writeBroadcastsOnce(io)
  chat.onAnnounce((announcement) => {
    const announce = () => [native, ...compatible].forEach((protocol) => protocol.announce(announcement))
    if (announcement.kind === 'events' || announcement.kind === 'people') writeTogether(announce)
    else announce()
  })
  chat.countReceivers((room) => receiversOf(io, room))

  sendPersonChanges(io, options)
  const sessionEnd = endSessions({ io, clock, revocations: options.revocations })
  const admit = createHandshake({ ...options, connections, sessionEnd })
  const limits = limitConnects({ io, clock, admit, onError })
  io.on('connection', (socket) => {
    socket.on('disconnect', ended)
    // Clients of the course protocol send it.
    socket.on('error', hooks.clientError)
  })
  function ended(this: ChatSocket, reason: string) {
    hooks.disconnected(reason)
    limits.left(this.conn)
  }
  const greet = createGreeting(options, { native, compatible, onAdmitted: sessionEnd.admitted })
  io.on('connection', (socket) => {
    const opening = greet(socket)
    const release = () => releasePackets(socket.conn)
    // Rooms that are in memory are answered in the same write as the handshake.
    if (opening) void Promise.race([opening, endOfTurn()]).then(release)
    else release()
  })

  return {
    io,
    connections: () => io.engine.clientsCount,
    unreadBytesMax: () => connectionsOf(io).reduce((max, connection) => Math.max(max, unreadBytes(connection)), 0),
    async close() {
      connections.stop()
      limits.stop()
      sessionEnd.stop()
      await Promise.all(connectionsOf(io).map(letGo))
      await io.close()
    }
  }
}

function openServer({ server, admission, adapter, guestProtocols, isOnFly, instance, clock, hooks }: GatewayOptions) {
  const io: ChatServer = new Server(server, {
    ...(adapter && { adapter }),
    serveClient: guestProtocols,
    maxHttpBufferSize: FRAME_MAX_BYTES,
    pingInterval: PING_EVERY_MS,
    pingTimeout: PONG_WITHIN_MS,
    connectTimeout: CONNECT_WITHIN_MS,
    allowRequest: admission.allowRequest,
    // Without credentials: a page of another origin never acts with our cookie.
    cors: (request, decide) => {
      const standing = admission.standing(request as IncomingMessage)
      decide(null, {
        origin: standing === 'own' || standing === 'guest',
        allowedHeaders: ['authorization', 'content-type']
      })
    }
  })
  // The session id starts with the instance, so that a request that reaches another instance can be sent on. The rest is the secret of
  // polling.
  io.engine.generateId = () => `${instance}.${randomBytes(SID_RANDOM_BYTES).toString('base64url')}`
  writeFlushesOnce(io)
  if (isOnFly) replayToOwners(io, { instance, clock, onReplay: hooks.replayed })
  return io
}

/** Clients of this instance that get a room's events: as whole events, and as changes. */
function receiversOf(io: ChatServer, room: string) {
  const sizeOf = (audience: string) => io.of('/').adapter.rooms.get(audience)?.size ?? 0
  const whole = sizeOf(audienceOfEvents(room, OLDEST_WIRE_VERSION))
  const guests = room === LOBBY ? compatibleProtocols.reduce((sum, protocol) => sum + sizeOf(protocol), 0) : 0
  return { whole, compact: sizeOf(audienceOf(room)) - whole + guests }
}

/** @returns a function that greets a client that was admitted; what that returns resolves once the handshake's rooms are answered */
function createGreeting(
  { chat, people, standings, restrictions, region, instance, build }: GatewayOptions,
  { native, compatible, onAdmitted }: GreetingOptions
) {
  return (socket: ChatSocket) => {
    const { session, caller, wire = OLDEST_WIRE_VERSION, toOpen } = socket.data
    if (session && caller.person) {
      void socket.join([NATIVES, audienceOfSession(session), audienceOfPerson(caller.person.id)])
      onAdmitted(socket)
      if (!socket.connected || endIfBanned(socket, restrictions)) return undefined
      socket.emit('server:hello', {
        v: wire,
        build,
        region,
        instance,
        person: caller.person,
        leaders: leadersOf({ standings }),
        ...(toOpen && { opening: toOpen.length })
      })
      return native.listen(socket)
    }
    void socket.join([...compatibleProtocols])
    // A guest without a name also receives who joins and leaves.
    socket.on('disconnect', people.attend())
    for (const protocol of compatible) protocol.listen(socket)
    chat.follow(LOBBY)
    return undefined
  }
}

interface GreetingOptions {
  native: NativeProtocol
  compatible: readonly Protocol[]
  onAdmitted: ReturnType<typeof endSessions>['admitted']
}
