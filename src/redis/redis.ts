// The connection to Redis that the log (and presence, without a REST door) speaks through.
import { RedisClient as Client } from 'redis'
import { backoffMs, jittered } from '../backoff.ts'

/** Waits between attempts to connect. */
const RECONNECT = { minMs: 50, maxMs: 2_000 }
const CONNECT_MS = 5_000
/** Questions waiting for Redis at once; more are refused, because an outage must not become a queue without end. */
const QUESTIONS_MAX = 4_096

export type RedisClient = ReturnType<typeof connectRedis>

/**
 * Connects in the background and never gives up; questions asked meanwhile wait. `rediss://` speaks TLS.
 * @param options.onError hears of every lost connection and failed attempt
 * @param options.name shown in CLIENT LIST
 */
export function connectRedis(url: string, { onError, name }: { onError: (cause: unknown) => void; name: string }) {
  // Not by `createClient`: that gives each client a method for each of 400 commands, and takes longer than all else at the start.
  const client = new Client({
    url,
    // Our answers are lists of strings, the same in both versions; version 2 needs no HELLO, which not every host knows.
    RESP: 2,
    commandsQueueMaxLength: QUESTIONS_MAX,
    disableClientInfo: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: reconnectIn }
  })
  client.on('error', onError)
  // Not by the client's own option: a host that refuses the command would refuse the connection.
  const label = name.replaceAll(/[^!-~]/g, '-')
  client.on('ready', () => void client.sendCommand(['CLIENT', 'SETNAME', label]).catch(() => {}))
  client.connect().catch(onError)
  return client
}

/** Never gives up. */
export const reconnectIn = (retries: number): number => jittered(backoffMs(retries, RECONNECT))

/** What Redis says of itself; null where it doesn't say, as hosted ones do. */
export interface RedisNature {
  /** May drop keys that have no expiry, which messages are, when its memory is full. */
  evicts: boolean | null
  /** Keeps an append-only file. */
  persists: boolean | null
}

/** Waits for the first connection. Never rejects. */
export async function askRedis(client: RedisClient): Promise<RedisNature> {
  if (!client.isReady) await new Promise<void>((resolve) => client.once('ready', () => resolve()))
  const [policy, appendOnly] = await Promise.all([
    firstOf(setting(client, 'maxmemory-policy'), () => told(client, 'memory', 'maxmemory_policy')),
    firstOf(setting(client, 'appendonly'), () => told(client, 'persistence', 'aof_enabled'))
  ])
  return {
    evicts: policy === null ? null : policy.startsWith('allkeys-'),
    persists: appendOnly === null ? null : appendOnly === 'yes' || appendOnly === '1'
  }
}

/** Hosted ones often refuse CONFIG and answer INFO. */
const firstOf = async (one: Promise<string | null>, other: () => Promise<string | null>) => (await one) ?? other()

async function setting(client: RedisClient, name: string): Promise<string | null> {
  const answer = await asked(client, ['CONFIG', 'GET', name])
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null
}

async function told(client: RedisClient, section: string, field: string): Promise<string | null> {
  const answer = await asked(client, ['INFO', section])
  if (typeof answer !== 'string') return null
  const line = answer.split('\r\n').find((each) => each.startsWith(`${field}:`))
  return line?.slice(field.length + 1) ?? null
}

const asked = (client: RedisClient, command: string[]): Promise<unknown> =>
  client.sendCommand(command).catch(() => null)
