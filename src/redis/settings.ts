// Which of its settings a Redis reports. Hosted ones often refuse CONFIG and answer INFO, or refuse both.
import type { RedisClient } from './connection.ts'

/** Null: not reported. */
export interface RedisSettings {
  /** When its memory is full it may drop keys without an expiry, which messages are. */
  evicts: boolean | null
  /** It writes an append-only file. */
  persists: boolean | null
}

/** Never rejects. */
export async function readRedisSettings(client: RedisClient): Promise<RedisSettings> {
  const [policy, appendOnly] = await Promise.all([
    setting(client, 'maxmemory-policy', { section: 'memory', field: 'maxmemory_policy' }),
    setting(client, 'appendonly', { section: 'persistence', field: 'aof_enabled' })
  ])
  return {
    evicts: policy === null ? null : mayEvictMessages(policy),
    persists: appendOnly === null ? null : appendOnly === 'yes' || appendOnly === '1'
  }
}

/**
 * Whether a `maxmemory-policy` can drop keys without an expiry. Redis has `noeviction`, `volatile-*` and `allkeys-*`; hosted ones have
 * more, such as Upstash's `optimistic-volatile`, which takes any key once those with an expiry are gone.
 */
export const mayEvictMessages = (policy: string): boolean => policy !== 'noeviction' && !policy.startsWith('volatile-')

/** What an operator has to know of them, by level of the log. */
export function remarksOn({ evicts, persists }: RedisSettings): ['error' | 'warn' | 'info', string][] {
  const remarks: ReturnType<typeof remarksOn> = []
  if (evicts)
    remarks.push([
      'error',
      'REDIS MAY EVICT: this Redis is set to drop keys when it is full, and messages are keys. Set maxmemory-policy to noeviction.'
    ])
  if (persists === false)
    remarks.push([
      'warn',
      'This Redis keeps no append-only file: a restart loses the newest messages. Set appendonly yes.'
    ])
  if (evicts === null || persists === null) {
    const unknown = [...(evicts === null ? ['maxmemory-policy'] : []), ...(persists === null ? ['appendonly'] : [])]
    remarks.push([
      'info',
      `Unknown: ${unknown.join(' and ')}, which this Redis does not report. Where it is hosted, eviction must be off and persistence on.`
    ])
  }
  return remarks
}

async function setting(client: RedisClient, name: string, info: { section: string; field: string }) {
  const send = (command: string[]): Promise<unknown> => client.sendCommand(command).catch(() => null)
  const config = await send(['CONFIG', 'GET', name])
  if (Array.isArray(config) && typeof config[1] === 'string') return config[1]
  const lines = await send(['INFO', info.section])
  if (typeof lines !== 'string') return null
  const line = lines.split('\r\n').find((each) => each.startsWith(`${info.field}:`))
  return line?.slice(info.field.length + 1) ?? null
}
