// From the start of a process to its first answer, beside the least that Node can do: `node infra/bench/start-up.ts [rounds]`. Every
// round starts each program once, so that whatever else the machine does, it does to all of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer, compileServer } from '../build/build-server.ts'
import { buildWeb } from '../build/build.ts'
import { freePort } from '../dev/free-port.ts'
import { startRedis } from '../testing/redis-server.ts'
import { median } from '../testing/statistics.ts'

const ROUNDS = 25
const KNOCK_AGAIN_MS = 1
const ANSWERS_WITHIN_MS = 20_000
const SECRET = 'of a chat that lives for a tenth of a second'
const HANDSHAKE = '/socket.io/?EIO=4&transport=polling'

// As CommonJS: an import of node:http makes Node evaluate fetch as well, and a bare server start twice as late.
const BARE = `require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT)\n`

/** `times`: how often a bare server's time is promised at most; null where nothing is. */
interface Start {
  what: string
  program: string
  env: Record<string, string>
  path: string
  times: number | null
}

export interface StartUp {
  dist: string
  redisUrl: string
  rounds: number
  /** Leaves out what is only measured for comparison. */
  onlyPromised?: boolean
}

export interface Measured {
  what: string
  medianMs: number
  minMs: number
  /** Median over the rounds of this time by the bare server's of the same round. */
  ratio: number
  promised: number | null
}

/** Puts what is deployed into a folder, without the client for programs: the server, and the built page of `webDir`. */
export async function buildDist(dist: string, webDir: string): Promise<void> {
  await cp(webDir, join(dist, 'web'), { recursive: true })
  await compileServer(await buildServer({ outFile: join(dist, 'server.js') }))
}

/** Measures the server of a folder that `buildDist` has filled. The first one measured is the bare server. */
export async function measureStartUp({ dist, redisUrl, rounds, onlyPromised = false }: StartUp): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-start-up-'))
  const bare = join(folder, 'bare.cjs')
  await writeFile(bare, BARE)
  const program = join(dist, 'server.js')
  const alone = { program, env: { DATA_DIR: join(folder, 'data') } }
  const shared = { program, env: { REDIS_URL: redisUrl, SESSION_SECRET: SECRET } }
  const bareStart: Start = { what: 'bare node:http', program: bare, env: {}, path: '/', times: null }
  const servers: Start[] = [
    { what: 'embedded, /health/live', ...alone, path: '/health/live', times: 2 },
    { what: 'embedded, /', ...alone, path: '/', times: null },
    { what: 'embedded, handshake', ...alone, path: HANDSHAKE, times: null },
    { what: 'Redis, /health/live', ...shared, path: '/health/live', times: 2 },
    { what: 'Redis, /', ...shared, path: '/', times: 3 },
    { what: 'Redis, handshake', ...shared, path: HANDSHAKE, times: 3 }
  ]
  const starts = [bareStart, ...servers.filter(({ times }) => times !== null || !onlyPromised)]
  const all: number[][] = []
  // The first round reads files that the system doesn't hold yet, and doesn't count.
  for (let round = 0; round <= rounds; round += 1) {
    const taken: number[] = []
    for (const start of starts) taken.push(await untilFirstAnswer(start))
    if (round > 0) all.push(taken)
  }
  await rm(folder, { recursive: true })
  return starts.map(({ what, times }, place) => {
    const own = all.map((taken) => taken[place] ?? NaN)
    const ratios = all.map((taken) => (taken[place] ?? NaN) / (taken[0] ?? NaN))
    return { what, medianMs: median(own), minMs: Math.min(...own), ratio: median(ratios), promised: times }
  })
}

/** Milliseconds from the start of a process to the end of its first answer's first line. @throws Error when that isn't 200 */
async function untilFirstAnswer({ program, env, path }: Start): Promise<number> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn(process.execPath, [program], {
    env: { PORT: `${port}`, ...env },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const gone = once(child, 'exit')
  try {
    for (;;) {
      const status = await knock(port, path)
      const ms = performance.now() - startedAt
      if (status === 200) return ms
      if (status !== null || child.exitCode !== null || ms > ANSWERS_WITHIN_MS)
        throw new Error(`${program} answered ${path} with ${status ?? 'nothing'}`)
      await sleep(KNOCK_AGAIN_MS)
    }
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

/** The status of one request on a connection of its own; null when nobody takes it. */
function knock(port: number, path: string): Promise<number | null> {
  return new Promise((done) => {
    const wire = connect(port, '127.0.0.1')
    let heard = ''
    wire.on('error', () => {})
    wire.once('close', () => done(null))
    wire.on('data', (bytes) => {
      heard += bytes.toString('latin1')
      const status = /^HTTP\/1\.1 (\d{3}) .*\r\n/.exec(heard)?.[1]
      if (status === undefined) return
      done(Number(status))
      wire.destroy()
    })
    wire.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  })
}

export function tableOf(measured: Measured[], rounds: number): string {
  const lines = measured.map(({ what, medianMs, minMs, ratio, promised }) => {
    const promise = promised === null ? '' : ` (promise ${promised.toFixed(1)})`
    return `  ${what.padEnd(24)}${ms(medianMs)}${ms(minMs)}${ratio.toFixed(2).padStart(8)}${promise}`
  })
  const head = `  ${''.padEnd(24)}${'median'.padStart(10)}${'least'.padStart(10)}${'× bare'.padStart(8)}`
  return [`from the start of the process to its first 200, ${rounds} times each:`, head, ...lines].join('\n')
}

const ms = (number: number) => `${number.toFixed(1)} ms`.padStart(10)

if (process.argv[1] === import.meta.filename) {
  const rounds = Number(process.argv[2] ?? ROUNDS)
  const dist = await mkdtemp(join(tmpdir(), 'taifas-dist-'))
  const redis = await startRedis()
  await buildWeb({ outDir: join(dist, 'page') })
  await buildDist(dist, join(dist, 'page'))
  console.log(tableOf(await measureStartUp({ dist, redisUrl: redis.url, rounds }), rounds))
  await redis.stop()
  await rm(dist, { recursive: true })
  // esbuild's own process would stay.
  process.exit()
}
