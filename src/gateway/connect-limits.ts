// How long a connection may stay without joining the chat, and how often it may ask. Every CONNECT packet costs a handshake.
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { cut } from './connection.ts'
import { HandshakeError } from './handshake.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

/** A connection that never sends CONNECT is closed after this time. */
export const CONNECT_WITHIN_MS = 10_000
/** A connection that was refused at CONNECT, or has left the chat, may join again within this time. */
const REJOIN_WITHIN_MS = 5_000
/** Refused CONNECT packets of one connection that are answered. */
const REFUSED_CONNECTS_MAX = 10

/** Puts `admit` in front of every CONNECT packet and allows each connection one session at a time. */
export function limitConnects(options: {
  io: ChatServer
  clock: Clock
  /** Throws ChatError for a refusal. */
  admit(socket: ChatSocket): Promise<void>
  onError(cause: unknown): void
}): void {
  const { io, clock, admit, onError } = options
  const joined = new WeakSet<Connection>()
  const refusals = new WeakMap<Connection, number>()

  function closeUnlessJoined(connection: Connection, withinMs: number) {
    if (connection.readyState === 'closed') return () => {}
    return clock.after(withinMs, () => {
      if (!joined.has(connection)) cut(connection)
    })
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

  io.engine.on('connection', (connection: Connection) => {
    // Otherwise the timer would keep a connection in memory after its end.
    connection.once('close', closeUnlessJoined(connection, CONNECT_WITHIN_MS))
  })

  io.use((socket, next) => {
    const connection = socket.conn
    if (joined.has(connection)) return refuse(connection, new HandshakeError(new ChatError('bad-request')), next)
    joined.add(connection)
    admit(socket).then(
      () => next(),
      (cause: unknown) => {
        joined.delete(connection)
        closeUnlessJoined(connection, REJOIN_WITHIN_MS)
        refuse(connection, refusalFor(cause), next)
      }
    )
  })

  io.on('connection', (socket) => {
    socket.on('disconnect', () => {
      joined.delete(socket.conn)
      closeUnlessJoined(socket.conn, REJOIN_WITHIN_MS)
    })
  })
}
