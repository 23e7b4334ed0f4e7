// What a protocol is, and the audiences that clients belong to. In: an event becomes a verb. Out: an announcement becomes events.
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { Announcement, Caller } from '../chat/chat.ts'
import type { NativeOut } from '../contract.ts'
import type { ClassicOut, CourseOut } from '../contract/compatible.ts'
import type { OpenRooms } from './open-rooms.ts'

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
  /** Native only: the region of the proxy at which the client arrived. */
  region?: string | undefined
  /** Native only: the version of the protocol that both sides understand. */
  wire?: number
  /** Native only. */
  rooms?: OpenRooms
  /** Native only: unchecked payloads of `room:open` that came with the handshake, until they are answered. */
  toOpen?: unknown[] | undefined
  /** Guests only: the protocols that the client has spoken. */
  spoken?: Set<CompatibleProtocol>
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
/** The compatible protocols are audiences too. Their clients know one room, the lobby. */
export const compatibleProtocols = ['classic', 'course'] as const
export type CompatibleProtocol = (typeof compatibleProtocols)[number]
export const NATIVES = 'natives'
export const audienceOf = (room: string) => `room:${room}`
/** Clients in a room that get its events in this version of the protocol, and see messages after this seq. */
export const audienceOfEvents = (room: string, version: number, from = 0) =>
  from === 0 ? `events${version}:${room}` : `events${version}:${room}:${from}`
/** Clients that the person uses who has opened the room before. */
export const audienceOfNews = (room: string) => `news:${room}`
/** All pages of one person at this instance. */
export const audienceOfPerson = (person: string) => `person:${person}`
export const audienceOfSession = (session: string) => `session:${session}`

/**
 * Handles events of a compatible protocol. A client receives every compatible protocol until it speaks, and from then on those that it
 * has spoken.
 */
export const onSpoken =
  (socket: ChatSocket, protocol: CompatibleProtocol) => (event: string, handle: (payload: unknown) => void) =>
    socket.on(event, (payload) => {
      const { spoken = new Set() } = socket.data
      if (!spoken.has(protocol)) {
        socket.data.spoken = spoken.add(protocol)
        for (const each of compatibleProtocols) void (spoken.has(each) ? socket.join(each) : socket.leave(each))
      }
      handle(payload)
    })
