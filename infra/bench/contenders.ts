// The programs that are compared. Each runs on a processor of its own where there are two, so that the clients don't share it.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SERVER_OPTIONS } from '../build/server-options.ts'
import { find } from '../dev/needs.ts'
import { TEST_SECRET } from '../testing/chat-server.ts'
import { startChild, type ChildServer } from '../testing/child.ts'
import { dialects, type Dialect } from './dialects.ts'

/** Installed for a comparison only, into a folder of its own. */
const BUN = 'bun@1.4.5'
const UNLIMITED = {
  RATE_BURST: '100000',
  RATE_PER_SECOND: '100000',
  CONNECTIONS_MAX: '20000',
  CONNECTIONS_PER_ADDRESS: '20000'
}

export interface Contender {
  name: string
  dialect: Dialect
  /** The sender receives the message too, and an acknowledgement. */
  answers: boolean
  start(): Promise<ChildServer>
}

export interface Contenders {
  all: Contender[]
  close(): Promise<void>
}

export interface ContendersOptions {
  /** For those that use a Redis; without one they are left out. */
  redisUrl: string | null
  withBun: boolean
  /** Folders of other checkouts of this chat, which are compared with this one. */
  checkouts?: readonly string[]
}

export async function openContenders({ redisUrl, withBun, checkouts = [] }: ContendersOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'taifas-bench-'))
  const bun = withBun ? await installBun(join(folder, 'bun')) : null
  let starts = 0

  const peer = (name: string, file: string, dialect: Dialect, env = {}, node = process.execPath): Contender => ({
    name,
    dialect,
    answers: true,
    start: () => startOnFirst(env, [`infra/bench/peers/${file}.ts`], node)
  })
  const ours = (name: string, dialect: Dialect, env: Record<string, string> | null, cwd?: string): Contender => ({
    name,
    dialect,
    answers: dialect !== dialects.classic,
    start: () => {
      const nth = (starts += 1)
      const store = env ? { ...env, REDIS_PREFIX: `bench${nth}` } : { DATA_DIR: join(folder, `data${nth}`) }
      const variables = { SESSION_SECRET: TEST_SECRET, ...UNLIMITED, ...store }
      return startOnFirst(variables, [...SERVER_OPTIONS, 'src/main.ts'], process.execPath, cwd)
    }
  })

  const redis = redisUrl === null ? null : { REDIS_URL: redisUrl }
  const all = [
    peer('plain ws', 'plain-ws', dialects.plain),
    ...(bun === null ? [] : [peer('Bun publish', 'bun-publish', dialects.plain, {}, bun)]),
    peer('stock Socket.IO', 'stock', dialects.stock),
    ours('Taifas native', dialects.native, null),
    ours('Taifas classic', dialects.classic, null),
    ...(redis === null
      ? []
      : [
          peer('stock with Streams adapter', 'stock', dialects.stock, redis),
          ours('Taifas native with Redis', dialects.native, redis),
          ours('Taifas classic with Redis', dialects.classic, redis)
        ]),
    ...checkouts.flatMap((folder) => [
      ours(`native of ${folder}`, dialects.native, null, folder),
      ...(redis === null ? [] : [ours(`native with Redis of ${folder}`, dialects.native, redis, folder)])
    ])
  ]
  return { all, close: () => rm(folder, { recursive: true, force: true }) } satisfies Contenders
}

const taskset = availableParallelism() > 1 ? find('taskset') : null

/** Keeps this process, which is all clients, from the processor of the servers. */
export function leaveFirstProcessor(): void {
  if (taskset) execFileSync(taskset, ['-acp', `1-${availableParallelism() - 1}`, `${process.pid}`])
}

function startOnFirst(
  env: Record<string, string>,
  program: string[],
  node: string,
  cwd?: string
): Promise<ChildServer> {
  const place = cwd === undefined ? {} : { cwd }
  return taskset
    ? startChild(env, ['-c', '0', node, ...program], { ...place, node: taskset })
    : startChild(env, program, { ...place, node })
}

async function installBun(folder: string): Promise<string | null> {
  await mkdir(folder)
  try {
    execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', BUN], { stdio: 'pipe' })
  } catch (cause) {
    console.error(`Bun is left out, because ${BUN} can't be installed: ${String(cause).slice(0, 200)}`)
    return null
  }
  return join(folder, 'node_modules/bun/bin/bun.exe')
}
