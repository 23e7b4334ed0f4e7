// A server to be attacked: a process with a heap of 256 MB, embedded or on a Redis of its own, whose memory and store are watched.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../dev/free-port.ts'
import { lookInto, TEST_SECRET } from '../../testing/chat-server.ts'
import { startChild } from '../../testing/child.ts'
import { residentPeak } from '../../testing/resident.ts'
import { startRedis, type RedisServer } from '../../testing/redis-server.ts'
import type { Attack } from './attack.ts'
import { prepareStore } from './prepare.ts'
import { prefer } from './priority.ts'

const HEAP_MB = 256
const SAMPLE_EVERY_MS = 250

export const storeKinds = ['embedded', 'redis'] as const
export type StoreKind = (typeof storeKinds)[number]

export interface AttackedServer {
  url: string
  isAlive(): boolean
  /** Peaks so far, in bytes. 0 where the system does not say. */
  memory(): { resident: number; heap: number }
  storedBytes(): Promise<number>
  /** Lines of the log that tell of a fault. */
  faults(): string[]
  stop(): Promise<void>
}

export async function startAttacked(
  store: StoreKind,
  { env: settings, prepare = {}, redisMaxMb }: Pick<Attack, 'env' | 'prepare' | 'redisMaxMb'>
): Promise<AttackedServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'taifas-attack-'))
  const args = redisMaxMb ? ['--maxmemory', `${redisMaxMb}mb`, '--maxmemory-policy', 'noeviction'] : []
  const redis = store === 'redis' ? await startRedis({ args }) : null
  const metricsPort = await freePort()
  const env = {
    DATA_DIR: dataDir,
    SESSION_SECRET: TEST_SECRET,
    METRICS_PORT: `${metricsPort}`,
    ...(redis && { REDIS_URL: redis.url }),
    ...settings
  }
  await prepareStore(env, prepare)
  const server = await startChild(env, [`--max-old-space-size=${HEAP_MB}`, 'src/main.ts'])
  const { process: child, printed } = server
  const pid = child.pid ?? 0
  for (const measured of [0, pid, redis?.pid ?? 0]) prefer(measured, 'measured')
  const memory = watchMemory(pid, metricsPort)
  return {
    url: server.url.replace('localhost', '127.0.0.1'),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    memory: memory.peaks,
    storedBytes: () => (redis ? usedMemory(redis) : Promise.resolve(folderBytes(dataDir))),
    faults: () =>
      printed()
        .split('\n')
        .filter((line) => /"unhandled"|"level":"(error|fatal)"/.test(line)),
    async stop() {
      await memory.stop()
      await server.end('SIGKILL')
      await redis?.stop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}

/** Samples the memory of a process until `stop`. */
function watchMemory(pid: number, metricsPort: number) {
  const peaks = { resident: 0, heap: 0 }
  const stopped = new AbortController()
  const sampling = sample()
  return {
    peaks: () => ({ ...peaks, resident: Math.max(peaks.resident, residentPeak(pid)) }),
    async stop() {
      stopped.abort()
      await sampling
    }
  }

  async function sample() {
    while (!stopped.signal.aborted) {
      peaks.resident = Math.max(peaks.resident, residentPeak(pid))
      peaks.heap = Math.max(peaks.heap, await heapUsed(metricsPort))
      await wait(SAMPLE_EVERY_MS)
    }
  }
}

async function heapUsed(metricsPort: number): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal: AbortSignal.timeout(2_000) })
    return Number(/^nodejs_heap_size_used_bytes (\d+)/m.exec(await answer.text())?.[1] ?? 0)
  } catch {
    return 0
  }
}

const folderBytes = (dir: string) => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)

async function usedMemory(redis: RedisServer): Promise<number> {
  const client = await lookInto(redis.url)
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1] ?? 0)
  client.destroy()
  return used
}
