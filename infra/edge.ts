// A local edge that behaves as Fly's proxy does where a chat can notice it: a port for each region, the nearest healthy machine,
// replays. Every rule names its source; what Fly isn't known to do is refused here, so that nothing is built on it.
import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse
} from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { lengthen } from './distance.ts'
import { EdgeRefusal, readReplay, type Replay } from './edge-replay.ts'

/** "Replays fail for requests over 1 MB" (Fly docs, dynamic request routing). */
const REPLAYED_BYTES_MAX = 1_000_000
/** Error PA02 (Fly docs, error codes). */
const REPLAYS_MAX = 10
/** As fly.toml's checks are usually set (Fly docs, health checks). */
const CHECK_EVERY_MS = 15_000
const CHECK_WITHIN_MS = 3_000
/** Ours: nothing that a chat is sent is larger. */
const BODY_BYTES_MAX = 10_000_000
/** Ours: how long a replay without `timeout` tries. */
const REACH_WITHIN_MS = 5_000
const HOST = '127.0.0.1'

export interface Machine {
  id: string
  region: string
  /** Where it listens. */
  url: string
}

export interface EdgeOptions {
  machines: readonly Machine[]
  /** Each gets a port: who comes in there is nearest to that region. */
  regions: readonly string[]
  /** Ports by region; any free one when left out. */
  ports?: Partial<Record<string, number>>
  /** Milliseconds between a region's edge and a machine in another, there and back; none when left out. */
  roundTripMs?(from: string, to: string): number
  checkEveryMs?: number
}

export interface Edge {
  /** Where to come in, by region. */
  urls: Record<string, string>
  /** Whether new requests are sent to it, by machine. */
  healthy(id: string): boolean
  counts: { requestReplays: number; upgradeReplays: number; fallbacks: number; refusals: number }
  /** Looks at the health of all machines now. */
  check(): Promise<void>
  /** Loses the network between a region's machines and everybody, until `mend`. */
  cut(region: string): void
  mend(region: string): void
  /** Ends all connections, as each release of the proxy does (Fly docs, managed Postgres client configuration). */
  restart(): void
  close(): Promise<void>
}

/** One request or upgrade of a visitor, on its way through. */
interface Visit {
  from: string
  method: string
  path: string
  headers: OutgoingHttpHeaders
  asked: IncomingHttpHeaders
  body: Buffer
  upgrade: boolean
}

interface Answer {
  by: Machine
  message: IncomingMessage
  /** Of a granted upgrade: what comes after. */
  wire: Duplex | null
  head: Buffer
}

