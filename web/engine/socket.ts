// The typed socket. It names the session, and the rooms to open, in the handshake. connection.ts does the reconnecting, so that one place
// knows why and when.
import { io, type Socket } from 'socket.io-client'
import {
  WIRE_VERSION,
  createListReader,
  exactReason,
  unpackOpened,
  type Answers,
  type NativeIn,
  type NativeOut,
  type Reply,
  type Payload,
  type ClientEvent,
  type LiveEvents,
  type PackedOpened
} from '../../src/contract.ts'
import { UNAVAILABLE, handshakeRooms, type HandshakeRooms, type OpenRequest } from './handshake-rooms.ts'

export type ChatSocket = Socket<NativeOut, NativeIn>

/**
 * Sends an event and waits for the answer. Without one in time, or when the connection ends, it is `unavailable`: not confirmed, may be
 * sent again with the same id. `late` receives an answer that comes after that.
 */
export type Ask = <W extends ClientEvent>(
  event: W,
  payload: Payload<W>,
  late?: (reply: Reply<Answers[W]>) => void
) => Promise<Reply<Answers[W]>>

const CONNECT_TIMEOUT_MS = 10_000
/** A live server answers everything, a busy one or one behind a slow network late. Asking again earlier would only be more work for it. */
const ANSWER_TIMEOUT_MS = 60_000
/** For operations that a person waits for, or that are harmless to repeat. */
const SOON_MS = 5_000

interface SocketOptions {
  /** Read at every handshake, which fails while it is null. */
  token(): Promise<string | null | undefined>
  /** What to open with every handshake, the most urgent first. */
  rooms?(): OpenRequest[]
  /** Given by programs outside browsers only. */
  address?: string | undefined
}

/** A closed socket, and events with answers over it. */
export function makeSocket({ token, rooms = () => [], address = '' }: SocketOptions) {
  const socket: ChatSocket = io(address, {
    transports: ['websocket'],
    autoConnect: false,
    reconnection: false,
    // Not shared: each socket belongs to one person.
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
    auth: (resolve) =>
      void token().then((token) => {
        if (token === null) socket.io.engine.close()
        else resolve({ speaks: 'native', v: WIRE_VERSION, token, open: opening.begin() })
      })
  })
  const opening = handshakeRooms(socket, rooms)
  return { socket, ask: asking(socket, opening, ANSWER_TIMEOUT_MS), askSoon: asking(socket, opening, SOON_MS) }
}

/** Calls `listen` with the events of rooms as they happen, in whichever version the server sends them. */
export function onRoomEvents(socket: ChatSocket, listen: (list: LiveEvents) => void): void {
  socket.on('room:events', listen)
  const read = createListReader()
  socket.on('room:+', (...list) => listen(read('room:+', ...list)))
  socket.on(':+', (...list) => listen(read(':+', ...list)))
}

/** Whether the server answers a plain request. */
export const isReachable = (address = ''): Promise<boolean> =>
  fetch(`${address}/health/live`, { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) }).then(
    ({ ok }) => ok,
    () => false
  )

/** Nothing is buffered without a connection: what must survive waits in the outbox. */
function asking(socket: ChatSocket, opening: HandshakeRooms, timeoutMs: number): Ask {
  /** Rejects when the connection ends. */
  const answerTo = (event: ClientEvent, payload: unknown): Promise<Reply<unknown>> =>
    (event === 'room:open' && opening.take(payload as OpenRequest)) || untyped(socket).emitWithAck(event, payload)

  return async (event, payload, late) => {
    if (!socket.connected) return UNAVAILABLE
    const { promise, resolve } = Promise.withResolvers<Reply<never>>()
    const timer = setTimeout(() => {
      resolve(UNAVAILABLE)
      if (late) void answer.then(late)
    }, timeoutMs)
    const answer = answerTo(event, payload)
      .then((reply) => (reply.ok ? unpacked(event, reply) : { ...reply, reason: exactReason(reply) }))
      .catch(() => UNAVAILABLE)
    void answer.then(resolve).finally(() => clearTimeout(timer))
    return promise
  }
}

/** An answer as the contract has it, in whichever version the server sends it. */
const unpacked = (event: ClientEvent, { ok, value }: { ok: true; value: unknown }) => ({
  ok,
  value: (event === 'room:open' ? unpackOpened(value as PackedOpened) : value) as never
})

// `Ask` ties event, payload and answer together, which Socket.IO's own types can't do for a generic event.
const untyped = (socket: unknown) => socket as { emitWithAck(event: string, payload: unknown): Promise<Reply<unknown>> }
