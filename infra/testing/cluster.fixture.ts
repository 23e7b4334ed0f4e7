// A cluster for one test: a Redis, instances that share it, and clients. Everything ends with the test, and tests share nothing, so
// that they can run at the same time.
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { startTestServer, TEST_SECRET, untilReady, type TestServer, type TestServerOptions } from './chat-server.ts'
import { endChild, startChild, type ChildServer } from './child.ts'
import { closeClients, connectClient, type TestClient } from './clients.ts'
import * as history from './history.ts'
import { startRedis, type RedisOptions, type RedisServer } from './redis-server.ts'
import { openScreen, type Screen, type ScreenOptions } from './screen.ts'
import { openProxy, type Proxy } from './tcp-proxy.ts'

/** For tests that send faster than a person may. */
export const UNLIMITED_RATE = { rate: { burst: 1_000_000, perSecond: 1_000_000 } }

export interface Cluster {
  redis: RedisServer
  /** A proxy to Redis, or to another address, that can be cut or slowed down. */
  way(options?: { to?: string; delayMs?: number }): Promise<Proxy>
  /** An instance in this process. */
  start(instance: string, options?: TestServerOptions): Promise<TestServer>
  /** Instances in this process, each in a region of its name, once all are ready. */
  startAll<const Names extends readonly string[]>(
    names: Names,
    options?: TestServerOptions
  ): Promise<{ -readonly [Place in keyof Names]: TestServer }>
  /** An instance as a process of its own, in a region of its name. */
  startProcess(instance: string, program?: string[]): Promise<ChildServer>
  screen(options: ScreenOptions): Promise<Screen>
  /** A guest who uses both compatible protocols. */
  guest(url: string, name: string): Promise<TestClient>
}

/** @param finished the test's own `onTestFinished`, for tests that run at the same time */
export async function openCluster(redisOptions: RedisOptions = {}, finished = onTestFinished): Promise<Cluster> {
  const endings: (() => unknown)[] = []
  // The latest first. A Redis that was just stopped or full may need long to close its connections.
  finished(async () => {
    for (const end of endings.toReversed()) await end()
  }, 30_000)
  const redis = await startRedis(redisOptions)
  endings.push(() => redis.stop())

  const cluster: Cluster = {
    redis,
    async way({ to = redis.url, ...options } = {}) {
      const way = await openProxy(to, options)
      endings.push(() => way.close())
      return way
    },
    async start(instance, options = {}) {
      const server = await startTestServer({ redisUrl: redis.url, instance, config: UNLIMITED_RATE, ...options })
      endings.push(() => server.stop())
      return server
    },
    async startAll(names, options) {
      const servers = await Promise.all(names.map((name) => cluster.start(name, { region: name, ...options })))
      await untilReady(...servers)
      return servers as Awaited<ReturnType<typeof cluster.startAll<typeof names>>>
    },
    async startProcess(instance, program) {
      const place = { FLY_REGION: instance, FLY_MACHINE_ID: instance }
      const env = { REDIS_URL: redis.url, SESSION_SECRET: TEST_SECRET, RATE_BURST: '100000', ...place }
      const starting = startChild(env, program)
      endings.push(() => endChild(starting))
      return starting
    },
    async screen(options) {
      const screen = await openScreen(options)
      endings.push(() => screen.close())
      return screen
    },
    async guest(url, name) {
      const guest = await connectClient(url, { transports: ['websocket'] })
      endings.push(() => guest.close())
      guest.emit('add-user', name)
      await guest.next('login')
      // A client receives the protocols that it has spoken.
      guest.emit('deleteMessage', { messageId: 'none' })
      await guest.next('error')
      return guest
    }
  }
  return cluster
}

/** A cluster for all tests of a file or a `describe`, once its hooks have begun. Its clients end with it. */
export function useCluster(redisOptions?: RedisOptions): Cluster {
  const cluster = {} as Cluster
  let end = async () => {}
  beforeAll(async () => {
    Object.assign(cluster, await openCluster(redisOptions, (ending) => void (end = ending as typeof end)))
  })
  afterAll(async () => {
    closeClients()
    await end()
  })
  return cluster
}

/**
 * Violations of the promise, as sentences: every acknowledged message is on all of these screens, once, complete, in one order, and
 * nothing that nobody sent is on any.
 */
export async function complaintsOf(screens: Screen[]): Promise<string[]> {
  const acknowledged = screens.flatMap((screen) => screen.acknowledged)
  const sent = screens.flatMap((screen) => screen.sent)
  const last = Math.max(...acknowledged.map(({ seq }) => seq))
  for (const screen of screens) await screen.until(({ cursor }) => (cursor?.seq ?? 0) >= last)
  const shown = screens.flatMap((screen) => screen.shown)
  return [
    ...history.lost(acknowledged, shown),
    ...history.repeated(shown, acknowledged),
    ...history.phantoms(shown, sent),
    ...history.disagreements(history.ordersOf(shown)),
    ...history.outOfTurn(shown, sent),
    ...history.holes(shown),
    ...history.mixtures(shown)
  ]
}
