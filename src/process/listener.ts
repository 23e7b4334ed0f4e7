// The front door. The port is open before anything else is there: who comes early waits, and is neither refused nor told that there
// is nothing. Only whether the process lives is answered at once.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from './config.ts'
import { FIRST_BYTE_WITHIN_MS, limitSockets, socketLimits, type SocketRefusal } from '../access/socket-limits.ts'

const HEADERS_WITHIN_MS = 10_000
const REQUEST_WITHIN_MS = 30_000
/** How often Node looks for requests that take longer; its own 30 s would make ten seconds forty. */
const CHECK_EVERY_MS = 1_000
/** A wire on which nothing moves for this long is closed: an answer that nobody reads, above all. Polls are answered sooner. */
const SILENT_FOR_MS = 20_000

export interface Listener {
  readonly server: Server
  readonly port: number
  readonly url: string
  /** Open connections, whatever is spoken on them. */
  readonly sockets: ReadonlySet<Socket>
  /** From now on `count` is told of each socket that a limit closes. */
  countSocketRefusals(count: (why: SocketRefusal) => void): void
  /**
   * From now on `answer` hears requests. The returned function asks on behalf of those who came early, in their order; it is to be
   * called in the same turn, when everything else that hears requests is on the server.
   */
  handOver(answer: (request: IncomingMessage, response: ServerResponse) => unknown): () => void
}

/** @throws the listen error (EADDRINUSE, EACCES …) */
export async function openListener(
  config: Pick<Config, 'port' | 'host' | 'connections' | 'region' | 'instance' | 'isOnFly'>,
  { headersWithinMs = HEADERS_WITHIN_MS, firstByteWithinMs = FIRST_BYTE_WITHIN_MS } = {}
): Promise<Listener> {
  const { region, instance } = config
  const server = createServer({
    headersTimeout: headersWithinMs,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS
  })
  server.timeout = SILENT_FOR_MS
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  const waiting: { socket: Socket; ask(): void }[] = []
  function wait(request: IncomingMessage, response: ServerResponse) {
    const health = /^\/health\/(live|ready)$/.exec(request.url ?? '')?.[1]
    if (!health) {
      waiting.push({ socket: request.socket, ask: () => server.emit('request', request, response) })
      return
    }
    const ok = health === 'live'
    response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ ok, region, instance }))
  }
  function waitToUpgrade(request: IncomingMessage, socket: Socket, head: Buffer) {
    // Nobody else listens yet.
    socket.on('error', () => {})
    waiting.push({ socket, ask: () => server.emit('upgrade', request, socket, head) })
  }
  server.on('request', wait)
  server.on('upgrade', waitToUpgrade)

  let countRefusal: (why: SocketRefusal) => void = () => {}
  const limits = socketLimits(config.connections, config.isOnFly)
  const listenFirst = limitSockets(server, limits, (why) => countRefusal(why), firstByteWithinMs)

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
        for (const { socket, ask } of waiting.splice(0)) if (!socket.destroyed) ask()
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
    if (host === null) server.listen(port, listening)
    else server.listen(port, host, listening)
  })
}

/** The sentence for an operator whose port or address can't be had; null when it is another error. */
export function listenSentence(cause: unknown, metricsPort: string | undefined): string | null {
  if (!isListenError(cause)) return null
  const { code, syscall, port } = cause
  const name = metricsPort === String(port) ? 'METRICS_PORT' : 'PORT'
  if (syscall === 'getaddrinfo' || code === 'EADDRNOTAVAIL')
    return `HOST is not an address of this computer (${code}): leave it out to listen on all of them.`
  return code === 'EADDRINUSE'
    ? `${name} ${port} is taken by another program: stop it, or set ${name} to another number.`
    : `Taifas can't listen on port ${port} (${code}): set ${name} to a number above 1023, or HOST to an address of this computer.`
}

const isListenError = (cause: unknown): cause is NodeJS.ErrnoException & { port?: number } =>
  cause instanceof Error && 'syscall' in cause && (cause.syscall === 'listen' || cause.syscall === 'getaddrinfo')
