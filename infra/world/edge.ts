// A local edge that behaves as Fly's proxy does where a chat can notice it: a port for each region, the nearest healthy machine,
// stopped ones started, replays. Every rule names its source; what Fly isn't known to do is refused here, so that nothing is built on it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { openMachines, type Answer, type Machine } from './edge-machines.ts'
import { EdgeRefusal, readReplay } from './edge-replay.ts'
import { bodyOf, headOf, shownHeaders, textOf, edgeRequestOf, type EdgeRequest } from './edge-request.ts'

/** Larger requests are not replayed (Fly docs, dynamic request routing). */
const REPLAYED_BYTES_MAX = 1_000_000
/** Error PA02 (Fly docs, error codes). */
const REPLAYS_MAX = 10
const HOST = '127.0.0.1'

export interface EdgeOptions {
  machines: readonly Machine[]
  /** Each gets a port: who comes in there is nearest to that region. */
  regions: readonly string[]
  /** Ports by region; any free one when left out. */
  ports?: Partial<Record<string, number>>
  /** Milliseconds between a region's edge and a machine in another, there and back; none when left out. */
  roundTripMs?(from: string, to: string): number
  checkEveryMs?: number
  /** How long a request waits for a machine that it starts. */
  startWithinMs?: number
  /** How long a machine that has stopped is left alone while others can be had. */
  justStoppedMs?: number
}

export interface Edge {
  /** Where to come in, by region. */
  urls: Record<string, string>
  /** Whether new requests are sent to it, by machine. */
  healthy(id: string): boolean
  counts: { requestReplays: number; upgradeReplays: number; fallbacks: number; refusals: number }
  /** Looks at the health of all machines now. */
  check(): Promise<void>
  /** Loses the network between a region's machines and everyone, until `mend`. */
  cut(region: string): void
  mend(region: string): void
  /**
   * Ends all connections, or those that came in at one region: a release of the proxy does so to each that is still there after ten
   * minutes (Fly docs, managed Postgres client configuration), and a conversation always is.
   */
  restart(region?: string): void
  close(): Promise<void>
}

