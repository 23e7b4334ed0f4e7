// Starts one server from the environment; on SIGTERM or SIGINT closes in reverse.
import { join } from 'node:path'
import { ConfigError, readConfig, type Config } from './config.ts'
import { wallClock } from './chat/clock.ts'
import { createLog, type Log } from './log.ts'
import { startServer, type Stores } from './server.ts'
import { FolderTaken, FolderTooNew, openSqliteLog } from './storage/message-log-sqlite.ts'
import { StoreAway } from './storage/store-away.ts'
import { createPresenceMemory } from './storage/presence-memory.ts'

/** Longer than an orderly end ever takes, and well inside of `kill_timeout` in fly.toml. */
const END_WITHIN_MS = 30_000
const STORES_CLOSE_WITHIN_MS = 3_000
/** One press of Ctrl-C may come twice: from the terminal, and passed on by npm. */
const ONE_PRESS_MS = 1_000

/** Runs until a signal ends it. A configuration or a folder that can't be used is a sentence and exit code 1. */
export async function main(env: Record<string, string | undefined>): Promise<void> {
  try {
    await run(readConfig(env))
  } catch (cause) {
    const sentence = isListenError(cause) ? listenSentence(cause, env) : saysItself(cause) ? cause.message : null
    if (sentence === null) throw cause
    console.error(sentence)
    process.exit(1)
  }
}

async function run(config: Config) {
  const log = createLog(config)
  // Anything that gets here was nobody's to catch; it is logged, and the chat goes on for the others.
  process.on('unhandledRejection', (cause) => log.error({ err: cause }, 'unhandled'))
  const { close: closeStores, ...stores } = await openStores(config, log)
  const server = await startServer(config, stores, { log })
  log.info({ url: server.url, store: config.embedded ? config.dataDir : 'redis' }, `Taifas is at ${server.url}`)

  async function end(signal: string) {
    log.info({ signal }, 'closing')
    setTimeout(() => {
      log.error(`closing took longer than ${END_WITHIN_MS / 1_000} s`)
      process.exit(1)
    }, END_WITHIN_MS)
    await server.close()
    // A store that is away may never answer, and holds nothing of ours that was acknowledged.
    await Promise.race([closeStores(), new Promise((done) => setTimeout(done, STORES_CLOSE_WITHIN_MS))])
    process.exit(0)
  }
  let pressedAt: number | null = null
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (pressedAt === null) {
        pressedAt = performance.now()
        end(signal).catch((cause: unknown) => {
          log.error({ err: cause }, 'closing failed')
          process.exit(1)
        })
      } else if (signal !== 'SIGINT' || performance.now() - pressedAt > ONE_PRESS_MS) {
        // The second one means now.
        process.exit(1)
      }
    })
}

/** The one place that chooses where things are kept. @throws FolderTaken */
export async function openStores(config: Config, log: Log): Promise<Stores & { close(): Promise<void> }> {
  return config.redisUrl ? openRedis(config, config.redisUrl, log) : openEmbedded(config)
}

async function openEmbedded({ dataDir, historyLimit }: Config) {
  const path = join(dataDir, 'taifas.sqlite')
  const log = await openSqliteLog({ path, historyLimit }).catch((cause: unknown) => {
    if (!(cause instanceof StoreAway)) throw cause
    throw new ConfigError([
      `DATA_DIR holds something at ${path} that can't be opened as a store: move it away, or set DATA_DIR to another folder. (${cause.message})`
    ])
  })
  return { log, presence: createPresenceMemory(), letterBox: null, close: () => log.close() }
}

async function openRedis(config: Config, url: string, log: Log) {
  // Loaded here alone: an embedded chat starts without any of it.
  const [{ createLetterBox }, { createRedisLog }, { createPresenceRedis }, { createPresenceUpstash }, redis] =
    await Promise.all([
      import('./gateway/adapter.ts'),
      import('./storage/message-log-redis.ts'),
      import('./storage/presence-redis.ts'),
      import('./storage/presence-upstash.ts'),
      import('./storage/redis.ts')
    ])
  const { redisPrefix: prefix, historyLimit, redisRest, sessionSecret, region } = config
  const onTrouble = (cause: unknown) => log.warn({ err: cause }, 'redis')
  const client = redis.connectRedis(url, { onError: onTrouble, name: `taifas-${config.instance}` })
  const messages = await createRedisLog({ client, prefix, historyLimit })
  const presence = redisRest ? createPresenceUpstash({ ...redisRest, prefix }) : createPresenceRedis({ client, prefix })
  const letterBox = createLetterBox({ url, prefix, region, secret: sessionSecret, clock: wallClock, onTrouble })
  void redis.askRedis(client).then((answer) => warnOf(answer, log), onTrouble)
  return {
    log: messages,
    presence,
    letterBox,
    async close() {
      await letterBox.close()
      await presence.close()
      await messages.close()
    }
  }
}

function warnOf({ evicts, persists }: { evicts: boolean | null; persists: boolean | null }, log: Log) {
  if (evicts)
    log.error(
      'REDIS MAY EVICT: this Redis is set to drop keys when it is full, and messages are keys. Set maxmemory-policy to noeviction.'
    )
  if (persists === false)
    log.warn('This Redis keeps no append-only file: a restart loses the newest messages. Set appendonly yes.')
}

const saysItself = (cause: unknown): cause is Error =>
  [ConfigError, FolderTaken, FolderTooNew].some((kind) => cause instanceof kind)

const isListenError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && (cause.syscall === 'listen' || cause.syscall === 'getaddrinfo')

function listenSentence(
  { code, syscall, ...rest }: NodeJS.ErrnoException,
  env: Record<string, string | undefined>
): string {
  const { port } = rest as { port?: number }
  const name = env['METRICS_PORT'] === String(port) ? 'METRICS_PORT' : 'PORT'
  if (syscall === 'getaddrinfo' || code === 'EADDRNOTAVAIL')
    return `HOST is not an address of this computer (${code}): leave it out to listen on all of them.`
  return code === 'EADDRINUSE'
    ? `${name} ${port} is taken by another program: stop it, or set ${name} to another number.`
    : `Taifas can't listen on port ${port} (${code}): set ${name} to a number above 1023, or HOST to an address of this computer.`
}

// Not import.meta.main: the oldest Node that the lockfile brings on some computers doesn't know it.
if (process.argv[1] === import.meta.filename) await main(process.env)
