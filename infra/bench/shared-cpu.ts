// How a crowd fares on a shared CPU whose saved time is used up, and on a fresh one: `node infra/bench/shared-cpu.ts`. One machine is
// limited (cpu-limit.ts); its people come in, talk, lose the network and catch up, and move to another machine when it is drained.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { readOptions } from '../dev/options.ts'
import { startChild, type ChildServer } from '../testing/child.ts'
import { startRedis } from '../testing/redis-server.ts'
import { percentile } from '../testing/statistics.ts'
import { openProxy, type Proxy } from '../testing/tcp-proxy.ts'
import { openEdge } from '../world/edge.ts'
import { LOBBY } from '../../src/contract.ts'
import { openClient, type Client, type ClientRoom } from '../../web/sdk/client.ts'
import { limitCpu } from './cpu-limit.ts'

const USAGE = `node infra/bench/shared-cpu.ts [options]   (Linux)
  --people 25,100,250   crowds, one after the other
  --saved 0,5           seconds of CPU time that the machine has saved, and saves at most; a fresh one has 5`

const MISSED = 200
const TALK_MS = 10_000
const TALK_EVERY_MS = 500
const TIMEOUT_MS = 180_000
const LOOK_EVERY_MS = 20
const CHECK_EVERY_MS = 1_000
const SETTINGS = {
  SESSION_SECRET: 'the secret of two machines that are measured',
  RATE_BURST: '100000',
  RATE_PER_SECOND: '100000',
  CONNECTIONS_PER_ADDRESS: '5000'
}

export interface Fared {
  /** Seconds until the last one of the crowd is in. */
  arrivedS: number
  ackMs: { p50: number; p99: number }
  /** Seconds from the network's return until half of the crowd, and the last one, have all messages. */
  caughtUpS: { p50: number; last: number }
  /** Seconds from SIGTERM to the exit, and the longest time that somebody was offline. */
  drainedS: number
  offlineS: number
  /** Part of the time that the machine stood still. */
  stopped: number
}

/** @param savedS seconds of CPU time that the machine has saved */
export async function measureSharedCpu(people: number, savedS: number): Promise<Fared> {
  await using ends = new AsyncDisposableStack()
  const redis = await startRedis()
  ends.defer(() => redis.stop())
  const machine = async (region: string) => {
    const env = { ...SETTINGS, REDIS_URL: redis.url, FLY_REGION: region, FLY_MACHINE_ID: `machine${region}` }
    const child = await startChild(env)
    ends.defer(() => void child.end('SIGKILL'))
    return child
  }
  const [limited, other] = [await machine('ams'), await machine('iad')]
  const edge = await openEdge({
    machines: [
      { id: 'machineams', region: 'ams', url: limited.url },
      { id: 'machineiad', region: 'iad', url: other.url }
    ],
    regions: ['ams'],
    roundTripMs: (from, to) => (from === to ? 0 : 1),
    checkEveryMs: CHECK_EVERY_MS
  })
  ends.defer(() => edge.close())
  const network = await openProxy(edge.urls['ams'] ?? '')
  ends.defer(() => network.close())
  const crowd: Client[] = []
  ends.defer(async () => void (await Promise.all(crowd.map((client) => client.close()))))

  const limit = await limitCpu(limited.process.pid ?? 0, savedS * 1_000)
  const url = `http://localhost:${network.port}`
  const start = performance.now()
  await Promise.all(
    Array.from({ length: people }, async (_, n) => {
      crowd.push(await openClient({ url, name: `Person ${n}`, onError: () => {} }))
    })
  )
  const rooms = crowd.map((client) => client.room(LOBBY))
  await until(() => rooms.every(({ state }) => state === 'synced'))
  const arrivedS = secondsSince(start)
  const ackMs = await talk(rooms)
  const caughtUpS = await missAndCatchUp(network, rooms, other.url)
  const { drainedS, offlineS } = await drain(limited, crowd)
  const { stoppedMs, ranMs } = await limit.lift()
  return { arrivedS, ackMs, caughtUpS, drainedS, offlineS, stopped: stoppedMs / ranMs }
}

/** Two messages a second, to all of them. */
async function talk([speaker]: ClientRoom[]) {
  const acks: Promise<number>[] = []
  for (const end = performance.now() + TALK_MS; performance.now() < end; await sleep(TALK_EVERY_MS)) {
    const sentAt = performance.now()
    const sent = speaker?.send('a sentence of some fifty characters, as people write') ?? Promise.resolve()
    acks.push(sent.then(() => performance.now() - sentAt))
  }
  const all = await Promise.all(acks)
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99) }
}

async function missAndCatchUp(network: Proxy, rooms: ClientRoom[], otherUrl: string) {
  network.cut()
  for (let n = 1; n <= MISSED; n += 1)
    await fetch(`${otherUrl}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'Elsewhere', content: `missed ${n}` })
    })
  const start = performance.now()
  network.mend()
  const took: number[] = []
  const waiting = new Set(rooms)
  await until(() => {
    for (const room of waiting)
      if (room.messages.at(-1)?.text === `missed ${MISSED}`) {
        took.push(secondsSince(start))
        waiting.delete(room)
      }
    return waiting.size === 0
  })
  return { p50: percentile(took, 0.5), last: Math.max(...took) }
}

async function drain(limited: ChildServer, crowd: Client[]) {
  const start = performance.now()
  let drainedS: number | null = null
  const exited = once(limited.process, 'exit').then(() => (drainedS = secondsSince(start)))
  limited.process.kill('SIGTERM')
  const lostAt = new Map<Client, number>()
  let offlineS = 0
  await until(() => {
    for (const client of crowd)
      if (!client.online) lostAt.set(client, lostAt.get(client) ?? performance.now())
      else if (lostAt.has(client)) {
        offlineS = Math.max(offlineS, secondsSince(lostAt.get(client) ?? 0))
        lostAt.delete(client)
      }
    return drainedS !== null && lostAt.size === 0
  })
  return { drainedS: await exited, offlineS }
}

async function until(isTrue: () => boolean) {
  for (const end = performance.now() + TIMEOUT_MS; !isTrue(); await sleep(LOOK_EVERY_MS))
    if (performance.now() > end) throw new Error(`not within ${TIMEOUT_MS / 1_000} s`)
}

const secondsSince = (start: number) => (performance.now() - start) / 1_000

if (import.meta.main) {
  const { values } = readOptions(USAGE, {
    options: {
      people: { type: 'string', default: '25,100,250' },
      saved: { type: 'string', default: '0,5' },
      help: { type: 'boolean' }
    }
  })
  for (const people of values.people.split(',').map(Number))
    for (const savedS of values.saved.split(',').map(Number)) {
      const fared = await measureSharedCpu(people, savedS).catch((cause: unknown) => String(cause))
      console.log(
        JSON.stringify({ people, savedS, fared }, (_, value: unknown) =>
          typeof value === 'number' ? Number(value.toPrecision(3)) : value
        )
      )
    }
  process.exit()
}
