// The machines behind the edge: which are healthy, which are near, and how one is asked.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { lengthen } from './distance.ts'
import { EdgeRefusal, type Replay } from './edge-replay.ts'
import type { Visit } from './edge-visit.ts'

/** As fly.toml's checks are usually set (Fly docs, health checks). */
const CHECK_EVERY_MS = 15_000
const CHECK_WITHIN_MS = 3_000
/** Ours: how long a replay without `timeout` tries. */
const REACH_WITHIN_MS = 5_000

export interface Machine {
  id: string
  region: string
  /** Where it listens. */
  url: string
}

export interface Answer {
  by: Machine
  message: IncomingMessage
  /** Of a granted upgrade: what comes after. */
  wire: Duplex | null
  head: Buffer
}

export type Machines = ReturnType<typeof openMachines>

export function openMachines(options: {
  machines: readonly Machine[]
  roundTripMs(from: string, to: string): number
  checkEveryMs?: number
}) {
  const { machines, roundTripMs, checkEveryMs = CHECK_EVERY_MS } = options
  const wires = new Map<Socket, Machine>()
  const cutOff = new Set<string>()
  const healthy = new Set<string>()
  let turn = 0
  const checking = setInterval(() => void check(), checkEveryMs)

  /** A failing check stops new traffic (Fly docs, health checks). Who is connected stays: assumed, the docs do not say. */
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

  /** Those that a replay by a machine may go to, in the order of trying. */
  function targets(visit: Visit, { instance, preferInstance, regions, elsewhere }: Replay, by: Machine): Machine[] {
    if (instance !== undefined) return machines.filter(({ id }) => id === instance)
    const first = machines.filter(({ id }) => id === preferInstance)
    const others = nearest(visit).filter(
      ({ id, region }) =>
        id !== preferInstance && (!regions || regions.includes(region)) && !(elsewhere && id === by.id)
    )
    return [...first, ...others]
  }

  /**
   * Asks the first of these that lets itself be connected to. Only a connection that fails is tried elsewhere: what was sent may have
   * been done. @throws EdgeRefusal
   */
  async function reach(visit: Visit, candidates: Machine[], withinMs = REACH_WITHIN_MS): Promise<Answer> {
    const end = performance.now() + withinMs
    for (const machine of candidates) {
      const wire = cutOff.has(machine.region) ? null : await dial(machine, end - performance.now())
      if (wire) return ask(visit, machine, wire)
    }
    throw new EdgeRefusal(503, 'PR04: no machine can be had')
  }

  async function dial(machine: Machine, withinMs: number): Promise<Socket | null> {
    const { hostname, port } = new URL(machine.url)
    const wire = connect({ port: Number(port), host: hostname, noDelay: true })
    wires.set(wire, machine)
    wire.on('error', () => {})
    wire.once('close', () => wires.delete(wire))
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

  return {
    check,
    healthy: (id: string): boolean => healthy.has(id),
    nearest,
    targets,
    reach,
    cut(region: string) {
      cutOff.add(region)
      for (const [wire, machine] of wires) if (machine.region === region) wire.resetAndDestroy()
    },
    mend: (region: string) => void cutOff.delete(region),
    close() {
      clearInterval(checking)
      for (const wire of wires.keys()) wire.destroy()
    }
  }
}
