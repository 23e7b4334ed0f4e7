// Ends the connections of sessions that ended: revoked ones at once, expired ones at the next check.
import { ALL_TOKENS, type RevocationList } from '../sessions/revocation-list.ts'
import type { Clock } from '../clock.ts'
import type { Session } from '../identity.ts'
import { audienceOfSession, type ChatServer, type ChatSocket } from './protocol.ts'

/** A client with a new name reconnects by itself with its new token, unless the answer is still on its way. */
const RENAME_GRACE_MS = 1_000
const CHECK_EVERY_MS = 10_000
/** A connection is closed this long before its token expires, so that the client can renew the token when it reconnects. */
const RENEWAL_MS = 60 * 60_000

export interface SessionEnd {
  /** When to close a connection of this session. */
  closesAt(session: Session): number
  /** Call it once an admitted connection has joined the audience of its session: ends it if the session was revoked meanwhile. */
  admitted(socket: ChatSocket): void
  stop(): void
}

export function endSessions(options: { io: ChatServer; clock: Clock; revocations: RevocationList }): SessionEnd {
  const { io, clock, revocations } = options
  let stopChecking = clock.after(CHECK_EVERY_MS, check)

  const isRevoked = ({ data }: ChatSocket) =>
    data.session !== undefined && (data.issuedAt ?? 0) < revocations.revokedBefore(data.session)

  function end(socket: ChatSocket) {
    const { session } = socket.data
    if (session !== undefined && revocations.revokedBefore(session) === ALL_TOKENS)
      socket.emit('session:ended', { reason: 'sign-in' })
    // A client with a valid token reconnects; any other is refused at its handshake.
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

  function check() {
    const now = clock.now()
    io.of('/').sockets.forEach((socket) => {
      if (now >= (socket.data.closesAt ?? Infinity)) socket.disconnect()
    })
    stopChecking = clock.after(CHECK_EVERY_MS, check)
  }

  return {
    closesAt({ expiresAt }) {
      // A client that connects with a token so near to its end does not renew it.
      return expiresAt - RENEWAL_MS > clock.now() ? expiresAt - RENEWAL_MS : expiresAt
    },
    admitted(socket) {
      if (isRevoked(socket)) end(socket)
    },
    stop: () => stopChecking()
  }
}
