// Instances on a Redis of their own, whose clock moves only when a test moves it: everything counted was caused by the test.
import { lookInto, TEST_SECRET, untilReady } from '../testing/chat-server.ts'
import { closeClients } from '../testing/clients.ts'
import { startRedis } from '../testing/redis-server.ts'
import { openProxy } from '../testing/tcp-proxy.ts'
import type { Asked } from './checks.fixture.ts'
import { TEXT_CHARACTERS } from './measured.ts'
import { standingClock } from '../testing/standing-clock.ts'
import { until } from '../testing/until.ts'
import { readConfig } from '../../src/process/config.ts'
import { LOBBY, newId, type Author } from '../../src/contract.ts'
import { createLog } from '../../src/process/logger.ts'
import { openStores } from '../../src/server/stores.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { createRedisLog } from '../../src/log/redis/redis-log.ts'
import { connectRedis } from '../../src/redis/connection.ts'

const REGIONS = ['ams', 'iad', 'nrt']
/** Few, so that a room is full soon, and enough that it is counted like a large one. */
export const FULL_HISTORY = 1_000
/** More events than the log keeps, so that every further one drops another. */
const EARLIER_MESSAGES = 2_100
/** Longer than idempotency records are kept. */
const LONG_AGO_MS = 8 * 24 * 60 * 60 * 1_000
/** Redis received nothing for this long: the operation is over. */
const QUIET_MS = 15
const TURNS = 10
/** Divides every interval of presence, so that calls are answered when they were made. */
export const PRESENCE_STEP_MS = 500
/**
 * The commands of this fixture, and those that hosted Redis does not bill ("Pricing & Billing": INFO, PING, AUTH). The end of the leases
 * is set by Redis' own clock, which no test moves.
 */
const NOT_COUNTED = /^(info|ping|auth|config|command|monitor|pexpireat|client\|(list|unblock))/

export const text = 'x'.repeat(TEXT_CHARACTERS)

export type InstancesFixture = Awaited<ReturnType<typeof openInstances>>

