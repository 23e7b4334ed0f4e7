// Leases in Redis, over its own protocol or over REST as Upstash speaks it: one hash with a field for each instance's boot, and one
// script for both. The time is the Redis server's. The script does not parse leases; what it needs stands in a line before each.
import type { Redis } from '@upstash/redis'
import { StoreUnavailable } from '../errors.ts'
import { asStoreError } from '../redis/errors.ts'
import { decodeLeases, encodeLease, idOf, type Lease } from './lease.ts'
import type { PresenceStore } from './store.ts'

/** Longer than the slowest answer across an ocean, shorter than the interval of reads. */
export const PRESENCE_DEADLINE_MS = 2_500
/** An idle HTTP connection may have been closed at the other end; the retry opens a new one. Writing a lease twice changes nothing. */
const REST_RETRY = { retries: 1, backoff: () => 50 }

/**
 * KEYS[1]: the hash. ARGV: the field to write or '', then its lease, milliseconds, version, 1 when moving, the prefix of the
 * fields of its machine, and 1 to sweep them. A field holds "<ends at> <version> <moving>\n<lease>". Returns the leases that were
 * alive before. The hash expires with its last lease, so an empty chat leaves nothing behind.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field, lease, ms, version, moving, machine, sweep = unpack(ARGV)
local stored = redis.call('HGETALL', KEYS[1])
local live, mine, newer, succeeded = {}, false, false, false
for i = 1, #stored, 2 do
  local ends, at, isMoving, written = string.match(stored[i + 1], '^(%d+) (%d+) ([01])\\n(.*)$')
  local isOther = field ~= '' and stored[i] ~= field and isMoving == '0' and string.sub(stored[i], 1, #machine) == machine
  if not ends or tonumber(ends) <= now or (isOther and sweep == '1') then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    live[#live + 1] = written
    mine = mine or stored[i] == field
    newer = newer or (stored[i] == field and tonumber(at) > tonumber(version))
    succeeded = succeeded or isOther
  end
end
if field ~= '' and not newer and (mine or not succeeded) then
  local ends = string.format('%.0f', now + tonumber(ms))
  redis.call('HSET', KEYS[1], field, ends .. ' ' .. version .. ' ' .. moving .. '\\n' .. lease)
  if redis.call('PTTL', KEYS[1]) < tonumber(ms) then redis.call('PEXPIRE', KEYS[1], ms) end
end
return live
`

/** The part of a node-redis client that the store uses. */
export interface CommandClient {
  sendCommand(command: string[], options: { abortSignal: AbortSignal }): Promise<unknown>
}

type StoreOptions = { prefix: string; deadlineMs?: number }

/** Closing the store leaves the client open: it belongs to the caller. */
export function createPresenceRedis(options: StoreOptions & { client: CommandClient }): PresenceStore {
  const { client, prefix, deadlineMs = PRESENCE_DEADLINE_MS } = options
  return leasesThrough(async (command) => {
    // The client waits for a connection that is being opened; a command that cannot be written in time is withdrawn, not kept for later.
    const abortSignal = AbortSignal.timeout(deadlineMs)
    const { promise: expired, reject } = Promise.withResolvers<never>()
    const deadline = setTimeout(() => reject(new StoreUnavailable(`no answer within ${deadlineMs} ms`)), deadlineMs)
    try {
      return await Promise.race([client.sendCommand(command, { abortSignal }), expired])
    } catch (cause) {
      throw cause instanceof StoreUnavailable ? cause : asStoreError(cause)
    } finally {
      clearTimeout(deadline)
    }
  }, prefix)
}

/** Loads the REST client with the first command, so that deployments without REST never load it. */
export function createPresenceUpstash(options: StoreOptions & { url: string; token: string }): PresenceStore {
  const { url, token, prefix, deadlineMs = PRESENCE_DEADLINE_MS } = options
  const settings = {
    url,
    token,
    retry: REST_RETRY,
    // Counts from the call on, retries included. One signal for all calls would end them all for good.
    signal: () => AbortSignal.timeout(deadlineMs),
    // A person may be called "123", "true" or "null".
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false
  }
  let redis: Promise<Redis> | undefined
  return leasesThrough(async (command) => {
    redis ??= import('@upstash/redis').then((client) => new client.Redis(settings))
    const client = await redis
    try {
      return await client.exec(command)
    } catch (cause) {
      throw asStoreError(new Error(reasonOf(cause)))
    }
  }, prefix)
}

/** A store on any transport that sends one command in one request. `send` @throws StoreUnavailable, or the refusal that a repetition would bring back */
export function leasesThrough(
  send: (command: [string, ...string[]]) => Promise<unknown>,
  prefix: string
): PresenceStore {
  const key = `{${prefix}}:presence`
  let closed = false
  async function call(...command: [string, ...string[]]): Promise<unknown> {
    if (closed) throw new StoreUnavailable('closed')
    return send(command)
  }
  const run = async (...args: (string | number)[]): Promise<Lease[]> =>
    decodeLeases(await call('EVAL', SCRIPT, '1', key, ...args.map(String)))
  return {
    renew(lease, leaseMs, { sweep = false } = {}) {
      const { instance, version, moving } = lease
      const ms = Math.max(1, Math.round(leaseMs))
      return run(idOf(lease), encodeLease(lease), ms, version, Number(moving), `${instance}:`, Number(sweep))
    },
    leases: () => run('', '', 0, 0, 0, '', 0),
    async release(instance, boot) {
      await call('HDEL', key, idOf({ instance, boot }))
    },
    async close() {
      closed = true
    }
  }
}

/** The client's errors carry the whole command, and with it everybody's name; names do not belong in a log. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split(', command was')[0] ?? '') : String(cause)
}
