// Long polling without sticky sessions: a request whose session belongs to another instance is answered with `fly-replay`, and Fly's
// proxy sends it there. This comes before Engine.IO's own check, which answers an unknown session with 400 and code 1; the client then
// makes a new handshake.
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { sessionIdOf } from './connection.ts'
import type { ChatServer } from './protocol.ts'

/** How long the proxy tries to reach the instance. If it is gone, the client waits this long and then makes a new handshake. */
const REACH_WITHIN_SECONDS = 2
/** The grammar of an instance id (FLY_MACHINE_ID in settings.ts) at the start of a session id. Nothing else gets into a header. */
const OWNER = /^([a-z0-9]{1,32})\./
/** Headers of a request that the proxy has replayed already, or could not replay. It must not be replayed again. */
const FAILED = 'fly-replay-failed'
const REPLAYED = ['fly-replay-src', FAILED]
/**
 * What a client posts to an instance that is gone is refused after this time: longer than the 5 s that python-socketio waits before it
 * gives up and connects again. Refused at once, older versions of it, such as Debian 12's, end without telling their program.
 */
const REFUSE_POST_AFTER_MS = 6_000

/** The `fly-replay` header for a request, or null when this instance answers it. */
export function replayFor(session: string | undefined, headers: IncomingMessage['headers'], me: string): string | null {
  const owner = OWNER.exec(session ?? '')?.[1]
  if (!owner || owner === me || REPLAYED.some((name) => name in headers)) return null
  return `instance=${owner};timeout=${REACH_WITHIN_SECONDS}s;fallback=prefer_self`
}

/** Replays requests to the instances that own their sessions. Use it only behind Fly's proxy. */
export function replayToOwners(
  io: ChatServer,
  { instance: me, clock, onReplay }: { instance: string; clock: Clock; onReplay(kind: 'request' | 'upgrade'): void }
): void {
  io.engine.use((request: IncomingMessage, response: unknown, next: () => void) => {
    const replay = replayFor(sessionIdOf(request), request.headers, me)
    if (replay === null && request.method === 'POST' && FAILED in request.headers)
      return clock.after(REFUSE_POST_AFTER_MS, next)
    if (replay === null) return next()
    if (response instanceof ServerResponse) {
      onReplay('request')
      response.writeHead(200, { 'fly-replay': replay, 'cache-control': 'no-store' }).end()
      return
    }
    // For an upgrade Engine.IO passes a stub instead of a response. The proxy expects 101 without a negotiation.
    onReplay('upgrade')
    request.socket.on('error', () => {})
    request.socket.end(`HTTP/1.1 101 Switching Protocols\r\nfly-replay: ${replay}\r\n\r\n`)
  })
}
