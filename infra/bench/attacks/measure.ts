// One attack against a server of its own, embedded or on a Redis of its own, with an ordinary person beside it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { lookInto, TEST_SECRET } from '../../testing/chat-server.ts'
import { startChild, type ChildServer } from '../../testing/child.ts'
import { residentPeak } from '../../testing/resident.ts'
import { startRedis, type RedisServer } from '../../testing/redis-server.ts'
import type { Attack } from './attack.ts'
import type { Outcomes } from './attacker.ts'
import { startOrdinary, type Experience } from './ordinary.ts'
import { prepareStore } from './prepare.ts'

export const HEAP_MB = 256
const ATTACKER = '127.0.0.2'
const ORDINARY = '127.0.0.9'
const SAMPLE_EVERY_MS = 250
const RECOVERS_WITHIN_MS = 30_000
const MB = 1_000_000

export const storeKinds = ['embedded', 'redis'] as const
export type StoreKind = (typeof storeKinds)[number]

export interface Measured {
  attack: string
  store: StoreKind
  alive: boolean
  rssMb: number
  heapMb: number
  experience: Experience
  attacker: Outcomes
  /** Growth of what is stored. */
  storeMb: number
  historyKept: boolean
  /** Seconds; null when it takes longer than 30 s. */
  recoveredS: number | null
  /** Lines of the server's log that say "unhandled". */
  unhandled: number
}

/** Runs one attack for `ms`, and measures. Leaves nothing behind. */
export async function measureAttack(attack: string, program: Attack, store: StoreKind, ms: number): Promise<Measured> {
  const dataDir = mkdtempSync(join(tmpdir(), 'taifas-attack-'))
  const maxMemory = program.redisMaxMb ? ['--maxmemory', `${program.redisMaxMb}mb`] : []
  const redis = store === 'redis' ? await startRedis({ args: maxMemory }) : null
  const metricsPort = await freePort()
  const env = {
    DATA_DIR: dataDir,
    SESSION_SECRET: TEST_SECRET,
    METRICS_PORT: `${metricsPort}`,
    ...(redis && { REDIS_URL: redis.url }),
    ...program.env
  }
  let server: ChildServer | null = null
  try {
    await prepareStore(env, program.prepare ?? {})
    server = await startChild(env, [`--max-old-space-size=${HEAP_MB}`, 'src/main.ts'])
    const { process: child, printed } = server
    const url = server.url.replace('localhost', '127.0.0.1')
    const ordinary = await startOrdinary(url, ORDINARY)
    await wait(500)
    const before = await storedBytes(dataDir, redis)
    const memory = watchMemory(child.pid ?? 0, metricsPort)
    const attacker = await runAttacker(attack, url, ms)
    const isAlive = () => child.exitCode === null && child.signalCode === null
    const recoveredS = await ordinary.recovered(RECOVERS_WITHIN_MS, isAlive)
    const historyKept = isAlive() && (await ordinary.historyKept())
    const stored = (await storedBytes(dataDir, redis)) - before
    const { rssMb, heapMb } = await memory.stop()
    const alive = isAlive()
    await ordinary.stop()
    return {
      attack,
      store,
      alive,
      rssMb,
      heapMb,
      experience: ordinary.experience,
      attacker,
      storeMb: stored / MB,
      historyKept,
      recoveredS,
      unhandled: printed().split('"unhandled"').length - 1
    }
  } finally {
    await server?.end('SIGKILL')
    await redis?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function runAttacker(attack: string, url: string, ms: number): Promise<Outcomes> {
  const program = join(import.meta.dirname, 'process.ts')
  const child = spawn(process.execPath, [program, attack, url, ATTACKER, `${ms}`], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await once(child, 'close')
  return printed === '' ? { ok: 0, refused: 0, lost: 0 } : (JSON.parse(printed) as Outcomes)
}

/** Samples the memory of a process until `stop`, which answers the peaks. */
function watchMemory(pid: number, metricsPort: number) {
  let rssMb = 0
  let heapMb = 0
  const stopped = new AbortController()
  const sampling = sample()
  return {
    async stop() {
      stopped.abort()
      await sampling
      return { rssMb, heapMb }
    }
  }

  async function sample() {
    while (!stopped.signal.aborted) {
      rssMb = Math.max(rssMb, residentPeak(pid) / MB)
      heapMb = Math.max(heapMb, (await heapUsed(metricsPort)) / MB)
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

async function storedBytes(dataDir: string, redis: RedisServer | null): Promise<number> {
  if (!redis) return readdirSync(dataDir).reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0)
  const client = await lookInto(redis.url)
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1] ?? 0)
  client.destroy()
  return used
}
