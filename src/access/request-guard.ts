// Checks every request and upgrade before Socket.IO and Hono see it. Engine.IO's own `allowRequest` runs at the handshake only.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Origins } from '../origins.ts'
import type { Proxies } from './proxies.ts'
import { redirect, redirectFor } from './redirect.ts'

const HEALTH = /^\/health\//
const SOCKETS = /^\/socket\.io\//
/** What pages of any origin may load with a script tag. Source maps are not among them. */
const LIBRARY_FILE = /^\/socket\.io\/socket\.io(\.msgpack)?(\.esm)?(\.min)?\.js(\?|$)/
const SOURCE_MAP = /^\/socket\.io\/[^?]*\.map(\?|$)/
/** Paths for programs. Everything else is our page and its files. */
const PROGRAMS = /^\/(api|socket\.io)\//
/** Sec-Fetch-Dest of Socket.IO clients. Anything else is a script, an image, a frame or a link. */
const CLIENTS = new Set([undefined, 'empty', 'websocket'])
/** Engine.IO's code for Forbidden, which its clients know. */
const FORBIDDEN_CODE = 4

/** Engine.IO accepts any path below its own, so a request with a transport comes from a client, whatever file it names. */
const isLibrary = (url: string) =>
  LIBRARY_FILE.test(url) && !URL.parse(url, 'http://localhost')?.searchParams.has('transport')
/** A query with the key `j`. */
const JSONP = /[?&](?:j|%6a)(?:[=&#]|$)/i

/** Why a request is refused: values of the label `why` of `taifas_refused_connections_total`. */
export type GuardRefusal = 'origin' | 'host' | 'jsonp' | 'malformed'

interface Refusal {
  why: GuardRefusal
  status: 400 | 403 | 404
  sentence: string
}

const refusals = {
  hosts: { why: 'malformed', status: 400, sentence: 'A request must have one Host header.' },
  host: {
    why: 'host',
    status: 403,
    sentence:
      'This chat does not know the host name by which it was reached. Its operator must set PUBLIC_ORIGIN to the address that people open, like https://chat.example.org. A proxy in front must forward Host, or its address must be in TRUSTED_PROXIES.'
  },
  jsonp: { why: 'jsonp', status: 400, sentence: 'JSONP polling is not served. Use XHR polling or WebSocket.' },
  map: { why: 'malformed', status: 404, sentence: 'Source maps are not served.' },
  origin: {
    why: 'origin',
    status: 403,
    sentence: 'This page may not connect here: its origin is neither PUBLIC_ORIGIN nor in ALLOWED_ORIGINS.'
  }
} as const satisfies Record<string, Refusal>

interface GuardOptions {
  origins: Origins
  publicOrigin: string | null
  proxies: Pick<Proxies, 'includes'>
}

/**
 * Puts the checks in front of all listeners that `server` has for requests and upgrades; call it after they are attached. It also adds
 * the security headers to `/socket.io/` that Hono adds to everything else.
 */
export function guardRequests(
  server: Server,
  options: GuardOptions & { onRefused(why: GuardRefusal, request: IncomingMessage): void }
): void {
  const { publicOrigin, onRefused } = options
  const requests = server.listeners('request')
  const upgrades = server.listeners('upgrade')
  server.removeAllListeners('request').removeAllListeners('upgrade')

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const location = redirectFor(request, publicOrigin)
    if (location !== null) return redirect(response, location)
    const refusal = refusalOf(request, options)
    if (refusal) {
      onRefused(refusal.why, request)
      return refuse(request, response, refusal)
    }
    if (SOCKETS.test(request.url ?? '')) setHeaders(response, isLibrary(request.url ?? ''))
    for (const listener of requests) listener.call(server, request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, options)
    if (refusal) {
      onRefused(refusal.why, request)
      return refuseUpgrade(socket, refusal)
    }
    for (const listener of upgrades) listener.call(server, request, socket, head)
  })
}

/** The refusal of a request; null when it is allowed. */
function refusalOf(request: IncomingMessage, { origins, publicOrigin, proxies }: GuardOptions): Refusal | null {
  const { url = '', headers, rawHeaders, socket } = request
  // Node uses the first of several; a proxy in front may have used another.
  if (rawHeaders.filter((name, n) => n % 2 === 0 && name.toLowerCase() === 'host').length > 1) return refusals.hosts
  if (HEALTH.test(url)) return null
  // A trusted proxy may write anything into Host, and answers for nobody who is not meant to reach it.
  const isProxied = publicOrigin !== null && proxies.includes(socket.remoteAddress)
  const host = isProxied ? 'own' : origins.host(headers.host)
  if (host === 'foreign' || (host === 'private' && !PROGRAMS.test(url))) return refusals.host
  if (!SOCKETS.test(url) || isLibrary(url)) return null
  if (SOURCE_MAP.test(url)) return refusals.map
  // Engine.IO chooses JSONP by the presence of `j` and answers with a script that any page may load.
  if (JSONP.test(url)) return refusals.jsonp
  const isClient = CLIENTS.has(first(headers['sec-fetch-dest']))
  return isClient && origins.standing(headers) !== 'refused' ? null : refusals.origin
}

const first = (header: string | string[] | undefined) => (typeof header === 'object' ? header[0] : header)

function setHeaders(response: ServerResponse, mayBeLoaded: boolean) {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox")
  // Applies to requests without CORS only: clients of allowed origins use CORS.
  response.setHeader('Cross-Origin-Resource-Policy', mayBeLoaded ? 'cross-origin' : 'same-origin')
}

function refuse({ url = '' }: IncomingMessage, response: ServerResponse, { status, sentence }: Refusal) {
  setHeaders(response, false)
  const isForProgram = PROGRAMS.test(url)
  response.writeHead(status, {
    'content-type': isForProgram ? 'application/json' : 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    // The body is not read.
    connection: 'close'
  })
  response.end(
    isForProgram ? JSON.stringify({ code: FORBIDDEN_CODE, reason: 'not-allowed', message: sentence }) : sentence
  )
}

function refuseUpgrade(socket: Duplex, { status, sentence }: Refusal) {
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(sentence)}\r\n\r\n${sentence}`,
    () => socket.destroy()
  )
}
