// A real Redis (or Valkey) for a test: a process with its own port and folder, removed with the test.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../dev/free-port.ts'
import { redisServer } from '../dev/needs.ts'
import { bound } from './spawn-bound.ts'

const HOST = '127.0.0.1'
/** A start that takes longer than this has failed. */
const START_MS = 15_000
const LOOK_AGAIN_MS = 20
/** Another program may take a free port before Redis does. */
const PORT_ATTEMPTS = 3

export interface RedisOptions {
  /** Any free one when left out. */
  port?: number
  /** Keeps an append-only file, synced always: nothing acknowledged is lost by a restart. */
  aof?: boolean
  /** Writes a dump on `SAVE`, uncompressed, and reads it at a restart. */
  rdb?: boolean
  /** More arguments for redis-server, such as ['--maxmemory', '10mb']. */
  args?: string[]
}

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Of the current process; changes with `restart`. */
  readonly pid: number
  /** The folder of its files. `stop` removes it. */
  readonly dir: string
  kill(signal: NodeJS.Signals): void
  /** Kills it if it runs, as a power cut would, and starts it on the same port and folder. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @throws when there is neither redis-server nor valkey-server, or it doesn't start */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = redisServer()
  if (!program) {
    throw new Error('redis-server or valkey-server is not on the PATH (Debian: sudo apt-get install redis-server).')
  }
  const dir = mkdtempSync(join(tmpdir(), 'taifas-redis-'))
  const end = () => {
    child?.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', end)

  let child: ChildProcess | undefined
  let port = options.port ?? (await freePort())
  for (let attempt = 1; ; attempt += 1) {
    child = launch(program, port, dir, options)
    if (await isUp(child, port)) break
    if (options.port !== undefined || attempt === PORT_ATTEMPTS) {
      end()
      throw new Error(`redis-server did not start on port ${port}`)
    }
    port = await freePort()
  }

  async function quit() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    // Also ends one that was stopped by a signal.
    child.kill('SIGKILL')
    await gone
  }

  return {
    url: `redis://${HOST}:${port}`,
    port,
    dir,
    get pid() {
      return child?.pid ?? 0
    },
    kill: (signal) => void child?.kill(signal),
    async restart() {
      await quit()
      child = launch(program, port, dir, options)
      if (!(await isUp(child, port))) throw new Error(`redis-server did not start again on port ${port}`)
    },
    async stop() {
      process.off('exit', end)
      await quit()
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

function launch(program: string, port: number, dir: string, { aof, rdb, args = [] }: RedisOptions): ChildProcess {
  const settings = ['--bind', HOST, '--port', `${port}`, '--dir', dir, '--save', '']
  settings.push('--appendonly', aof ? 'yes' : 'no', '--appendfsync', 'always')
  if (rdb) settings.push('--rdbcompression', 'no')
  return spawn(...bound(program, [...settings, ...args]), { stdio: 'ignore' })
}

/** Whether the process answers on its port in time. */
async function isUp(child: ChildProcess, port: number): Promise<boolean> {
  const end = performance.now() + START_MS
  while (performance.now() < end && child.exitCode === null && child.signalCode === null) {
    if (await answers(port, child.pid ?? 0)) return true
    await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS))
  }
  child.kill('SIGKILL')
  return false
}

/** Compares the process id, so that another Redis on that port doesn't count. One that still loads its data doesn't count either. */
async function answers(port: number, pid: number): Promise<boolean> {
  const socket = connect(port, HOST)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk))
  socket.on('error', () => {})
  socket.write('PING\r\nINFO server\r\nQUIT\r\n')
  await new Promise((done) => socket.once('close', done))
  return answer.startsWith('+PONG') && answer.includes(`process_id:${pid}\r\n`)
}
