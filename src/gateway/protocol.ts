// The languages that clients speak. In: words become a verb. Out: an announcement becomes words.
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { Announcement, Caller } from '../chat/chat.ts'
import type { NativeOut } from '../contract.ts'
import type { ClassicOut, CourseOut } from './compatible-events.ts'

/** Nothing that arrives is what it says it is until a schema has looked at it. */
export type IncomingEvents = Record<string, (...said: unknown[]) => void>
export type ServerEvents = NativeOut & ClassicOut & CourseOut

export interface SocketData {
  caller: Caller & { connection: string }
  /** Native only: which sign-in this is. */
  session?: string
  /** When its token was issued, and when the connection is closed for it. */
  issuedAt?: number
  closesAt?: number
  /** Native only: the version of the wire that both sides understand. */
  wire?: number
}

export type ChatServer = Server<IncomingEvents, ServerEvents, DefaultEventsMap, SocketData>
export type ChatSocket = Socket<IncomingEvents, ServerEvents, DefaultEventsMap, SocketData>

export interface Protocol {
  /** Words in: listens to one connection. */
  listen(socket: ChatSocket): void
  /** Words out: tells this instance's own clients. */
  announce(announcement: Announcement): void
}

/** Socket.IO rooms are audiences here. Guests hear one place, the lobby, and this is where that is decided. */
export const GUESTS = 'guests'
export const NATIVES = 'natives'
export const audienceOf = (room: string) => `room:${room}`
/** Those of a room who hear its events in this version of the wire. */
export const audienceOfEvents = (room: string, wire: number) => `events${wire}:${room}`
export const audienceOfSession = (session: string) => `session:${session}`
