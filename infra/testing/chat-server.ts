// A whole server for tests, in this process, on any free port: embedded in a folder of its own, or one of several on a real Redis.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { freePort } from '../dev/free-port.ts'
import { readConfig, type Config } from '../../src/process/config.ts'
import type { Clock } from '../../src/clock.ts'
import type { WebPushOptions } from '../../src/alerts/web-push.ts'
import type { PresenceTiming } from '../../src/presence/presence.ts'
import type { RehomeTiming } from '../../src/gateway/rehome.ts'
import { createLog } from '../../src/process/logger.ts'
import { openStores } from '../../src/server/stores.ts'
import { startServer, type RunningServer } from '../../src/server.ts'
import { until } from './until.ts'

export const TEST_SECRET = 'a secret for tests, the same on every instance of theirs'

export interface TestServerOptions {
  /** Shares this Redis with others; without it the server is a whole chat by itself. */
  redisUrl?: string
  instance?: string
  region?: string
  config?: Partial<Config>
  /** Environment as a person would set it. */
  env?: Record<string, string>
  /** Without it, joins are shown at once where the server is a whole chat. */
  presenceTiming?: Partial<PresenceTiming>
  webPush?: Partial<WebPushOptions>
  rehomeTimings?: RehomeTiming
  webDir?: string
  /** Receives the lines of its log, warnings and worse. */
  onLog?(line: string): void
  /** One that tests move; without it time passes by itself. */
  clock?: Clock
}

export type TestServer = RunningServer & {
  config: Config
  /** Closes the server and its stores. */
  stop(): Promise<void>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'taifas-test-'))
  const read: Config = {
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
  // A restart can use the same port again.
  const config: Config = { ...read, port: read.port || (await freePort()) }
  const log = options.onLog ? createLog({ ...config, logLevel: 'warn' }, { write: options.onLog }) : createLog(config)
  const { close, ...stores } = await openStores(config, log, options.clock)
  const server = await startServer(config, stores, {
    log,
    ...(options.webPush && { webPush: options.webPush }),
    presenceTiming: options.presenceTiming ?? (options.redisUrl ? {} : { writeGapMs: 0 }),
    ...(options.rehomeTimings && { rehomeTimings: options.rehomeTimings }),
    ...(options.webDir && { webDir: options.webDir }),
    ...(options.clock && { clock: options.clock })
  })
  let closed: Promise<void> | null = null
  const closeServer = () => (closed ??= server.close())
  return {
    ...server,
    config,
    close: closeServer,
    async stop() {
      await closeServer()
      await close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

/** Waits until every instance has read its own marker back: ready, as the platform's health check sees it. */
export async function untilReady(...servers: { url: string }[]): Promise<void> {
  for (const { url } of servers)
    await until(`${url} to be ready`, async () => {
      const answer = await fetch(`${url}/health/ready`)
      const { details } = (await answer.json()) as { details?: { hears?: boolean } }
      return answer.ok && details?.hears
    })
}

/** A plain client to look into a test's Redis. */
export async function lookInto(redisUrl: string) {
  const client = createClient({ url: redisUrl, RESP: 2 })
  client.on('error', () => {})
  return client.connect()
}
