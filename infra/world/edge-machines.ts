// The machines behind the edge: which are healthy, which are near, and how one is asked.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { lengthen } from './distance.ts'
import { EdgeRefusal, type Replay } from './edge-replay.ts'
import type { EdgeRequest } from './edge-request.ts'

/** As fly.toml's checks are usually set (Fly docs, health checks). */
const CHECK_EVERY_MS = 15_000
const CHECK_WITHIN_MS = 3_000
/** Ours: how long one machine may take to let itself be connected to. */
const CONNECT_WITHIN_MS = 5_000
/** Ours: that a start may take too long is documented (PM03; Fly docs, error codes), the time isn't. */
const START_WITHIN_MS = 10_000
/** Ours: that "recently stopped" machines are left alone is documented (PM13; Fly docs, error codes), the time isn't. */
const JUST_STOPPED_MS = 3_000
/** As in fly.toml: so soon after a start a check that fails doesn't count (Fly docs, configuration). */
const GRACE_MS = 15_000
/** Ours: who asks with this header wakes nobody up, as the page of the world, which asks every second, must not. */
export const NO_WAKING = 'x-no-waking'

export interface Machine {
  id: string
  region: string
  /** Where it listens. */
  url: string
  /** Left out: it isn't started by requests (`auto_start_machines = false`). */
  onDemand?: {
    /** How long ago it stopped, in milliseconds; null: it runs, or may not be started. */
    stoppedMs(): number | null
    /** Resolves when it listens; shared by all who ask for it meanwhile. @throws when it ends instead */
    start(): Promise<void>
  }
}

export interface Answer {
  by: Machine
  message: IncomingMessage
  /** Of a granted upgrade: what comes after. */
  socket: Duplex | null
  head: Buffer
}

