// Where the numbers of cost-measured.ts are measured: a Redis that nobody else asks, and real instances on it whose time stands
// still until it is moved. So nothing is counted but what was done.
import { lookInto, TEST_SECRET, untilReady } from '../testing/chat-server.ts'
import { closeClients } from '../testing/clients.ts'
import { startRedis } from '../testing/redis-server.ts'
import { openProxy } from '../testing/tcp-proxy.ts'
import { TEXT_CHARACTERS, type Asked } from './measured.ts'
import { standingClock } from '../testing/standing-clock.ts'
import { readConfig } from '../../src/process/config.ts'
import { LOBBY, newId, type Author } from '../../src/contract.ts'
import { createRedisBus } from '../../src/bus/redis-bus.ts'
import { createLog } from '../../src/process/logger.ts'
import { openStores } from '../../src/main.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { createRedisLog } from '../../src/log/redis/redis-log.ts'
import { connectRedis } from '../../src/redis/redis.ts'

const REGIONS = ['ams', 'iad', 'nrt']
/** The least that may be set: rooms are full sooner. */
export const FULL_HISTORY = 100
/** More events than the log keeps for catching up, so that every further one makes it let go of something. */
const SAID_BEFORE = 2_100
/** Longer ago than idempotency records are kept. */
const LONG_AGO_MS = 8 * 24 * 60 * 60 * 1_000
/** Nothing more was asked for so long: it is all. */
const QUIET_MS = 15
const TURNS = 10
/** The looking itself, and what hosted Redis doesn't bill: "Pricing & Billing" names INFO, PING and AUTH. */
const NOT_COUNTED = /^(info|ping|auth|config|command|monitor|client\|(list|unblock))/

export const text = 'x'.repeat(TEXT_CHARACTERS)

export type Stage = Awaited<ReturnType<typeof openStage>>

export async function openStage() {
  const redis = await startRedis()
  // Bytes are counted here, where nobody passes but the instances.
  const way = await openProxy(redis.url)
  const inside = await lookInto(redis.url)
  const writing = await whoWrites(inside)
  const clock = standingClock(Date.now())
  const servers: RunningServer[] = []
  const endings: (() => Promise<unknown>)[] = []
  const owed = { answers: 0 }

  /** The same store, but it is known whether it still owes an answer. */
  function watched<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...given: unknown[]) => {
          const answer: unknown = Reflect.apply(verb, target, given)
          if (!(answer instanceof Promise)) return answer
          owed.answers += 1
          return answer.finally(() => (owed.answers -= 1))
        }
      }
    })
  }

  async function start(region: string) {
    const env = { PORT: '0', LOG_LEVEL: 'fatal', REDIS_URL: way.url, SESSION_SECRET: TEST_SECRET }
    const config = { ...readConfig({ ...env, HISTORY_LIMIT: `${FULL_HISTORY}` }), instance: `test${region}`, region }
    const log = createLog(config)
    const onError = (cause: unknown) => log.error({ err: cause }, 'trouble')
    // Its own letter box, which lives by the wall clock, is never started.
    const stores = await openStores(config, log)
    const redisBus = createRedisBus({
      url: way.url,
      prefix: config.redisPrefix,
      region,
      secret: TEST_SECRET,
      clock,
      onError
    })
    const kept = {
      log: watched(stores.log),
      presence: watched(stores.presence),
      revocations: watched(stores.revocations),
      redisBus
    }
    const server = await startServer(config, kept, { log, clock })
    servers.push(server)
    endings.push(server.close, redisBus.close, stores.presence.close, stores.log.close)
    await untilReady(server)
  }

  /** Whatever was begun has been answered, and its letters have been read. */
  async function settled() {
    for (let before = ''; ;) {
      await answered()
      await quiet()
      const now = JSON.stringify([await calls(), way.passed])
      if (now === before) return
      before = now
    }
  }

  async function answered() {
    for (let turn = 0; turn < TURNS || owed.answers > 0; turn += 1)
      await new Promise<void>((done) => setImmediate(done))
  }

  async function calls(): Promise<[command: string, times: number][]> {
    const stats = await inside.info('commandstats')
    return [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
      .map(([, command = '', times]): [string, number] => [command, Number(times)])
      .filter(([command]) => !NOT_COUNTED.test(command))
  }

  return {
    /** Bytes on this way are counted. */
    redisUrl: way.url,
    inside,
    servers,
    settled,

    /** As many instances as are wanted, with nobody on them; there are never fewer than before. */
    async grow(instances: number) {
      closeClients()
      // So long that nobody is waited for any more.
      await this.pass(20)
      for (const region of REGIONS.slice(servers.length, instances)) await start(region)
      // The first words of an instance may have to wait for a moment.
      await this.pass(2)
    },

    /** What work asked of Redis, by command as well. */
    async asked(work: () => Promise<unknown>): Promise<Asked & { calls: Record<string, number> }> {
      await settled()
      await inside.sendCommand(['CONFIG', 'RESETSTAT'])
      const { up, down } = way.passed
      await work()
      await settled()
      const all = await calls()
      const sum = (kind: boolean) =>
        all.filter(([command]) => writing(command) === kind).reduce((total, [, times]) => total + times, 0)
      return {
        reads: sum(false),
        writes: sum(true),
        up: way.passed.up - up,
        down: way.passed.down - down,
        calls: Object.fromEntries(all)
      }
    },

    /** Hears every command that Redis is asked, until the returned function is called. */
    async watch(hear: (command: string) => void) {
      const client = await lookInto(redis.url)
      await client.monitor(hear)
      return () => client.destroy()
    },

    /** Lets time pass, a second at a time. */
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advance(1_000)
        await answered()
      }
    },

    /** The lobby's history is full, and old: whoever says something now makes the store let go of something. */
    async fillHistory() {
      const client = connectRedis(redis.url, { onError: () => {}, name: 'history' })
      const at = Date.now() - LONG_AGO_MS
      const log = await createRedisLog({ client, prefix: 'taifas', historyLimit: FULL_HISTORY, now: () => at })
      // Of so many that nobody holds more than a quarter, as in most rooms.
      const people = Array.from({ length: 10 }, (_, n) => ({ id: newId(), name: `Somebody ${n}` }))
      const say = (by: Author) => log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at, text })
      for (let n = 0; n < SAID_BEFORE; n += people.length) await Promise.all(people.map(say))
      await log.close()
    },

    async close() {
      closeClients()
      const all = { ended: false }
      const closing = (async () => {
        for (const end of endings) await end()
      })().finally(() => (all.ended = true))
      // A drain waits for moments of this clock.
      while (!all.ended) {
        await clock.advance(1_000)
        await quiet()
      }
      await closing
      await way.close()
      inside.destroy()
      await redis.stop()
    }
  }
}

const quiet = () => new Promise((done) => setTimeout(done, QUIET_MS))

/** Which commands write, as Redis itself says. A script counts as one that reads: what it writes, its commands do. */
async function whoWrites(inside: Awaited<ReturnType<typeof lookInto>>) {
  const all = await inside.sendCommand<[name: string, arity: number, flags: string[]][]>(['COMMAND'])
  const names = new Set(all.filter(([, , flags]) => flags.includes('write')).map(([name]) => name))
  return (command: string) => names.has(command)
}