/** @throws when a port is taken */
export async function openEdge(options: EdgeOptions): Promise<Edge> {
  const { regions, ports = {}, roundTripMs = () => 0 } = options
  const machines = openMachines({ ...options, roundTripMs })
  /** Their connections, and where they came in. */
  const clients = new Map<Socket, string>()
  const counts = { requestReplays: 0, upgradeReplays: 0, fallbacks: 0, refusals: 0 }
  const servers = await Promise.all(regions.map((region) => listen(region)))
  await machines.check()

  async function listen(region: string): Promise<Server> {
    const server = createServer({ noDelay: true }, (request, response) => void serve(region, request, response))
    server.on('upgrade', (request, socket: Socket, head) => void serveUpgrade(region, request, socket, head))
    server.on('connection', (socket: Socket) => {
      clients.set(socket, region)
      socket.once('close', () => clients.delete(socket))
    })
    server.listen(ports[region] ?? 0, HOST)
    await once(server, 'listening')
    return server
  }

  async function serve(region: string, request: IncomingMessage, response: ServerResponse) {
    try {
      const { message } = await answerFor(edgeRequestOf(region, request, await bodyOf(request), false))
      response.writeHead(message.statusCode ?? 502, shownHeaders(message))
      message.pipe(response)
      message.on('error', () => response.destroy())
      if (response.destroyed) message.destroy()
      response.on('close', () => message.destroy())
    } catch (cause) {
      const { status, message } = refusalOf(cause)
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'text/plain' })
      response.end(`${message}\n`)
    }
  }

  async function serveUpgrade(region: string, request: IncomingMessage, near: Socket, early: Buffer) {
    near.on('error', () => near.destroy())
    try {
      const { message, socket, head } = await answerFor(edgeRequestOf(region, request, Buffer.alloc(0), true))
      if (!socket) {
        const said = await textOf(message)
        near.end(`${headOf(message, { 'content-length': `${Buffer.byteLength(said)}`, connection: 'close' })}${said}`)
        return
      }
      socket.on('error', () => near.destroy())
      if (near.destroyed) socket.destroy()
      near.on('close', () => socket.destroy())
      socket.on('close', () => near.destroySoon())
      near.write(headOf(message))
      near.write(head)
      socket.write(early)
      near.pipe(socket).pipe(near)
    } catch (cause) {
      const { status, message } = refusalOf(cause)
      near.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`)
    }
  }

  /** The answer that the client gets: from the nearest healthy machine, or from where that one sends it. */
  async function answerFor(incoming: EdgeRequest): Promise<Answer> {
    let answer = await machines.reach(incoming, machines.nearest(incoming))
    let fellBack = false
    for (let replays = 0; ; replays += 1) {
      const header = answer.message.headers['fly-replay']
      if (header === undefined) return answer
      answer.message.resume()
      answer.socket?.destroy()
      const refusal = whyNot(incoming, answer, fellBack, replays)
      if (refusal) throw new EdgeRefusal(502, refusal)
      counts[incoming.upgrade ? 'upgradeReplays' : 'requestReplays'] += 1
      const next = await replayed(incoming, answer.by, String(header))
      answer = next.answer
      fellBack = next.fellBack
    }
  }

  async function replayed(
    incoming: EdgeRequest,
    by: Machine,
    header: string
  ): Promise<{ answer: Answer; fellBack: boolean }> {
    const replay = readReplay(header)
    const start = performance.now()
    // Fly docs, dynamic request routing: `t` in microseconds.
    const state = replay.state === undefined ? '' : `;state=${replay.state}`
    const src = `instance=${by.id};region=${by.region};t=${Date.now() * 1_000}${state}`
    const saying = (more: Record<string, string>): EdgeRequest => ({
      ...incoming,
      headers: { ...incoming.headers, ...more }
    })
    try {
      const targets = machines.targets(incoming, replay, by)
      const answer = await machines.reach(saying({ 'fly-replay-src': src }), targets, replay.timeoutMs)
      return { answer, fellBack: false }
    } catch (cause) {
      if (!replay.fallback || !(cause instanceof EdgeRefusal)) throw cause
      counts.fallbacks += 1
      const elapsed = Math.round(performance.now() - start)
      const reason = elapsed >= (replay.timeoutMs ?? Infinity) ? 'timeout' : 'no_candidate'
      const target = `instance=${replay.instance ?? ''};region=${replay.regions?.join(',') ?? ''}`
      const failed = `${target};replay_source=${by.id};reason=${reason};elapsed_ms=${elapsed}`
      const others = machines.nearest(incoming).filter(({ id }) => id !== by.id && replay.fallback === 'prefer_self')
      const answer = await machines.reach(saying({ 'fly-replay-failed': failed }), [by, ...others])
      return { answer, fellBack: true }
    }
  }

  function refusalOf(cause: unknown): EdgeRefusal {
    counts.refusals += 1
    return cause instanceof EdgeRefusal ? cause : new EdgeRefusal(502, String(cause))
  }

  return {
    urls: Object.fromEntries(
      servers.map((server, n) => [regions[n] ?? '', `http://localhost:${(server.address() as AddressInfo).port}`])
    ),
    healthy: machines.healthy,
    counts,
    check: machines.check,
    cut: machines.cut,
    mend: machines.mend,
    restart(region) {
      for (const [socket, from] of clients) if (region === undefined || from === region) socket.destroy()
    },
    async close() {
      const closed = servers.map((server) => once(server, 'close'))
      for (const server of servers) server.close()
      for (const socket of clients.keys()) socket.destroy()
      machines.close()
      await Promise.all(closed)
    }
  }
}

/** Why an answer that asks for a replay doesn't get one, or null. */
function whyNot(incoming: EdgeRequest, { message }: Answer, fellBack: boolean, replays: number): string | null {
  // The app must not negotiate itself; 101 is what is known to work (fly-apps, replicache-websocket; others likewise).
  if (incoming.upgrade && message.statusCode !== 101)
    return `an upgrade is not known to be replayed by ${message.statusCode}, only by 101`
  if (incoming.body.length > REPLAYED_BYTES_MAX) return 'PA01: more than 1 MB is not replayed'
  // A request that came back may not be sent on again (Fly changelog, fallbacks for fly-replay).
  if (fellBack) return 'what has fallen back may not be replayed again'
  return replays === REPLAYS_MAX ? 'PA02: replayed too often' : null
}
