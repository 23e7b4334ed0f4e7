// Ends the connections of sessions that ended: revoked ones at once, those whose token's time is over when somebody looks.
import { ALL_TOKENS, type RevocationList } from '../sessions/revocation-list.ts'
import type { Clock } from '../clock.ts'
import type { Session } from '../identity.ts'
import { audienceOfSession, type ChatServer, type ChatSocket } from './protocol.ts'

/** A client that changed its name comes back by itself with its new token, unless the answer is still on its way. */
const RENAME_GRACE_MS = 1_000
const LOOK_EVERY_MS = 10_000
/** A connection is closed this long before its token ends, while the client can still renew the token as it comes back. */
const RENEWAL_MS = 60 * 60_000

export interface SessionEnd {
  /** For a connection that is being admitted. */
  closesAt(session: Session): number
  /** For an admitted connection, once it hears what is sent to its session: ends it if the session was revoked meanwhile. */
  admitted(socket: ChatSocket): void
  stop(): void
}

export function endSessions(options: { io: ChatServer; clock: Clock; revocations: RevocationList }): SessionEnd {
  const { io, clock, revocations } = options
  let stopLooking = clock.after(LOOK_EVERY_MS, look)

  const isRevoked = ({ data }: ChatSocket) =>
    data.session !== undefined && (data.issuedAt ?? 0) < revocations.revokedBefore(data.session)

  function end(socket: ChatSocket) {
    const { session } = socket.data
    if (session !== undefined && revocations.revokedBefore(session) === ALL_TOKENS)
      socket.emit('session:ended', { reason: 'sign-in' })
    // A client with a good token comes back; one without is told at its handshake.
    socket.disconnect()
  }

  function endRevoked(session: string) {
    const { adapter, sockets } = io.of('/')
    for (const id of adapter.rooms.get(audienceOfSession(session)) ?? []) {
      const socket = sockets.get(id)
      if (socket && isRevoked(socket)) end(socket)
    }
  }

  revocations.onRevoked(({ session, before }) => {
    if (before === ALL_TOKENS) endRevoked(session)
    else clock.after(RENAME_GRACE_MS, () => endRevoked(session))
  })

  function look() {
    for (const socket of io.of('/').sockets.values())
      if (clock.now() >= (socket.data.closesAt ?? Infinity)) socket.disconnect()
    stopLooking = clock.after(LOOK_EVERY_MS, look)
  }

  return {
    closesAt({ expiresAt }) {
      // One that came with a token so near to its end does not renew it.
      return expiresAt - RENEWAL_MS > clock.now() ? expiresAt - RENEWAL_MS : expiresAt
    },
    admitted(socket) {
      if (isRevoked(socket)) end(socket)
    },
    stop: () => stopLooking()
  }
}
