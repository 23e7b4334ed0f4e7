// A chat server as a process of its own, as an operator starts it. Tests can kill it.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '../dev/free-port.ts'
import { bound } from './spawn-bound.ts'

const ROOT = join(import.meta.dirname, '../..')
const STARTS_WITHIN_MS = 50_000
/** Without it every process strips the types of all sources anew, which is most of its start. */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compiled')

export interface ChildServer {
  url: string
  process: ChildProcess
  /** Everything it has printed. */
  printed(): string
  /** Sends the signal and resolves with the exit code, null when the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** The Node binary, working directory and user; this process' own when left out. */
export type ChildPlace = Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'> & { node?: string }

/** Starts `program` and waits until it logs its address. @throws EndedError, with its output, when it ends instead */
export async function startChild(
  env: Record<string, string>,
  program = ['src/main.ts'],
  { node = process.execPath, ...place }: ChildPlace = {}
): Promise<ChildServer> {
  // A restart can use the same port again.
  const port = env['PORT'] ?? `${await freePort()}`
  const child = spawn(...bound(node, program), {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, LOG_LEVEL: 'info', ...env, PORT: port },
    ...place,
    stdio: 'pipe'
  })
  running.add(child)
  let printed = ''
  const ended = new Promise<number | null>((done) =>
    child.once('exit', (code) => {
      running.delete(child)
      done(code)
    })
  )
  return new Promise((done, failed) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      failed(new Error(`it did not start: ${printed}`))
    }, STARTS_WITHIN_MS)
    const collect = (chunk: Buffer) => {
      printed += chunk.toString()
      const url = /"url":"([^"]+)"/.exec(printed)?.[1]
      if (!url) return
      clearTimeout(timer)
      done({
        url,
        process: child,
        printed: () => printed,
        end(signal = 'SIGTERM') {
          child.kill(signal)
          return ended
        }
      })
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    // Later than its exit: when all that it has printed is here.
    child.once('close', (code) => {
      clearTimeout(timer)
      failed(new EndedError(code, printed))
    })
  })
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Kills one, whether it has started, still starts or failed to. */
export async function endChild(starting: Promise<ChildServer>): Promise<void> {
  const child = await starting.catch(() => null)
  await child?.end('SIGKILL')
}

/** The process ended before it was ready. */
export class EndedError extends Error {
  override name = 'EndedError'
  readonly code: number | null
  readonly printed: string
  constructor(code: number | null, printed: string) {
    super(`it ended with ${code}: ${printed}`)
    this.code = code
    this.printed = printed
  }
}
