// What is needed of an Engine.IO connection and what it has no public way to say. One place to mend when it changes.
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import type { ChatServer } from './protocol.ts'

interface Insides {
  id: string
  writeBuffer: { data?: string | Buffer }[]
  transport?: { socket?: { bufferedAmount?: number; terminate?(): void } }
}
const insides = (connection: Connection) => connection as unknown as Insides

export const idOf = (connection: Connection): string => insides(connection).id

/** The session that a request says it belongs to, read as Engine.IO reads it: of several, the last. */
export const sessionIdOf = (request: IncomingMessage): string | undefined =>
  (request as IncomingMessage & { _query?: Record<string, string> })._query?.['sid']

export const connectionsOf = (io: ChatServer): Connection[] =>
  Object.values((io.engine as unknown as { clients: Record<string, Connection> }).clients)

/** Bytes that wait for a client to read them, nearly: a character counts as one. */
export function unreadBytes(connection: Connection): number {
  const { writeBuffer, transport } = insides(connection)
  const written = transport?.socket?.bufferedAmount ?? 0
  return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), written)
}

/** Ends a connection now. Closing politely would wait half a minute for a goodbye from one that doesn't read or only shouts. */
export function cut(connection: Connection): void {
  const { transport } = insides(connection)
  connection.close(true)
  transport?.socket?.terminate?.()
}
