// An instance with many people is killed: how soon they are back on another one, and what that costs it.
// `node infra/bench/lost-instance.ts [people]`. The clients are the page's own connections. Linux only: each comes from its own address.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOBBY, newId } from '../../src/contract.ts'
import { createIdentity } from '../../src/identity.ts'
import { openConnection, type Connection } from '../../web/engine/connection.ts'
import { makeSocket } from '../../web/engine/socket.ts'
import { untilReady } from '../testing/chat-server.ts'
import { startChild, type ChildServer } from '../testing/child.ts'
import { startRedis } from '../testing/redis-server.ts'
import { until } from '../testing/until.ts'

const PEOPLE = 1_500
/** Handshakes at once while the people arrive. */
const ARRIVE_TOGETHER = 50
const HEALTH_EVERY_MS = 50
const SECOND_MS = 1_000
const WITHIN_MS = 60_000

export interface LostInstance {
  people: number
  /** How long the first connection of a person took until the room was open, in milliseconds, ascending. */
  arrivedMs: number[]
  /** From the kill until a person has opened the room on the other instance, in milliseconds, ascending. */
  backMs: number[]
  /** When each connection came to the balancer after the kill, in milliseconds, ascending. */
  attemptsMs: number[]
  /** How long the other instance took to answer `/health/live` meanwhile, in milliseconds, ascending. */
  healthMs: number[]
}

export async function measureLostInstance(people: number): Promise<LostInstance> {
  const redis = await startRedis()
  const secret = newId() + newId()
  const start = (instance: string) =>
    startChild({ REDIS_URL: redis.url, SESSION_SECRET: secret, FLY_MACHINE_ID: instance })
  const [lost, other] = await Promise.all([start('lost'), start('other')])
  await untilReady(lost, other)
  const balancer = await openBalancer(lost)
  const identity = createIdentity({ secret, now: Date.now })
  const arrivedMs: number[] = []
  const backMs: number[] = []
  const connections: Connection[] = []
  let killedAt = 0

  async function arrive(n: number) {
    const { token } = await identity.issue(`person ${n}`)
    const lobby = { room: LOBBY }
    const { socket, ask } = makeSocket({ token: async () => token, rooms: () => [lobby], address: balancer.url })
    const startedAt = performance.now()
    async function openLobby() {
      const reply = await ask('room:open', lobby)
      if (!reply.ok) socket.io.engine.close()
      else if (killedAt === 0) arrivedMs.push(performance.now() - startedAt)
      else backMs.push(performance.now() - killedAt)
    }
    const connection = openConnection(socket, {
      online: () => void openLobby(),
      offline() {},
      signIn() {}
    })
    connections.push(connection)
    connection.start()
    await until(`person ${n} to be here`, () => arrivedMs.length > n - ARRIVE_TOGETHER, WITHIN_MS)
  }

  for (let n = 0; n < people; n += 1) await arrive(n)
  await until('all to be here', () => arrivedMs.length === people, WITHIN_MS)
  const healthMs: number[] = []
  balancer.turnTo(other)
  killedAt = performance.now()
  lost.process.kill('SIGKILL')
  while (backMs.length < people && performance.now() - killedAt < WITHIN_MS) {
    const askedAt = performance.now()
    await fetch(`${other.url}/health/live`)
    healthMs.push(performance.now() - askedAt)
    await sleep(HEALTH_EVERY_MS)
  }
  for (const connection of connections) connection.close()
  balancer.close()
  await Promise.all([other.end('SIGKILL'), redis.stop()])
  const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b)
  const attemptsMs = balancer.openedAt.map((at) => at - killedAt).filter((ms) => ms >= 0)
  return {
    people,
    arrivedMs: ascending(arrivedMs),
    backMs: ascending(backMs),
    attemptsMs: ascending(attemptsMs),
    healthMs: ascending(healthMs)
  }
}

/** Passes connections on to one instance, each from an address of its own, as people have. */
async function openBalancer(first: ChildServer) {
  let target = first
  const openedAt: number[] = []
  const server = createServer((near) => {
    const n = openedAt.push(performance.now())
    const localAddress = `127.1.${Math.floor(n / 250)}.${1 + (n % 250)}`
    const far = connect({ port: Number(new URL(target.url).port), host: '127.0.0.1', localAddress })
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.resetAndDestroy()).on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openedAt,
    turnTo: (other: ChildServer) => void (target = other),
    close: () => server.close()
  }
}

/** The most of these moments within one second. They must ascend. */
const mostInASecond = (moments: number[]) =>
  Math.max(...moments.map((from, n) => moments.findLastIndex((at) => at < from + SECOND_MS) - n + 1))

export function sentencesOf({ people, arrivedMs, backMs, attemptsMs, healthMs }: LostInstance): string {
  const at = (numbers: number[], part: number) => Math.round(numbers[Math.ceil(numbers.length * part) - 1] ?? NaN)
  return [
    `${people} people come in: half within ${at(arrivedMs, 0.5)} ms, the last within ${at(arrivedMs, 1)} ms`,
    `${backMs.length} of ${people} people are back: half after ${at(backMs, 0.5)} ms, p99 ${at(backMs, 0.99)} ms, the last after ${at(backMs, 1)} ms`,
    `${attemptsMs.length} connections, ${mostInASecond(attemptsMs)} of them in the busiest second`,
    `/health/live meanwhile: median ${at(healthMs, 0.5)} ms, p99 ${at(healthMs, 0.99)} ms`
  ].join('\n')
}

if (import.meta.main) {
  console.log(sentencesOf(await measureLostInstance(Number(process.argv[2] ?? PEOPLE))))
  process.exit()
}
