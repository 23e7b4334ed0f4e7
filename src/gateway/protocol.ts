// What a protocol is, and the audiences that clients belong to. In: an event becomes a verb. Out: an announcement becomes events.
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { Announcement, Caller } from '../chat/chat.ts'
import type { NativeOut } from '../contract.ts'
import type { ClassicOut, CourseOut } from '../contract/compatible.ts'

/** Payloads are unknown until a schema has checked them. */
export type IncomingEvents = Record<string, (...args: unknown[]) => void>
export type ServerEvents = NativeOut & ClassicOut & CourseOut

export interface SocketData {
  caller: Caller & { connection: string }
  /** Native only: the id of the session. */
  session?: string
  /** Native only: when the session's token was issued, and when the connection is closed so that the client renews it. */
  issuedAt?: number
  closesAt?: number
  /** Native only: the version of the protocol that both sides understand. */
  wire?: number
}

export type ChatServer = Server<IncomingEvents, ServerEvents, DefaultEventsMap, SocketData>
export type ChatSocket = Socket<IncomingEvents, ServerEvents, DefaultEventsMap, SocketData>

export interface Protocol {
  /** Handles the events of one connection. */
  listen(socket: ChatSocket): void
  /** Sends an announcement to this instance's own clients. */
  announce(announcement: Announcement): void
}

// Audiences are Socket.IO rooms.
/** Clients of the compatible protocols. They know one room, the lobby. */
export const GUESTS = 'guests'
export const NATIVES = 'natives'
export const audienceOf = (room: string) => `room:${room}`
/** Clients in a room that get its events in this version of the protocol. */
export const audienceOfEvents = (room: string, version: number) => `events${version}:${room}`
export const audienceOfSession = (session: string) => `session:${session}`
