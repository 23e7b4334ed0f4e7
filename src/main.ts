// Starts one server from the environment; on SIGTERM or SIGINT closes in reverse. The port is open first, and everything else is
// loaded behind it: a sleeping instance is woken by somebody who waits.
import { join } from 'node:path'
import { ConfigError, readConfig, type Config } from './process/config.ts'
import { wallClock } from './clock.ts'
import { servedHosts } from './access/host-names.ts'
import { endWhenIdle } from './process/idle-exit.ts'
import { listenSentence, openListener, type Listener } from './process/listener.ts'
import type { Log } from './process/logger.ts'
import { handleSignals } from './process/signals.ts'
import type { Stores } from './server.ts'
import { StoreUnavailable } from './errors.ts'

/** Longer than an orderly end ever takes, and well inside of `kill_timeout` in fly.toml. */
const END_WITHIN_MS = 30_000
const STORES_CLOSE_WITHIN_MS = 3_000

/** Runs until a signal ends it. A configuration or a folder that can't be used is a sentence and exit code 1. */
export async function main(env: Record<string, string | undefined>): Promise<void> {
  try {
    await run(readConfig(env))
  } catch (cause) {
    console.error(saysItself(cause) ? cause.message : (listenSentence(cause, env['METRICS_PORT']) ?? cause))
    process.exit(1)
  }
}

async function run(config: Config) {
  const listener = await openListener(config)
  const starting = start(config, listener)

  let ending: Promise<void> | null = null
  const end = (why: object) => void (ending ??= endInOrder(why))
  async function endInOrder(why: object) {
    // What is half there can't be closed in order, and a start takes no longer than a store that doesn't answer.
    const { log, server, closeStores } = await starting
    log.info(why, 'closing')
    setTimeout(() => {
      log.error(`closing took longer than ${END_WITHIN_MS / 1_000} s`)
      process.exit(1)
    }, END_WITHIN_MS)
    try {
      await server.close()
      // A store that is away may never answer, and holds nothing of ours that was acknowledged.
      await Promise.race([closeStores(), new Promise((done) => setTimeout(done, STORES_CLOSE_WITHIN_MS))])
      process.exit(0)
    } catch (cause) {
      log.error({ err: cause }, 'closing failed')
      process.exit(1)
    }
  }
  handleSignals(process, {
    now: () => performance.now(),
    shutDown: (signal) => end({ signal }),
    exitNow: () => process.exit(1)
  })

  const { log, server } = await starting
  const { url, gateway } = server
  log.info({ url, store: config.embedded ? config.dataDir : 'redis' }, `Taifas is at ${url}`)
  const hosts = servedHosts(config)
  if (hosts) log.info(hosts)
  const idleMs = config.idleExitMs
  if (idleMs === null) return
  endWhenIdle({
    ...listener,
    clients: gateway.connections,
    clock: wallClock,
    idleMs,
    end: () => end({ nobodyForMs: idleMs })
  })
}

async function start(config: Config, listener: Listener) {
  const { createLog } = await loaded(import('./process/logger.ts'))
  const log = createLog(config)
  // Anything that gets here was nobody's to catch; it is logged, and the chat goes on for the others.
  process.on('unhandledRejection', (cause) => log.error({ err: cause }, 'unhandled'))
  const { close: closeStores, ...stores } = await openStores(config, log)
  await loaded(import('./gateway/gateway.ts'))
  await loaded(import('./http/app.ts'))
  const { startServer } = await loaded(import('./server.ts'))
  return { log, server: await startServer(config, stores, { log, listener }), closeStores }
}

/** Loading takes most of a start. So it is done in parts, between which the loop turns: for a connection, its question, the answer. */
async function loaded<T>(part: Promise<T>): Promise<T> {
  const exports = await part
  for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done))
  return exports
}

/** The one place that chooses where things are kept. @throws FolderTaken */
export async function openStores(config: Config, log: Log): Promise<Stores & { close(): Promise<void> }> {
  return config.redisUrl ? openRedis(config, config.redisUrl, log) : openEmbedded(config)
}

async function openEmbedded({ dataDir, historyLimit, roomBytesMax, storeBytesMax }: Config) {
  const { openSqliteStores } = await loaded(import('./log/sqlite/sqlite-log.ts'))
  const { createPresenceMemory } = await import('./presence/memory.ts')
  const path = join(dataDir, 'taifas.sqlite')
  const limits = { historyLimit, roomBytesMax, ...(storeBytesMax !== null && { storeBytesMax }) }
  const { openSqliteRevocations } = await import('./sessions/sqlite.ts')
  const { log, file } = await openSqliteStores({ path, ...limits }).catch((cause: unknown) => {
    if (!(cause instanceof StoreUnavailable)) throw cause
    throw new ConfigError([
      `DATA_DIR holds something at ${path} that can't be opened as a store: move it away, or set DATA_DIR to another folder. (${cause.message})`
    ])
  })
  return {
    log,
    presence: createPresenceMemory(),
    revocations: openSqliteRevocations(file),
    redisBus: null,
    close: () => log.close()
  }
}

async function openRedis(config: Config, url: string, log: Log) {
  // Loaded here alone: an embedded chat starts without any of it.
  const { connectRedis } = await loaded(import('./redis/connection.ts'))
  const { readRedisSettings } = await import('./redis/settings.ts')
  const { redisPrefix: prefix, historyLimit, roomBytesMax, storeBytesMax, redisRest, sessionSecret, region } = config
  const onError = (cause: unknown) => log.warn({ err: cause }, 'redis')
  const client = connectRedis(url, { onError: onError, name: `taifas-${config.instance}` })
  const { createRedisLog } = await loaded(import('./log/redis/redis-log.ts'))
  const { createRedisRevocations } = await loaded(import('./sessions/redis.ts'))
  const { createRedisBus } = await loaded(import('./bus/redis-bus.ts'))
  const messages = await createRedisLog({ client, prefix, historyLimit, roomBytesMax, storeBytesMax })
  const presence = redisRest
    ? (await import('./presence/upstash.ts')).createPresenceUpstash({ ...redisRest, prefix })
    : (await import('./presence/redis.ts')).createPresenceRedis({ client, prefix })
  const redisBus = createRedisBus({ url, prefix, region, secret: sessionSecret, clock: wallClock, onError })
  void readRedisSettings(client).then((settings) => warnOf(settings, log), onError)
  return {
    log: messages,
    presence,
    revocations: createRedisRevocations({ client, prefix }),
    redisBus,
    async close() {
      await redisBus.close()
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

/** By name: the embedded store's own errors are not loaded where there is no such store. */
const saysItself = (cause: unknown): cause is Error =>
  cause instanceof Error && ['ConfigError', 'FolderTaken', 'FolderTooNew'].includes(cause.name)

// Not import.meta.main: the oldest Node that the lockfile brings on some computers doesn't know it.
if (process.argv[1] === import.meta.filename) void main(process.env)
