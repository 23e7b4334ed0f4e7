// How long a connection may stay without joining the chat, and how often it may ask. Every CONNECT packet costs a handshake.
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { cut, keepPackets } from './connection.ts'
import { HandshakeError } from './handshake.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

/** A connection that never sends CONNECT is closed after this time. */
export const CONNECT_WITHIN_MS = 10_000
/** A connection that was refused at CONNECT, or has left the chat, may join again within this time. */
const REJOIN_WITHIN_MS = 5_000
const CHECK_EVERY_MS = 500
/** Refused CONNECT packets of one connection that are answered. */
const REFUSED_CONNECTS_MAX = 10

/**
 * Puts `admit` in front of every CONNECT packet and allows each connection one session at a time.
 * @returns `left`: to call when a connection has left the chat
 */
export function limitConnects(options: {
  io: ChatServer
  clock: Clock
  /** Throws ChatError for a refusal. */
  admit(socket: ChatSocket): Promise<void>
  onError(cause: unknown): void
}): { left(connection: Connection): void; stop(): void } {
  const { io, clock, admit, onError } = options
  /** Connections that have not joined, and when they are closed. */
  const joinBy = new Map<Connection, number>()
  const refusals = new WeakMap<Connection, number>()
  let stop = clock.after(CHECK_EVERY_MS, check)

  /** `atLatest`: asking again gives no more time. */
  function waitFor(connection: Connection, withinMs: number, atLatest = Infinity) {
    if (connection.readyState !== 'closed') joinBy.set(connection, Math.min(atLatest, clock.now() + withinMs))
  }

  function check() {
    for (const [connection, at] of joinBy) {
      if (connection.readyState !== 'closed' && clock.now() < at) continue
      joinBy.delete(connection)
      cut(connection)
    }
    stop = clock.after(CHECK_EVERY_MS, check)
  }

  /** A connection that goes on asking is closed: each answer costs more than a packet. */
  function refuse(connection: Connection, error: HandshakeError, next: (error: Error) => void) {
    const count = (refusals.get(connection) ?? 0) + 1
    refusals.set(connection, count)
    if (count > REFUSED_CONNECTS_MAX) return cut(connection)
    return next(error)
  }

  function refusalFor(cause: unknown): HandshakeError {
    if (cause instanceof ChatError) return new HandshakeError(cause)
    onError(cause)
    return new HandshakeError(new ChatError('fault'))
  }

  io.engine.on('connection', (connection: Connection) => waitFor(connection, CONNECT_WITHIN_MS))

  io.use((socket, next) => {
    const connection = socket.conn
    const by = joinBy.get(connection)
    joinBy.delete(connection)
    if (by === undefined) return refuse(connection, new HandshakeError(new ChatError('bad-request')), next)
    admit(socket).then(
      () => {
        // Until it has got the hello too.
        keepPackets(connection)
        next()
      },
      (cause: unknown) => {
        waitFor(connection, REJOIN_WITHIN_MS, by)
        refuse(connection, refusalFor(cause), next)
      }
    )
  })

  return { left: (connection) => waitFor(connection, REJOIN_WITHIN_MS), stop: () => stop() }
}
