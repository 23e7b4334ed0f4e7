// Instances for contract suites, whose claims hold for one instance and for several. Each suite starts and stops its own.
import { afterAll, beforeAll } from 'vitest'
import { openRedisRest } from '../world/redis-rest.ts'
import { startTestServer, untilReady } from './chat-server.ts'
import { startRedis } from './redis-server.ts'

/** One instance, or several that share a store. */
export interface Instances {
  urls: string[]
  stop(): Promise<void>
}

/** One embedded instance. */
export async function startAlone(): Promise<Instances> {
  const server = await startTestServer()
  return { urls: [server.url], stop: server.stop }
}

/** Two instances as two regions on a Redis of their own. With `rest`, presence uses an Upstash-compatible REST endpoint. */
export async function startTwoRegions({ rest = false } = {}): Promise<Instances> {
  const redis = await startRedis()
  const token = 'a token for the proxy of this test'
  const proxy = rest ? await openRedisRest({ redisUrl: redis.url, token }) : null
  const env: Record<string, string> = proxy
    ? { UPSTASH_REDIS_REST_URL: proxy.url, UPSTASH_REDIS_REST_TOKEN: token }
    : {}
  const servers = await Promise.all(
    ['ams', 'iad'].map((region) =>
      startTestServer({
        redisUrl: redis.url,
        instance: `test${region}`,
        region,
        env,
        // Each claim joins and leaves at once; with the real gap the batches would be a second apart.
        presenceTiming: { writeGapMs: 20 }
      })
    )
  )
  await untilReady(...servers)
  return {
    urls: servers.map(({ url }) => url),
    async stop() {
      for (const server of servers) await server.stop()
      await proxy?.close()
      await redis.stop()
    }
  }
}

/** Call it in a `describe`. `here` and `there` are the first and the last instance, which may be the same. */
export function placesFor(start: () => Promise<Instances>) {
  let instances: Instances
  beforeAll(async () => {
    instances = await start()
  })
  afterAll(() => instances.stop())
  return {
    get urls() {
      return instances.urls
    },
    get here() {
      return instances.urls[0] ?? ''
    },
    get there() {
      return instances.urls.at(-1) ?? ''
    }
  }
}
