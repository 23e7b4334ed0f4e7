// Chooses the stores by the configuration. Each is loaded only where it is used.
import { join } from 'node:path'
import type { RedisBus } from '../bus/redis-bus.ts'
import { wallClock } from '../clock.ts'
import { StoreUnavailable } from '../errors.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { PresenceStore } from '../presence/store.ts'
import { ConfigError, type Config } from '../process/config.ts'
import { loaded } from '../process/load.ts'
import type { Log } from '../process/logger.ts'
import type { RevocationStore } from '../sessions/store.ts'

export interface Stores {
  log: MessageLog
  presence: PresenceStore
  revocations: RevocationStore
  /** How instances send each other messages; null when this process is the whole chat. */
  redisBus: RedisBus | null
}

export type OpenStores = Stores & { close(): Promise<void> }

/** @throws FolderTaken, FolderTooNew, ConfigError when the embedded store can't be opened */
export async function openStores(config: Config, log: Log): Promise<OpenStores> {
  return config.redisUrl ? openRedis(config, config.redisUrl, log) : openEmbedded(config)
}

async function openEmbedded({ dataDir, historyLimit, roomBytesMax, storeBytesMax }: Config): Promise<OpenStores> {
  const { openSqliteStores } = await loaded(import('../log/sqlite/sqlite-log.ts'))
  const { createPresenceMemory } = await import('../presence/store.ts')
  const { openSqliteRevocations } = await import('../sessions/sqlite.ts')
  const path = join(dataDir, 'taifas.sqlite')
  const limits = { historyLimit, roomBytesMax, ...(storeBytesMax !== null && { storeBytesMax }) }
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

async function openRedis(config: Config, url: string, log: Log): Promise<OpenStores> {
  const { connectRedis } = await loaded(import('../redis/connection.ts'))
  const { readRedisSettings } = await import('../redis/settings.ts')
  const { redisPrefix: prefix, historyLimit, roomBytesMax, storeBytesMax, redisRest, sessionSecret, region } = config
  const { createOutageLog } = await import('../process/outage-log.ts')
  const { redisErrorSentence } = await import('../redis/error-sentence.ts')
  const outage = createOutageLog({ name: 'Redis', log, now: wallClock.now })
  let hasAnswered = false
  const onError = (cause: unknown) => {
    const sentence = redisErrorSentence(url, cause, hasAnswered)
    if (sentence === null) log.warn({ err: cause }, 'Redis reported an error')
    else outage.failed(sentence, cause)
  }
  const client = connectRedis(url, { onError, name: `taifas-${config.instance}` })
  client.on('ready', () => {
    hasAnswered = true
    outage.ended()
  })
  const { createRedisLog } = await loaded(import('../log/redis/redis-log.ts'))
  const { createRedisRevocations } = await loaded(import('../sessions/redis.ts'))
  const { createRedisBus } = await loaded(import('../bus/redis-bus.ts'))
  const messages = await createRedisLog({ client, prefix, historyLimit, roomBytesMax, storeBytesMax })
  const presence = redisRest
    ? (await import('../presence/redis.ts')).createPresenceUpstash({ ...redisRest, prefix })
    : (await import('../presence/redis.ts')).createPresenceRedis({ client, prefix })
  const redisBus = createRedisBus({ url, prefix, region, secret: sessionSecret, clock: wallClock, onError })
  void readRedisSettings(client).then((settings) => warnAbout(settings, log), onError)
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

function warnAbout({ evicts, persists }: { evicts: boolean | null; persists: boolean | null }, log: Log) {
  if (evicts)
    log.error(
      'REDIS MAY EVICT: this Redis is set to drop keys when it is full, and messages are keys. Set maxmemory-policy to noeviction.'
    )
  if (persists === false)
    log.warn('This Redis keeps no append-only file: a restart loses the newest messages. Set appendonly yes.')
}
