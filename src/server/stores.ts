// Chooses the stores by the configuration. Each is loaded only where it is used.
import type { RedisBus } from '../bus/redis-bus.ts'
import { wallClock, type Clock } from '../clock.ts'
import type { MessageLog } from '../log/message-log.ts'
import { SHRINKS } from '../log/slices.ts'
import type { AccountStore } from '../people/account-store.ts'
import type { PeopleStore } from '../people/store.ts'
import type { TableStore } from '../people/table-store.ts'
import type { PresenceStore } from '../presence/store.ts'
import type { Config } from '../process/config.ts'
import { loaded } from '../process/load.ts'
import type { Log } from '../process/logger.ts'
import type { DeviceStore } from '../sessions/device-store.ts'
import type { AlertsStore } from '../alerts/store.ts'
import type { ReadsStore } from '../reads/store.ts'
import type { RevocationStore } from '../sessions/store.ts'
import type { EmbeddedFile } from './error-report.ts'

export interface Stores {
  log: MessageLog
  presence: PresenceStore
  revocations: RevocationStore
  people: PeopleStore
  accounts: AccountStore
  devices: DeviceStore
  reads: ReadsStore
  alerts: AlertsStore
  table: TableStore
  /** How instances send each other messages; null when this process is the whole chat. */
  redisBus: RedisBus | null
  /** Null with Redis. */
  embedded: EmbeddedFile | null
  /** Whether the log of the operator says that Redis can't be reached. */
  redisOutage?: () => boolean
}

export type OpenStores = Stores & { close(): Promise<void> }

/** @throws FolderTaken, FolderTooNew, StoreDamaged, ConfigError when the embedded store can't be opened */
export async function openStores(config: Config, log: Log, clock: Clock = wallClock): Promise<OpenStores> {
  if (config.redisUrl) return openRedis(config, config.redisUrl, log, clock)
  const { openEmbedded } = await loaded(import('./embedded.ts'))
  return openEmbedded(config, log)
}

async function openRedis(config: Config, url: string, log: Log, clock: Clock): Promise<OpenStores> {
  const { connectRedis } = await loaded(import('../redis/connection.ts'))
  const { createAsk } = await import('../redis/commands.ts')
  const { createRestAsk } = await import('../redis/rest.ts')
  const { readRedisSettings, remarksOn } = await import('../redis/settings.ts')
  const { redisPrefix: prefix, redisRest, sessionSecret, region } = config
  const { createOutageLog } = await import('../process/outage-log.ts')
  const { redisErrorSentence } = await import('../redis/error-sentence.ts')
  const outage = createOutageLog({ name: 'Redis', log, now: wallClock.now })
  let hasAnswered = false
  const onError = (cause: unknown) => {
    const sentence = redisErrorSentence(url, cause, hasAnswered)
    if (sentence === null) log.warn({ err: cause }, 'Redis reported an error')
    else outage.failed(sentence, cause)
  }
  function onAnswer() {
    outage.ended()
    if (hasAnswered) return
    hasAnswered = true
    void readRedisSettings(client).then((settings) => {
      for (const [level, sentence] of remarksOn(settings)) log[level](sentence)
    }, onError)
  }
  const client = connectRedis(url, { onError, onAnswer, name: `taifas-${config.instance}` })
  const { createRedisLog } = await loaded(import('../log/redis/redis-log.ts'))
  const { createRedisRevocations } = await loaded(import('../sessions/redis.ts'))
  const { createRedisDevices } = await loaded(import('../sessions/redis-devices.ts'))
  const { createRedisAccounts } = await loaded(import('../people/redis-accounts.ts'))
  const { createRedisPeople } = await loaded(import('../people/redis.ts'))
  const { createRedisAlerts } = await loaded(import('../alerts/redis.ts'))
  const { createRedisReads } = await loaded(import('../reads/redis.ts'))
  const { createRedisTable } = await loaded(import('../people/table-redis.ts'))
  const { createRedisBus } = await loaded(import('../bus/redis-bus.ts'))
  const redisBus = createRedisBus({ url, prefix, region, secret: sessionSecret, clock, onError })
  const messages = await createRedisLog({ ...config, client, prefix, bus: redisBus, onShrink: () => log.warn(SHRINKS) })
  const { createPresenceRedis, PRESENCE_DEADLINE_MS: deadlineMs } = await import('../presence/redis.ts')
  const presence = redisRest
    ? createPresenceRedis({ ask: createRestAsk({ ...redisRest, deadlineMs }), client: null, prefix })
    : createPresenceRedis({ ask: createAsk(client, deadlineMs), client, prefix })
  return {
    log: messages,
    presence,
    revocations: createRedisRevocations({ client, prefix }),
    devices: createRedisDevices({ client, prefix }),
    accounts: createRedisAccounts({ client, prefix }),
    people: createRedisPeople({ client, prefix }),
    reads: createRedisReads({ client, prefix }),
    alerts: createRedisAlerts({ client, prefix }),
    table: createRedisTable({ client, prefix }),
    redisBus,
    embedded: null,
    redisOutage: () => outage.lasts,
    async close() {
      await redisBus.close()
      await presence.close()
      await messages.close()
    }
  }
}
