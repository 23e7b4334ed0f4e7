// Who is connecting: a native client with a session, or a guest with a compatible client.
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import type { Proxies } from '../access/proxies.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import { LOBBY, OLDEST_WIRE_VERSION, WIRE_VERSION, nativeHello, type Refusal } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Identity, Session } from '../identity.ts'
import { cookieToken } from '../origins.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Registry } from '../people/registry.ts'
import type { Devices } from '../sessions/devices.ts'
import type { Admission } from './admission.ts'
import { sentRefusal } from './protocol-versions.ts'
import type { ChatSocket } from './protocol.ts'
import type { SessionEnd } from './session-end.ts'

/** Less than the second that python-socketio waits for the answer. */
const CATCH_UP_WITHIN_MS = 700

export interface HandshakeOptions {
  admission: Pick<Admission, 'standing'>
  chat: Pick<Chat, 'spend' | 'caughtUp'>
  identity: Pick<Identity, 'read'>
  proxies: Pick<Proxies, 'addressOf' | 'isHttps'>
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
  const { admission, chat, identity, proxies, registry, devices, restrictions } = options
  const { guestProtocols, presenceStarted, sessionEnd } = options

  async function sessionOf(token: string | undefined, ownPage: IncomingMessage | null): Promise<Session | null> {
    const cookie = ownPage ? cookieToken(ownPage.headers.cookie, proxies.isHttps(ownPage)) : undefined
    const given = token ?? cookie
    return given === undefined ? null : identity.read(given)
  }

  return async (socket) => {
    const { request } = socket
    const caller = { person: null, name: '', address: proxies.addressOf(request), connection: socket.id }
    // Before a token is verified: a forged one costs its address as much as a good one.
    chat.spend({ person: null, address: caller.address }, costs.connect)
    await presenceStarted
    const hello = v.safeParse(nativeHello, socket.handshake.auth)
    if (!hello.success) {
      // A compatible client may bring a token of another system, which is ignored and never refused.
      if (!guestProtocols) throw new ChatError('sign-in')
      restrictions.checkAddress(caller.address)
      socket.data.caller = caller
      // It has no cursor: what another instance has sent it must not follow here, where it may arrive later.
      await chat.caughtUp(LOBBY, CATCH_UP_WITHIN_MS)
      return
    }
    const standing = admission.standing(request)
    if (standing === 'guest') throw new ChatError('not-allowed')
    if (hello.output.v < OLDEST_WIRE_VERSION) throw new ChatError('too-old')
    const session = await sessionOf(hello.output.token, standing === 'own' ? request : null)
    if (!session) throw new ChatError('sign-in')
    restrictions.admit(session.person.id, caller.address)
    registry.seen(session.person)
    devices.seen(session, request.headers['user-agent'])
    socket.data.session = session.id
    socket.data.issuedAt = session.issuedAt
    socket.data.closesAt = sessionEnd.closesAt(session)
    socket.data.wire = Math.min(hello.output.v, WIRE_VERSION)
    socket.data.caller = { ...caller, person: session.person, name: session.person.name }
  }
}
