// Where clients speak: one Socket.IO server on the HTTP server, and who on it speaks which vocabulary.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import { Server } from 'socket.io'
import * as v from 'valibot'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import type { Clock } from '../clock.ts'
import { costs } from '../chat/costs.ts'
import type { People } from '../presence/presence.ts'
import type { RevocationList } from '../sessions/revocation-list.ts'
import { FRAME_MAX_BYTES, LOBBY, OLDEST_WIRE_VERSION, WIRE_VERSION, nativeHello, type Reason } from '../contract.ts'
import type { Identity, Session } from '../identity.ts'
import { cookieToken, type Origins } from '../origins.ts'
import type { AdapterMaker } from '../bus/redis-bus.ts'
import { createClassic } from './classic.ts'
import { connectionsOf, cut, unreadBytes } from './connection.ts'
import { createCourse } from './course.ts'
import type { Admission } from './admission.ts'
import { replayToOwners } from './fly-replay.ts'
import { createNative } from './native.ts'
import { endSessions } from './session-end.ts'
import { cutSlowReaders } from './slow-readers.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import type { GatewayWatch } from './metrics-hooks.ts'
import {
  GUESTS,
  NATIVES,
  audienceOf,
  audienceOfEvents,
  audienceOfSession,
  type ChatServer,
  type ChatSocket
} from './protocol.ts'

/** A dead peer is noticed within the sum. Engine.IO's defaults (25 + 20 s) are too long to be honest about who is here. */
const PING_EVERY_MS = 10_000
const PONG_WITHIN_MS = 8_000
/** A connection that never says CONNECT is closed. */
const CONNECT_WITHIN_MS = 10_000
/** A connection that was refused at CONNECT, or has left the chat, may join again within this time. */
const REJOIN_WITHIN_MS = 5_000
/** Refused CONNECT packets of one connection that are answered. */
const REFUSED_CONNECTS_MAX = 10
const SID_RANDOM_BYTES = 16

export interface GatewayOptions {
  server: HttpServer
  admission: Admission
  chat: Chat
  people: People
  identity: Identity
  revocations: RevocationList
  origins: Pick<Origins, 'isHttps'>
  clock: Clock
  peopleToldEveryMs: number
  guestProtocols: boolean
  /** Behind Fly's proxy: it can send a request on to the instance it belongs to. */
  isOnFly: boolean
  instance: string
  region: string
  build: string
  adapter: AdapterMaker | null
  onFault(cause: unknown): void
  watch: GatewayWatch
  unsent: UnsentBudget
}

export interface Gateway {
  io: ChatServer
  connections(): number
  /** Bytes that wait for the slowest reader. */
  unreadBytesMax(): number
  close(): Promise<void>
}

