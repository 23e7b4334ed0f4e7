// Long-polling without sticky sessions: a request whose session lives on another instance is answered with `fly-replay`, and
// Fly's proxy sends it there. It sits before Engine.IO's own verification, which answers everything else: a session that is
// nowhere is 400 with code 1, and the client makes a new handshake.
import { ServerResponse, type IncomingMessage } from 'node:http'
import { sessionIdOf } from './connection.ts'
import type { ChatServer } from './protocol.ts'

/** How long the proxy tries to reach the instance. One that is gone costs a client this much, and then a new handshake. */
const REACH_WITHIN_SECONDS = 2
/** What an instance may be called (FLY_MACHINE_ID in settings.ts), where it leads a session id. Nothing else gets into a header. */
const OWNER = /^([a-z0-9]{1,32})\./
/** The proxy's words for a request that was sent on already, or could not be. It may not be sent on again. */
const SENT_ON = ['fly-replay-src', 'fly-replay-failed']

/** The `fly-replay` that a request is to be answered with, or null when it is for this instance to answer. */
export function replayFor(session: string | undefined, headers: IncomingMessage['headers'], me: string): string | null {
  const owner = OWNER.exec(session ?? '')?.[1]
  if (!owner || owner === me || SENT_ON.some((word) => word in headers)) return null
  return `instance=${owner};timeout=${REACH_WITHIN_SECONDS}s;fallback=prefer_self`
}

/** Sends on what belongs to other instances. `onReplay` is told the kind of each. Only to be used behind Fly's proxy. */
export function replayToOwners(io: ChatServer, me: string, onReplay: (kind: 'request' | 'upgrade') => void): void {
  io.engine.use((request: IncomingMessage, response: unknown, next: () => void) => {
    const replay = replayFor(sessionIdOf(request), request.headers, me)
    if (replay === null) return next()
    if (response instanceof ServerResponse) {
      onReplay('request')
      response.writeHead(200, { 'fly-replay': replay, 'cache-control': 'no-store' }).end()
      return
    }
    // Of an upgrade Engine.IO shows a stub instead of a response. The proxy wants 101 here, and nothing negotiated.
    onReplay('upgrade')
    request.socket.on('error', () => {})
    request.socket.end(`HTTP/1.1 101 Switching Protocols\r\nfly-replay: ${replay}\r\n\r\n`)
  })
}
