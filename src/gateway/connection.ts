// What Engine.IO connections have no public API for. The one place to change when Engine.IO does.
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import { writerOf } from '../access/frame-writer.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

interface Internals {
  id: string
  request: IncomingMessage | null
  pingIntervalTimer: NodeJS.Timeout | null
  pingTimeoutTimer: Pick<NodeJS.Timeout, 'refresh'> | null
  hasRefreshedPingTimeout: boolean
  sendPacket(type: 'ping'): void
  flush(): void
  onClose(reason: string): void
  transport?: { name?: string; writable?: boolean; socket?: WebSocket } & Partial<Polling>
}
/** What a client polls with. `req`: the request that waits for packets. */
interface Polling {
  req: IncomingMessage | null
  doClose(done: () => void): void
}
/** Of the `ws` library. */
interface WebSocket {
  _closeFrameReceived?: boolean
  _socket?: Tcp | null
  /** Reads frames from the bytes that arrive. `_state` is 0 where a frame begins. */
  _receiver?: { _state: number; _bufferedBytes: number }
  close?(): void
  terminate?(): void
}
type Tcp = IncomingMessage['socket']
/** The TCP socket of a WebSocket whose pongs are taken. */
interface Answering extends Tcp {
  engine: Internals
  receiver: NonNullable<WebSocket['_receiver']>
}
/** A WebSocket frame with Engine.IO's ping. */
const PING_FRAME = Buffer.from([0x81, 1, 0x32])
/** A frame with the answer: its first two bytes, four of a mask, and Engine.IO's pong, of which the first of these has changed the bits. */
const PONG_FRAME_BYTES = 7
const ONE_BYTE = 0x8181
const PONG = 0x33
/** Stands for the timer that Engine.IO has while a ping is not answered, and clears at the answer. */
const unanswered: Internals['pingTimeoutTimer'] = { refresh: () => unanswered as NodeJS.Timeout }

const internals = (connection: Connection) => connection as unknown as Internals

export const idOf = (connection: Connection): string => internals(connection).id

/** The session id in a request's query, as Engine.IO reads it: the last one of several. */
export const sessionIdOf = (request: IncomingMessage): string | undefined =>
  (request as IncomingMessage & { _query?: Record<string, string> })._query?.['sid']

export const connectionsOf = (io: ChatServer): Connection[] =>
  Object.values((io.engine as unknown as { clients: Record<string, Connection> }).clients)

/** Frees the request of the handshake, which is large. */
export function forgetRequest(connection: Connection): void {
  internals(connection).request = null
}

/** Frees what Socket.IO has copied of that request, and of its CONNECT packet, such as a token. */
export function forgetHandshake(socket: ChatSocket): void {
  Object.assign(socket, { handshake: FORGOTTEN })
}
const FORGOTTEN = Object.freeze({})

/** Bytes that wait for a client to read them, approximately. */
export const unreadBytes = (connection: Connection): number => writerOf(connection).unread

/** The TCP socket of a WebSocket. */
export const tcpOf = (connection: Connection): Tcp | undefined =>
  internals(connection).transport?.socket?._socket ?? undefined

/** What is written to an upgrading socket until the next turn of the event loop goes out at once: the answer and the first packet. */
export function writeUpgradeAtOnce(tcp: Tcp): void {
  tcp.cork()
  setImmediate(() => tcp.uncork())
}

/** Keeps packets for an open WebSocket back until they are released, which writes them at once. */
export function keepPackets(connection: Connection): void {
  const { transport } = internals(connection)
  if (transport?.name === 'websocket') transport.writable = false
}

export function releasePackets(connection: Connection): void {
  const engine = internals(connection)
  const { transport } = engine
  if (transport?.name !== 'websocket') return
  transport.writable = true
  engine.flush()
}

/** Ends the pings that a new connection sends by itself, and takes the answers to ours before Node's stream, `ws` and Engine.IO. */
export function stopOwnPings(connection: Connection): void {
  const engine = internals(connection)
  clearTimeout(engine.pingIntervalTimer ?? undefined)
  engine.pingIntervalTimer = null
  const { _socket: tcp, _receiver: receiver } = engine.transport?.socket ?? {}
  if (!tcp || !receiver) return
  push ??= tcp.push
  Object.assign(tcp, { engine, receiver, push: pushUnlessPong })
}
let push: Tcp['push'] | undefined

/** At most one for each ping: others are counted as packets. */
function pushUnlessPong(this: Answering, chunk: Buffer | null): boolean {
  const { engine, receiver, readableLength } = this
  const isPong =
    chunk?.length === PONG_FRAME_BYTES && chunk.readUInt16BE() === ONE_BYTE && (chunk[6]! ^ chunk[2]!) === PONG
  const isBegun = readableLength > 0 || receiver._state !== 0 || receiver._bufferedBytes > 0
  if (!isPong || isBegun || engine.pingTimeoutTimer !== unanswered) return push!.call(this, chunk)
  engine.pingTimeoutTimer = null
  return true
}

export function ping(connection: Connection): void {
  const engine = internals(connection)
  engine.pingTimeoutTimer = unanswered
  engine.hasRefreshedPingTimeout = false
  if (!writerOf(connection).write(PING_FRAME)) engine.sendPacket('ping')
}

/** Whether anything has come since the ping. */
export function isPingAnswered(connection: Connection): boolean {
  const { pingTimeoutTimer, hasRefreshedPingTimeout } = internals(connection)
  return pingTimeoutTimer === null || hasRefreshedPingTimeout
}

export const closeAsSilent = (connection: Connection): void => internals(connection).onClose('ping timeout')

/**
 * Whether the client ended its connection, as a page does that is closed: by a WebSocket's frame, or while polling by a packet. A lost
 * network sends neither. `reason`: of the `disconnect` event.
 */
export function wasClosedByClient(connection: Connection, reason: string): boolean {
  const { transport } = internals(connection)
  return transport?.name === 'polling' ? reason === 'transport close' : transport?.socket?._closeFrameReceived === true
}

/**
 * From now on, when the server ends this connection while the client polls, the request that waits is broken off, and the client
 * connects again. The packet that Engine.IO would answer it with tells python-socketio to stay away for good.
 */
export function breakOffPolls(connection: Connection): void {
  const { transport } = internals(connection)
  if (transport?.name !== 'polling' || !transport.doClose) return
  const close = transport.doClose.bind(transport)
  transport.doClose = (done) => {
    transport.req?.socket.destroy()
    close(done)
  }
}

/**
 * Closes a WebSocket and sends nothing more. What its client sends until it answers is still received. Resolves when it has answered, and
 * at once for other connections.
 */
export async function letGo(connection: Connection): Promise<void> {
  const { socket } = internals(connection).transport ?? {}
  if (!socket?.close) return
  keepPackets(connection)
  socket.close()
  await new Promise((done) => connection.once('close', done))
}

/** Ends a connection now. A closing handshake would wait half a minute for a client that does not read. */
export function cut(connection: Connection): void {
  const { transport } = internals(connection)
  connection.close(true)
  transport?.socket?.terminate?.()
}