export async function openInstances() {
  const redis = await startRedis()
  const proxy = await openProxy(redis.url)
  const inside = await lookInto(redis.url)
  const isWrite = await writingCommands(inside)
  const clock = standingClock(Date.now())
  const servers: RunningServer[] = []
  const endings: (() => Promise<unknown>)[] = []
  const pending = { calls: 0 }

  /** The store, counting the calls that are not settled. */
  function watched<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...given: unknown[]) => {
          const answer: unknown = Reflect.apply(verb, target, given)
          if (!(answer instanceof Promise)) return answer
          pending.calls += 1
          return answer.finally(() => (pending.calls -= 1))
        }
      }
    })
  }

  async function start(region: string) {
    const env = { PORT: '0', LOG_LEVEL: 'fatal', REDIS_URL: proxy.url, SESSION_SECRET: TEST_SECRET }
    const config = { ...readConfig({ ...env, HISTORY_LIMIT: `${FULL_HISTORY}` }), instance: `test${region}`, region }
    const log = createLog(config)
    const stores = await openStores(config, log, clock)
    const watchedStores = {
      ...stores,
      log: watched(stores.log),
      presence: watched(stores.presence),
      revocations: watched(stores.revocations),
      people: watched(stores.people),
      accounts: watched(stores.accounts),
      devices: watched(stores.devices),
      reads: watched(stores.reads),
      alerts: watched(stores.alerts),
      table: watched(stores.table)
    }
    const before = await roomsLookedAt()
    const server = await startServer(config, watchedStores, { log, clock })
    servers.push(server)
    endings.push(server.close, stores.close)
    await untilReady(server)
    await until('it to have looked for rooms above its limits', async () => (await roomsLookedAt()) > before)
  }

  /** What an instance does once, soon after its start by the wall clock. Nothing else in a start counts members. */
  const roomsLookedAt = async () => new Map(await calls()).get('zcard') ?? 0

  /** Resolves when all store calls are settled and all bus messages are read. */
  async function settled() {
    for (let before = ''; ;) {
      await answered()
      await quiet()
      const now = JSON.stringify([await calls(), proxy.passed])
      if (now === before) return
      before = now
    }
  }

  async function answered() {
    for (let turn = 0; turn < TURNS || pending.calls > 0; turn += 1)
      await new Promise<void>((done) => setImmediate(done))
  }

  async function calls(): Promise<[command: string, times: number][]> {
    const stats = await inside.info('commandstats')
    return [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
      .map(([, command = '', times]): [string, number] => [command, Number(times)])
      .filter(([command]) => !NOT_COUNTED.test(command))
  }

  return {
    /** Through the proxy that counts bytes. */
    redisUrl: proxy.url,
    inside,
    servers,
    settled,

    /** Starts instances up to this number, and closes all clients. */
    async grow(instances: number) {
      closeClients()
      // Past every grace period.
      await this.pass(20)
      for (const region of REGIONS.slice(servers.length, instances)) await start(region)
      // Past the first presence writes.
      await this.pass(2)
    },

    /** What `work` asked of Redis, in total and by command. */
    async asked(work: () => Promise<unknown>): Promise<Asked & { calls: Record<string, number> }> {
      await settled()
      await inside.sendCommand(['CONFIG', 'RESETSTAT'])
      const { up, down } = proxy.passed
      await work()
      await settled()
      const all = await calls()
      const sum = (kind: boolean) =>
        all.filter(([command]) => isWrite(command) === kind).reduce((total, [, times]) => total + times, 0)
      return {
        reads: sum(false),
        writes: sum(true),
        up: proxy.passed.up - up,
        down: proxy.passed.down - down,
        calls: Object.fromEntries(all)
      }
    },

    /** Calls `onCommand` for every command that Redis receives, until the returned function is called. */
    async watch(onCommand: (command: string) => void) {
      const client = await lookInto(redis.url)
      await client.monitor(onCommand)
      return () => client.destroy()
    },

    /** Moves the clock, a step at a time. */
    async pass(seconds: number, stepMs = 1_000) {
      for (let ms = 0; ms < seconds * 1_000; ms += stepMs) {
        await clock.advance(stepMs)
        await answered()
      }
    },

    /** Fills the history of the lobby with old messages: every further message drops one. */
    async fillHistory() {
      const client = connectRedis(redis.url, { onError: () => {}, name: 'history' })
      const at = Date.now() - LONG_AGO_MS
      const log = await createRedisLog({
        client,
        prefix: 'taifas',
        instance: 'cost',
        historyLimit: FULL_HISTORY,
        now: () => at
      })
      // Ten authors, so that none holds more than a quarter, as in most rooms.
      const people = Array.from({ length: 10 }, (_, n) => ({ id: newId(), name: `Author ${n}` }))
      const send = (by: Author) => log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at, text })
      for (let n = 0; n < EARLIER_MESSAGES; n += people.length) await Promise.all(people.map(send))
      await log.close()
    },

    async close() {
      closeClients()
      const all = { ended: false }
      const closing = (async () => {
        for (const end of endings) await end()
      })().finally(() => (all.ended = true))
      // A drain waits on this clock.
      while (!all.ended) {
        await clock.advance(1_000)
        await quiet()
      }
      await closing
      await proxy.close()
      inside.destroy()
      await redis.stop()
    }
  }
}

const quiet = () => new Promise((done) => setTimeout(done, QUIET_MS))

/**
 * Which commands write, according to Redis; and PUBLISH, which concerns every region. A script counts as a read: its own commands count
 * besides.
 */
async function writingCommands(inside: Awaited<ReturnType<typeof lookInto>>) {
  const all = await inside.sendCommand<[name: string, arity: number, flags: string[]][]>(['COMMAND'])
  const names = new Set(all.filter(([, , flags]) => flags.includes('write')).map(([name]) => name)).add('publish')
  return (command: string) => names.has(command)
}