export function openMachines(options: {
  machines: readonly Machine[]
  roundTripMs(from: string, to: string): number
  checkEveryMs?: number
  startWithinMs?: number
  justStoppedMs?: number
}) {
  const { machines, roundTripMs, checkEveryMs = CHECK_EVERY_MS } = options
  const { startWithinMs = START_WITHIN_MS, justStoppedMs = JUST_STOPPED_MS } = options
  const sockets = new Map<Socket, Machine>()
  const cutOff = new Set<string>()
  const healthy = new Set<string>()
  const graceEndsAt = new Map<string, number>()
  let turn = 0
  const checking = setInterval(() => void check(), checkEveryMs)

  /** A failing check stops new traffic (Fly docs, health checks). Connected clients stay: assumed, the docs do not say. */
  async function check() {
    await Promise.all(
      machines.map(async ({ id, region, url }) => {
        const signal = AbortSignal.timeout(CHECK_WITHIN_MS)
        const answer = cutOff.has(region) ? null : await fetch(`${url}/health/ready`, { signal }).catch(() => null)
        await answer?.body?.cancel()
        if (answer?.ok) graceEndsAt.delete(id)
        if (answer?.ok) healthy.add(id)
        else if (performance.now() > (graceEndsAt.get(id) ?? 0)) healthy.delete(id)
      })
    )
  }

  /**
   * Healthy machines and those that may be started, nearest first; equally near ones take turns, as nothing is sticky by itself (Fly
   * docs, sticky sessions). A client may prefer regions (Fly docs, request headers).
   *
   * That a near stopped machine comes before a far running one is what "cross-region routing only happens when all machines in the
   * local region are unhealthy or at their hard limit" says (Fly docs, load balancing), and Fly's own words of 2023 (community,
   * t/10911: first the choice, then the start). Another page reads as if the far one were preferred while it is below its soft limit
   * (Fly docs, autostop/autostart). One that has just stopped is the last choice (community, t/24528): those whom it has shown out
   * would wake it at once.
   */
  function nearest({ from, asked }: EdgeRequest): Machine[] {
    turn += 1
    const preferred = String(asked['fly-prefer-region'] ?? '').split(',')
    const rank = ({ region }: Machine) => {
      const place = preferred.indexOf(region)
      return place >= 0 ? place - preferred.length : roundTripMs(from, region)
    }
    const turned = machines.map((_, n) => machines[(n + turn) % machines.length]!)
    return turned
      .filter((machine) => (isStopped(machine) ? !(NO_WAKING in asked) : healthy.has(machine.id)))
      .toSorted((a, b) => Number(hasJustStopped(a)) - Number(hasJustStopped(b)) || rank(a) - rank(b))
  }

  /** Those that a replay by a machine may go to, in the order of trying. */
  function targets(
    incoming: EdgeRequest,
    { instance, preferInstance, regions, elsewhere }: Replay,
    by: Machine
  ): Machine[] {
    // A request for a stopped machine starts it like any other; nobody waits for one that has just stopped.
    if (instance !== undefined) return machines.filter((one) => one.id === instance && !hasJustStopped(one))
    const first = machines.filter(({ id }) => id === preferInstance)
    const others = nearest(incoming).filter(
      ({ id, region }) =>
        id !== preferInstance && (!regions || regions.includes(region)) && !(elsewhere && id === by.id)
    )
    return [...first, ...others]
  }

  /**
   * Asks the first of these that lets itself be connected to, and if need be started. Only a connection that fails is tried
   * elsewhere: what was sent may have been done. @throws EdgeRefusal
   */
  async function reach(incoming: EdgeRequest, candidates: Machine[], withinMs = Infinity): Promise<Answer> {
    const end = performance.now() + withinMs
    const left = (ms: number) => Math.min(ms, end - performance.now())
    for (const machine of candidates) {
      if (cutOff.has(machine.region)) continue
      if (isStopped(machine) && !(await start(machine, left(startWithinMs)))) continue
      const socket = await dial(machine, left(CONNECT_WITHIN_MS))
      if (socket) return ask(incoming, machine, socket)
    }
    throw new EdgeRefusal(503, 'PR04: no machine can be had')
  }

  /** Whether it listens in time. Then it counts as healthy until a check says otherwise: ours, as the docs don't say. */
  async function start({ id, onDemand }: Machine, withinMs: number): Promise<boolean> {
    let late: NodeJS.Timeout | undefined
    const started = onDemand?.start().then(
      () => {
        graceEndsAt.set(id, performance.now() + GRACE_MS)
        healthy.add(id)
        return true
      },
      () => false
    )
    const tooLate = new Promise<boolean>((done) => (late = setTimeout(() => done(false), Math.max(0, withinMs))))
    const inTime = await Promise.race([started ?? false, tooLate])
    clearTimeout(late)
    return inTime
  }

  async function dial(machine: Machine, withinMs: number): Promise<Socket | null> {
    const { hostname, port } = new URL(machine.url)
    const socket = connect({ port: Number(port), host: hostname, noDelay: true })
    sockets.set(socket, machine)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    const late = setTimeout(() => socket.destroy(), Math.max(0, withinMs))
    const connected = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true))
      socket.once('close', () => done(false))
    })
    clearTimeout(late)
    return connected ? socket : null
  }

  /** A connection for each request, as `type = "connections"` in fly.toml makes them (Fly docs, load balancing). */
  function ask(
    { from, method, path, headers, body, upgrade }: EdgeRequest,
    by: Machine,
    socket: Socket
  ): Promise<Answer> {
    const ms = roundTripMs(from, by.region) / 2
    return new Promise((done, failed) => {
      const createConnection = () => (ms > 0 ? lengthen(socket, ms) : socket) as Socket
      const asked = httpRequest({ method, path, headers, setHost: false, createConnection })
      asked.on('response', (message) => done({ by, message, socket: null, head: Buffer.alloc(0) }))
      asked.on('upgrade', (message, after, head) => {
        if (upgrade) done({ by, message, socket: after, head })
        else failed(new EdgeRefusal(502, 'an upgrade that nobody asked for'))
      })
      asked.on('error', (cause) => failed(new EdgeRefusal(502, `PC05: ${cause.message}`)))
      asked.end(body)
    })
  }

  const stoppedMs = ({ onDemand }: Machine) => onDemand?.stoppedMs() ?? null
  const isStopped = (machine: Machine) => stoppedMs(machine) !== null
  const hasJustStopped = (machine: Machine) => (stoppedMs(machine) ?? Infinity) < justStoppedMs

  return {
    check,
    healthy: (id: string): boolean => healthy.has(id),
    nearest,
    targets,
    reach,
    cut(region: string) {
      cutOff.add(region)
      for (const [socket, machine] of sockets) if (machine.region === region) socket.resetAndDestroy()
    },
    mend: (region: string) => void cutOff.delete(region),
    close() {
      clearInterval(checking)
      for (const socket of sockets.keys()) socket.destroy()
    }
  }
}
