// A whole server for tests, in this process, on any free port: embedded in a folder of its own, or one of several on a real Redis.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { startRedis } from './redis-server.ts'
import { readConfig, type Config } from '../../src/config.ts'
import type { PresenceTiming } from '../../src/chat/people.ts'
import type { HomeTiming } from '../../src/gateway/home.ts'
import { createLog } from '../../src/log.ts'
import { openStores } from '../../src/main.ts'
import { openRedisRest } from '../redis-rest.ts'
import { startServer, type RunningServer } from '../../src/server.ts'

export const TEST_SECRET = 'a secret for tests, the same on every instance of theirs'

export interface TestServerOptions {
  /** Shares this Redis with others; without it the server is a whole chat by itself. */
  redisUrl?: string
  instance?: string
  region?: string
  config?: Partial<Config>
  /** Environment as a person would set it. */
  env?: Record<string, string>
  presenceTiming?: Partial<PresenceTiming>
  wayHomeTiming?: HomeTiming
  webDir?: string
}

export type TestServer = RunningServer & {
  config: Config
  /** Closes the server and its stores. */
  stop(): Promise<void>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'taifas-test-'))
  const config: Config = {
    ...readConfig({
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'fatal',
      SESSION_SECRET: TEST_SECRET,
      ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
      ...options.env
    }),
    ...(options.instance && { instance: options.instance }),
    ...(options.region && { region: options.region }),
    ...options.config
  }
  const log = createLog(config)
  const { close, ...stores } = await openStores(config, log)
  const server = await startServer(config, stores, {
    log,
    ...(options.presenceTiming && { presenceTiming: options.presenceTiming }),
    ...(options.wayHomeTiming && { wayHomeTiming: options.wayHomeTiming }),
    ...(options.webDir && { webDir: options.webDir })
  })
  return {
    ...server,
    config,
    async stop() {
      await server.close()
      await close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

/** One URL, or several of instances that share a store. */
export interface Instances {
  urls: string[]
  stop(): Promise<void>
}

/** One embedded instance. */
export async function startAlone(): Promise<Instances> {
  const server = await startTestServer()
  return { urls: [server.url], stop: server.stop }
}

/** Two instances as two regions on a Redis of their own; with `rest`, presence goes through the Upstash-compatible door. */
export async function startTwoRegions({ rest = false } = {}): Promise<Instances> {
  const redis = await startRedis()
  const token = 'a token for the door of this test'
  const door = rest ? await openRedisRest({ redisUrl: redis.url, token }) : null
  const env: Record<string, string> = door ? { UPSTASH_REDIS_REST_URL: door.url, UPSTASH_REDIS_REST_TOKEN: token } : {}
  const servers = await Promise.all(
    ['ams', 'iad'].map((region) =>
      startTestServer({
        redisUrl: redis.url,
        instance: `test${region}`,
        region,
        env,
        // Claim after claim comes and goes here in seconds: a storm that would be told once a second.
        presenceTiming: { writeGapMs: 20 }
      })
    )
  )
  await untilReady(...servers)
  return {
    urls: servers.map(({ url }) => url),
    async stop() {
      for (const server of servers) await server.stop()
      await door?.close()
      await redis.stop()
    }
  }
}

/** Waits until every instance has read its own marker back: ready, as the platform's health check sees it. */
export async function untilReady(...servers: { url: string }[]): Promise<void> {
  for (const { url } of servers)
    for (let tries = 0; ; tries += 1) {
      const { ok } = await fetch(`${url}/health/ready`)
      const details = ok
        ? ((await (await fetch(`${url}/health/ready`)).json()) as { details?: { hears?: boolean } })
        : {}
      if (ok && details.details?.hears) break
      if (tries > 300) throw new Error(`${url} doesn't become ready`)
      await new Promise((done) => setTimeout(done, 20))
    }
}

/** A plain client to look into a test's Redis. */
export async function lookInto(redisUrl: string) {
  const client = createClient({ url: redisUrl, RESP: 2 })
  client.on('error', () => {})
  return client.connect()
}
