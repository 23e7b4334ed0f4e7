// Who is connecting: a native client with a session, or a guest with a compatible client.
import * as v from 'valibot'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import {
  HANDSHAKE_ROOMS_MAX,
  LOBBY,
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  nativeHello,
  type Refusal
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Identity, Session } from '../identity.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Registry } from '../people/registry.ts'
import type { Devices } from '../sessions/devices.ts'
import { forgetHandshake } from './connection.ts'
import type { OpenConnections } from './open-connections.ts'
import { sentRefusal, versionFor } from './protocol-versions.ts'
import type { ChatSocket } from './protocol.ts'
import type { SessionEnd } from './session-end.ts'

/** Less than the second that python-socketio waits for the answer. */
const CATCH_UP_WITHIN_MS = 700

export interface HandshakeOptions {
  connections: Pick<OpenConnections, 'clientOf'>
  chat: Pick<Chat, 'spend' | 'caughtUp'>
  identity: Pick<Identity, 'read'>
  registry: Pick<Registry, 'seen'>
  devices: Pick<Devices, 'seen'>
  restrictions: Restrictions
  guestProtocols: boolean
  /**
   * Resolves once presence has read who is here, or has failed to. A guest who reconnects earlier would not be recognized, and
   * would be shown twice.
   */
  presenceStarted: Promise<void>
  sessionEnd: Pick<SessionEnd, 'closesAt'>
}

/** Refuses a handshake; the client reads the reason in `error.data`. */
export class HandshakeError extends Error {
  readonly data: Omit<Refusal, 'ok'>

  constructor(refusal: ChatError) {
    super(refusal.reason)
    this.data = sentRefusal(refusal, WIRE_VERSION)
  }
}

/** Returns a function that fills in `socket.data`. It throws ChatError for a refusal. */
export function createHandshake(options: HandshakeOptions): (socket: ChatSocket) => Promise<void> {
  const { connections, chat, identity, registry, devices, restrictions } = options
  const { guestProtocols, presenceStarted, sessionEnd } = options

  return async (socket) => {
    const { address, standing, cookie, agent, region } = connections.clientOf(socket.conn)
    const caller = { person: null, name: '', address, connection: socket.id }
    // Before a token is verified: a forged one costs its address as much as a good one.
    chat.spend({ person: null, address }, costs.connect)
    await presenceStarted
    const hello = v.safeParse(nativeHello, socket.handshake.auth)
    forgetHandshake(socket)
    if (!hello.success) {
      // A compatible client may bring a token of another system, which is ignored and never refused.
      if (!guestProtocols) throw new ChatError('sign-in')
      restrictions.checkAddress(address)
      socket.data.caller = caller
      // It has no cursor: what another instance has sent it must not follow here, where it may arrive later.
      await chat.caughtUp(LOBBY, CATCH_UP_WITHIN_MS)
      return
    }
    if (standing === 'guest') throw new ChatError('not-allowed')
    if (hello.output.v < OLDEST_WIRE_VERSION) throw new ChatError('too-old')
    const token = hello.output.token ?? cookie
    const session: Session | null = token === undefined ? null : await identity.read(token)
    if (!session) throw new ChatError('sign-in')
    restrictions.admit(session.person.id, address)
    registry.seen(session.person)
    devices.seen(session, agent)
    socket.data.session = session.id
    socket.data.issuedAt = session.issuedAt
    socket.data.closesAt = sessionEnd.closesAt(session)
    socket.data.region = region
    socket.data.wire = versionFor(hello.output.v)
    socket.data.caller = { ...caller, person: session.person, name: session.person.name }
    if (hello.output.open.length > 0) socket.data.toOpen = hello.output.open.slice(0, HANDSHAKE_ROOMS_MAX)
  }
}
