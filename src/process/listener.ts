// The HTTP server, whose port is open before the rest of the program is loaded. Early requests wait instead of being refused; only
// health checks are answered at once.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from './config.ts'
import { createProxies } from '../access/proxies.ts'
import { FIRST_BYTE_WITHIN_MS, limitSockets, type SocketRefusal } from '../access/socket-limits.ts'

const HEADERS_WITHIN_MS = 10_000
const REQUEST_WITHIN_MS = 30_000
/** How often Node checks for slow requests. With its default of 30 s the limit of 10 s could take 40 s. */
const CHECK_EVERY_MS = 1_000
/** Connections that the kernel holds until they are accepted. With Node's 511 most of a crowd that comes back waits for a second try. */
const WAITING_MAX = 4_096
/** A socket without any traffic for this long is closed, such as one whose answer is not read. Polls are answered sooner. */
const SOCKET_TIMEOUT_MS = 20_000

export interface Listener {
  readonly server: Server
  readonly port: number
  readonly url: string
  /** Open TCP connections of any protocol. */
  readonly sockets: ReadonlySet<Socket>
  /** Calls `count` for each socket that a limit closes from now on. */
  countSocketRefusals(count: (why: SocketRefusal) => void): void
  /**
   * Sends requests to `answer` from now on. The returned function handles the early requests in their order; call it in the same turn,
   * once all other listeners are attached.
   */
  handOver(answer: (request: IncomingMessage, response: ServerResponse) => unknown): () => void
}

/** @throws the listen error (EADDRINUSE, EACCES …) */
export async function openListener(
  config: Config,
  { headersWithinMs = HEADERS_WITHIN_MS, firstByteWithinMs = FIRST_BYTE_WITHIN_MS } = {}
): Promise<Listener> {
  const { region, instance } = config
  const server = createServer({
    headersTimeout: headersWithinMs,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS
  })
  server.timeout = SOCKET_TIMEOUT_MS
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  const waiting: { socket: Socket; handle(): void }[] = []
  function wait(request: IncomingMessage, response: ServerResponse) {
    const health = /^\/health\/(live|ready)$/.exec(request.url ?? '')?.[1]
    if (!health) {
      waiting.push({ socket: request.socket, handle: () => server.emit('request', request, response) })
      return
    }
    const ok = health === 'live'
    response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ ok, region, instance }))
  }
  function waitToUpgrade(request: IncomingMessage, socket: Socket, head: Buffer) {
    // No other listener handles errors yet.
    socket.on('error', () => {})
    waiting.push({ socket, handle: () => server.emit('upgrade', request, socket, head) })
  }
  server.on('request', wait)
  server.on('upgrade', waitToUpgrade)

  let countRefusal: (why: SocketRefusal) => void = () => {}
  const listenFirst = limitSockets(server, {
    connections: config.connections,
    isProxy: createProxies(config).includes,
    onClosed: (why) => countRefusal(why),
    firstByteWithinMs
  })

  await listen(server, config)
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    url: `http://localhost:${port}`,
    sockets,
    countSocketRefusals(count) {
      countRefusal = count
    },
    handOver(answer) {
      server.off('request', wait)
      server.off('upgrade', waitToUpgrade)
      server.on('request', answer)
      return () => {
        listenFirst()
        for (const { socket, handle } of waiting.splice(0)) if (!socket.destroyed) handle()
      }
    }
  }
}

function listen(server: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    const listening = () => {
      server.off('error', failed)
      done()
    }
    server.listen({ port, backlog: WAITING_MAX, ...(host !== null && { host }) }, listening)
  })
}

/** The sentence for an operator when the port or address can't be used; null for any other error. */
export function listenSentence(cause: unknown, metricsPort: string | undefined): string | null {
  if (!isListenError(cause)) return null
  const { code, syscall, port } = cause
  const name = metricsPort === String(port) ? 'METRICS_PORT' : 'PORT'
  if (syscall === 'getaddrinfo' || code === 'EADDRNOTAVAIL')
    return `HOST is not an address of this computer (${code}): leave it out to listen on all addresses.`
  return code === 'EADDRINUSE'
    ? `${name} ${port} is in use by another program: stop it, or set ${name} to another number.`
    : `Taifas can't listen on port ${port} (${code}): set ${name} to a number above 1023, or HOST to an address of this computer.`
}

const isListenError = (cause: unknown): cause is NodeJS.ErrnoException & { port?: number } =>
  cause instanceof Error && 'syscall' in cause && (cause.syscall === 'listen' || cause.syscall === 'getaddrinfo')