export async function openEdge(options: EdgeOptions): Promise<Edge> {
  const { machines, regions, ports = {}, checkEveryMs = CHECK_EVERY_MS } = options
  const roundTripMs = options.roundTripMs ?? (() => 0)
  const wires = new Set<Socket>()
  const far = new Map<Socket, Machine>()
  const cutOff = new Set<string>()
  const healthy = new Set<string>()
  const counts = { requestReplays: 0, upgradeReplays: 0, fallbacks: 0, refusals: 0 }
  let turn = 0

  const servers = await Promise.all(regions.map((region) => listen(region)))
  await check()
  const checking = setInterval(() => void check(), checkEveryMs)

  async function listen(region: string): Promise<Server> {
    const server = createServer({ noDelay: true }, (request, response) => void serve(region, request, response))
    server.on('upgrade', (request, wire: Socket, head) => void serveUpgrade(region, request, wire, head))
    server.on('connection', (wire: Socket) => keep(wire))
    server.listen(ports[region] ?? 0, HOST)
    await once(server, 'listening')
    return server
  }

  async function serve(region: string, request: IncomingMessage, response: ServerResponse) {
    try {
      const visit = visitOf(region, request, await bodyOf(request), false)
      const { message } = await answerFor(visit)
      response.writeHead(message.statusCode ?? 502, shownHeaders(message))
      message.pipe(response)
      message.on('error', () => response.destroy())
      response.on('close', () => message.destroy())
    } catch (cause) {
      const refusal = refusalOf(cause)
      if (!response.headersSent) response.writeHead(refusal.status, { 'content-type': 'text/plain' })
      response.end(`${refusal.message}\n`)
    }
  }

  async function serveUpgrade(region: string, request: IncomingMessage, near: Socket, early: Buffer) {
    near.on('error', () => near.destroy())
    try {
      const { message, wire, head } = await answerFor(visitOf(region, request, Buffer.alloc(0), true))
      if (!wire) {
        const said = await textOf(message)
        near.end(`${headOf(message, { 'content-length': `${Buffer.byteLength(said)}`, connection: 'close' })}${said}`)
        return
      }
      wire.on('error', () => near.destroy())
      near.on('close', () => wire.destroy())
      wire.on('close', () => near.destroy())
      near.write(headOf(message))
      near.write(head)
      wire.write(early)
      near.pipe(wire).pipe(near)
    } catch (cause) {
      const { status, message } = refusalOf(cause)
      near.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`)
    }
  }

  /** The answer that the visitor gets: from the nearest healthy machine, or from where that one sends it. */
  async function answerFor(visit: Visit): Promise<Answer> {
    let answer = await reach(visit, nearest(visit))
    let failed = false
    for (let replays = 0; ; replays += 1) {
      const header = answer.message.headers['fly-replay']
      if (header === undefined) return answer
      const { by, message } = answer
      message.resume()
      answer.wire?.destroy()
      const replay = readReplay(String(header))
      // The app must not negotiate itself; 101 is what is known to work (fly-apps, replicache-websocket; others likewise).
      if (visit.upgrade && message.statusCode !== 101)
        throw new EdgeRefusal(502, `an upgrade is not known to be replayed by ${message.statusCode}, only by 101`)
      if (visit.body.length > REPLAYED_BYTES_MAX) throw new EdgeRefusal(502, 'PA01: more than 1 MB is not replayed')
      // "A fallback request may not be replayed again" (Fly changelog, fallbacks for fly-replay).
      if (failed) throw new EdgeRefusal(502, 'what has fallen back may not be replayed again')
      if (replays === REPLAYS_MAX) throw new EdgeRefusal(502, 'PA02: replayed too often')
      counts[visit.upgrade ? 'upgradeReplays' : 'requestReplays'] += 1

      const start = performance.now()
      // Fly docs, dynamic request routing: `t` in microseconds.
      const state = replay.state === undefined ? '' : `;state=${replay.state}`
      const src = `instance=${by.id};region=${by.region};t=${Date.now() * 1_000}${state}`
      try {
        const headers = { ...visit.headers, 'fly-replay-src': src }
        answer = await reach({ ...visit, headers }, targets(visit, replay, by), replay.timeoutMs)
      } catch (cause) {
        if (!replay.fallback || !(cause instanceof EdgeRefusal)) throw cause
        counts.fallbacks += 1
        failed = true
        const reason = performance.now() - start >= (replay.timeoutMs ?? Infinity) ? 'timeout' : 'no_candidate'
        const told = `instance=${replay.instance ?? ''};region=${replay.regions?.join(',') ?? ''};replay_source=${by.id};reason=${reason};elapsed_ms=${Math.round(performance.now() - start)}`
        const others = replay.fallback === 'prefer_self' ? nearest(visit).filter(({ id }) => id !== by.id) : []
        answer = await reach({ ...visit, headers: { ...visit.headers, 'fly-replay-failed': told } }, [by, ...others])
      }
    }
  }

  /**
   * Healthy machines, nearest first; equally near ones take turns, as nothing is sticky by itself (Fly docs, sticky sessions).
   * A visitor may prefer regions (Fly docs, request headers).
   */
  function nearest({ from, asked }: Visit): Machine[] {
    turn += 1
    const preferred = String(asked['fly-prefer-region'] ?? '').split(',')
    const rank = ({ region }: Machine) => {
      const place = preferred.indexOf(region)
      return place >= 0 ? place - preferred.length : roundTripMs(from, region)
    }
    const turned = machines.map((_, n) => machines[(n + turn) % machines.length]!)
    return turned.filter(({ id }) => healthy.has(id)).toSorted((a, b) => rank(a) - rank(b))
  }

  function targets(visit: Visit, { instance, preferInstance, regions, elsewhere }: Replay, by: Machine): Machine[] {
    if (instance !== undefined) return machines.filter(({ id }) => id === instance)
    const first = machines.filter(({ id }) => id === preferInstance)
    const others = nearest(visit).filter(
      ({ id, region }) =>
        id !== preferInstance && (!regions || regions.includes(region)) && !(elsewhere && id === by.id)
    )
    return [...first, ...others]
  }

  /** The first of these that lets itself be connected to. Only a connection that fails is tried elsewhere: what was sent may have been done. */
  async function reach(visit: Visit, candidates: Machine[], withinMs = REACH_WITHIN_MS): Promise<Answer> {
    const end = performance.now() + withinMs
    for (const machine of candidates) {
      const wire = cutOff.has(machine.region) ? null : await dial(machine, end - performance.now())
      if (wire) return ask(visit, machine, wire)
    }
    throw new EdgeRefusal(503, 'PR04: no machine can be had')
  }

  async function dial({ url }: Machine, withinMs: number): Promise<Socket | null> {
    const { hostname, port } = new URL(url)
    const wire = keep(connect({ port: Number(port), host: hostname, noDelay: true }))
    const late = setTimeout(() => wire.destroy(), Math.max(0, withinMs))
    const connected = await new Promise<boolean>((done) => {
      wire.once('connect', () => done(true))
      wire.once('close', () => done(false))
    })
    clearTimeout(late)
    return connected ? wire : null
  }

  /** A connection for each request, as `type = "connections"` in fly.toml makes them (Fly docs, load balancing). */
  function ask({ from, method, path, headers, body, upgrade }: Visit, by: Machine, wire: Socket): Promise<Answer> {
    far.set(wire, by)
    const ms = roundTripMs(from, by.region) / 2
    return new Promise((done, failed) => {
      const createConnection = () => (ms > 0 ? lengthen(wire, ms) : wire) as Socket
      const asked = httpRequest({ method, path, headers, setHost: false, createConnection })
      asked.on('response', (message) => done({ by, message, wire: null, head: Buffer.alloc(0) }))
      asked.on('upgrade', (message, after, head) => {
        if (upgrade) done({ by, message, wire: after, head })
        else failed(new EdgeRefusal(502, 'an upgrade that nobody asked for'))
      })
      asked.on('error', (cause) => failed(new EdgeRefusal(502, `PC05: ${cause.message}`)))
      asked.end(body)
    })
  }

  function keep(wire: Socket): Socket {
    wires.add(wire)
    wire.on('error', () => {})
    wire.once('close', () => {
      wires.delete(wire)
      far.delete(wire)
    })
    return wire
  }

  /** "Failing checks stop new traffic", and nothing else (Fly docs, health checks): who is connected stays. */
  async function check() {
    await Promise.all(
      machines.map(async ({ id, region, url }) => {
        const signal = AbortSignal.timeout(CHECK_WITHIN_MS)
        const answer = cutOff.has(region) ? null : await fetch(`${url}/health/ready`, { signal }).catch(() => null)
        await answer?.body?.cancel()
        if (answer?.ok) healthy.add(id)
        else healthy.delete(id)
      })
    )
  }

  function refusalOf(cause: unknown): EdgeRefusal {
    counts.refusals += 1
    return cause instanceof EdgeRefusal ? cause : new EdgeRefusal(502, String(cause))
  }

  return {
    urls: Object.fromEntries(
      servers.map((server, n) => [regions[n] ?? '', `http://localhost:${(server.address() as AddressInfo).port}`])
    ),
    healthy: (id) => healthy.has(id),
    counts,
    check,
    cut(region) {
      cutOff.add(region)
      for (const [wire, machine] of far) if (machine.region === region) wire.resetAndDestroy()
    },
    mend: (region) => void cutOff.delete(region),
    restart() {
      for (const wire of wires) wire.destroy()
    },
    async close() {
      clearInterval(checking)
      const closed = servers.map((server) => once(server, 'close'))
      for (const server of servers) server.close()
      for (const wire of wires) wire.destroy()
      await Promise.all(closed)
    }
  }
}