export function openGateway(options: GatewayOptions): Gateway {
  const {
    server,
    admission,
    chat,
    people,
    identity,
    clock,
    instance,
    region,
    build,
    peopleToldEveryMs,
    onFault,
    watch,
    unsent
  } = options
  const io: ChatServer = new Server(server, {
    ...(options.adapter && { adapter: options.adapter }),
    serveClient: options.guestProtocols,
    maxHttpBufferSize: FRAME_MAX_BYTES,
    pingInterval: PING_EVERY_MS,
    pingTimeout: PONG_WITHIN_MS,
    connectTimeout: CONNECT_WITHIN_MS,
    allowRequest: admission.allowRequest,
    // Without credentials: a page of somebody else's never speaks with our cookie.
    cors: (request, decide) => {
      const standing = admission.standing(request as IncomingMessage)
      decide(null, {
        origin: standing === 'own' || standing === 'guest',
        allowedHeaders: ['authorization', 'content-type']
      })
    }
  })
  // The instance leads the session id, so that a request that reaches another one can be sent on. The rest is the secret of polling.
  io.engine.generateId = () => `${instance}.${randomBytes(SID_RANDOM_BYTES).toString('base64url')}`
  if (options.isOnFly) replayToOwners(io, instance, watch.replayed)
  admission.watch(io)

  const native = createNative({ io, chat, people, clock, region, instance, peopleToldEveryMs, onFault, watch, unsent })
  const compatible = options.guestProtocols
    ? [createClassic({ io, chat, people, clock, region, onFault }), createCourse({ io, chat, people, onFault })]
    : []
  chat.onAnnounce((happened) => {
    for (const protocol of [native, ...compatible]) protocol.announce(happened)
  })

  const sizeOf = (audience: string) => io.of('/').adapter.rooms.get(audience)?.size ?? 0
  chat.countReceivers((room) => {
    const whole = sizeOf(audienceOfEvents(room, OLDEST_WIRE_VERSION))
    return { whole, compact: sizeOf(audienceOf(room)) - whole + (room === LOBBY ? sizeOf(GUESTS) : 0) }
  })
  const sessionEnd = endSessions({ io, clock, revocations: options.revocations })

  // One live session per connection, however many CONNECT packets it sends: every one of them would cost a sign-in.
  const live = new WeakSet<object>()
  const closeUnlessJoined = (connection: Connection, withinMs: number) => {
    if (connection.readyState === 'closed') return
    clock.after(withinMs, () => {
      if (!live.has(connection)) cut(connection)
    })
  }
  const refusals = new WeakMap<Connection, number>()
  /** Answers a CONNECT with a refusal. A connection that goes on asking is closed: each answer costs more than a packet. */
  const refuseConnect = (connection: Connection, error: HandshakeError, next: (error: Error) => void) => {
    const count = (refusals.get(connection) ?? 0) + 1
    refusals.set(connection, count)
    if (count > REFUSED_CONNECTS_MAX) return cut(connection)
    return next(error)
  }
  io.engine.on('connection', (connection: Connection) => {
    closeUnlessJoined(connection, CONNECT_WITHIN_MS)
    const removeReceiver = unsent.add({
      address: admission.address(connection.request),
      unsent: () => unreadBytes(connection),
      cut: () => cut(connection)
    })
    connection.once('close', removeReceiver)
  })
  io.use((socket, next) => {
    if (live.has(socket.conn)) return refuseConnect(socket.conn, refusal('bad-request'), next)
    live.add(socket.conn)
    admit(socket).then(
      () => next(),
      (cause: unknown) => {
        live.delete(socket.conn)
        closeUnlessJoined(socket.conn, REJOIN_WITHIN_MS)
        refuseConnect(socket.conn, refusalFor(cause), next)
      }
    )
  })

  io.on('connection', (socket) => {
    socket.on('disconnect', (reason) => {
      live.delete(socket.conn)
      closeUnlessJoined(socket.conn, REJOIN_WITHIN_MS)
      watch.gone(reason)
    })
    // A word of the course's clients; heard, written down, and no more.
    socket.on('error', () => watch.complained())
    const { session, caller, wire = OLDEST_WIRE_VERSION } = socket.data
    if (session && caller.person) {
      void socket.join([NATIVES, audienceOfSession(session)])
      native.listen(socket)
      sessionEnd.admitted(socket)
      if (!socket.connected) return
      socket.emit('server:hello', { v: wire, build, region, instance, person: caller.person })
      return
    }
    void socket.join(GUESTS)
    // Even one who never says a name hears who comes and goes.
    socket.on('disconnect', people.attend())
    for (const protocol of compatible) protocol.listen(socket)
    chat.follow(LOBBY)
  })

  const stopCutting = cutSlowReaders(io, clock, watch.cut)
  return {
    io,
    connections: () => io.engine.clientsCount,
    unreadBytesMax: () => connectionsOf(io).reduce((max, connection) => Math.max(max, unreadBytes(connection)), 0),
    async close() {
      stopCutting()
      sessionEnd.stop()
      await io.close()
    }
  }

  function refusalFor(cause: unknown): HandshakeError {
    if (cause instanceof HandshakeError) return cause
    if (cause instanceof ChatError) return refusal(cause.reason, cause.retryAfterMs)
    onFault(cause)
    return refusal('fault')
  }

  async function admit(socket: ChatSocket) {
    const request = socket.request
    const caller = { person: null, name: '', address: admission.address(request), connection: socket.id }
    // Before a token is verified: a forged one costs its address as much as a good one.
    chat.spend({ person: null, address: caller.address }, costs.connect)
    const hello = v.safeParse(nativeHello, socket.handshake.auth)
    if (!hello.success) {
      // Whatever a borrowed client brings as a token is not ours: ignored, never refused.
      if (!options.guestProtocols) throw refusal('sign-in')
      socket.data.caller = caller
      return
    }
    const standing = admission.standing(request)
    if (standing === 'guest') throw refusal('not-allowed')
    if (hello.output.v < OLDEST_WIRE_VERSION) throw refusal('too-old')
    const session = await sessionOf(hello.output.token, standing === 'own' ? request : null)
    if (!session) throw refusal('sign-in')
    socket.data.session = session.id
    socket.data.issuedAt = session.issuedAt
    socket.data.closesAt = sessionEnd.closesAt(session)
    socket.data.wire = Math.min(hello.output.v, WIRE_VERSION)
    socket.data.caller = { ...caller, person: session.person, name: session.person.name }
  }

  async function sessionOf(token: string | undefined, ownPage: IncomingMessage | null): Promise<Session | null> {
    const given =
      token ?? (ownPage ? cookieToken(ownPage.headers.cookie, options.origins.isHttps(ownPage.headers)) : undefined)
    return given === undefined ? null : identity.read(given)
  }
}

/** Refuses a handshake; the client reads the reason in `error.data`. */
class HandshakeError extends Error {
  readonly data: { reason: Reason; retryAfterMs?: number }
  constructor(reason: Reason, retryAfterMs?: number) {
    super(reason)
    this.data = { reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
}
const refusal = (reason: Reason, retryAfterMs?: number) => new HandshakeError(reason, retryAfterMs)