/** What the machine is asked. Words that only the proxy says are taken out of visitors' mouths. */
function visitOf(from: string, request: IncomingMessage, body: Buffer, upgrade: boolean): Visit {
  const { method = 'GET', url: path = '/', headers: asked, socket } = request
  const theirs = Object.entries(asked).filter(([name]) => !/^(fly-|transfer-encoding$|content-length$)/.test(name))
  const address = socket.remoteAddress?.replace('::ffff:', '') ?? ''
  const forwarded = asked['x-forwarded-for']
  return {
    from,
    method,
    path,
    asked,
    body,
    upgrade,
    headers: {
      ...Object.fromEntries(theirs),
      // Fly docs, request headers: the region is that of the edge, not of the machine.
      'fly-client-ip': address,
      'fly-region': from,
      'fly-forwarded-port': `${socket.localPort}`,
      'x-forwarded-for': forwarded ? `${String(forwarded)}, ${address}` : address,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': `${socket.localPort}`,
      via: '1.1 edge',
      ...(!upgrade && { connection: 'close' }),
      ...(body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {})
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new EdgeRefusal(413, 'too large for this edge')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const HOP = /^(connection|keep-alive|transfer-encoding|fly-replay.*)$/

function shownHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name)))
}

/** Status line and headers as text. */
function headOf(message: IncomingMessage, more?: Record<string, string>): string {
  const { statusCode, statusMessage, headers } = message
  const shown = more ? { ...shownHeaders(message), ...more } : headers
  const lines = Object.entries(shown).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${String(one)}\r\n`)
  )
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`
}
