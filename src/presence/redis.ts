// Leases in Redis, over its own protocol or over REST as Upstash speaks it: one hash with a field for each instance's boot, and one
// script for both. The time is the Redis server's. The script does not parse leases; what it needs stands in a line before each.
import { createHash } from 'node:crypto'
import type { Redis } from '@upstash/redis'
import { StoreUnavailable } from '../errors.ts'
import { asStoreError } from '../redis/errors.ts'
import { isUnknownScript, script } from '../redis/scripts.ts'
import { decodeLeases, encodeLease, idOf, type Lease } from './lease.ts'
import type { PresenceStore } from './store.ts'

/** Longer than the slowest answer across an ocean, shorter than the interval of reads. */
export const PRESENCE_DEADLINE_MS = 2_500
/** An idle HTTP connection may have been closed at the other end; the retry opens a new one. Writing a lease twice changes nothing. */
const REST_RETRY = { retries: 1, backoff: () => 50 }

/** How many times a lease's lifetime the hash outlives the last lease: its expiry is set with a lease that changed, and else once per lifetime. */
const HASH_LIVES = 3

/**
 * KEYS[1]: the hash. ARGV: the field to write or '', then its lease or the lease's digest, milliseconds, version, 1 when moving, the
 * prefix of the fields of its machine, 1 to sweep them, and the digests of the leases that the caller has. A field holds
 * "<ends at> <version> <moving>\n<lease>". Returns the leases that were alive before, those that the caller has as their digest; or
 * false when the lease of a given digest is not stored. The hash expires some time after its last lease, so an empty chat leaves nothing
 * behind.
 */
const RENEWAL = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field, lease, ms, version, moving, machine, sweep = unpack(ARGV)
local life, latest, was = tonumber(ms), 0, 0
local isWhole = string.sub(lease, 1, 1) == '{'
local has = {}
for n = 8, #ARGV do has[ARGV[n]] = true end
local stored = redis.call('HGETALL', KEYS[1])
local live, mine, newer, succeeded = {}, false, false, false
for i = 1, #stored, 2 do
  local ends, at, isMoving, written = string.match(stored[i + 1], '^(%d+) (%d+) ([01])\\n(.*)$')
  local isOther = field ~= '' and stored[i] ~= field and isMoving == '0' and string.sub(stored[i], 1, #machine) == machine
  if not ends or tonumber(ends) <= now or (isOther and sweep == '1') then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    local digest = redis.sha1hex(written)
    live[#live + 1] = has[digest] and digest or written
    latest = math.max(latest, tonumber(ends))
    if stored[i] == field then
      mine, was = true, tonumber(ends)
      newer = tonumber(at) > tonumber(version)
      if lease == digest then lease = written elseif not isWhole then return false end
    end
    succeeded = succeeded or isOther
  end
end
if field ~= '' and not newer and (mine or not succeeded) then
  if not isWhole and not mine then return false end
  redis.call('HSET', KEYS[1], field, string.format('%.0f', now + life) .. ' ' .. version .. ' ' .. moving .. '\\n' .. lease)
  if isWhole or math.floor((was - life) / life) ~= math.floor(now / life) then
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(latest, now + ${HASH_LIVES} * life)))
  end
end
return live
`)

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
  /** The leases of the last answer, and the own one, by their digests. */
  let known = new Map<string, Lease[]>()

  /** Null when Redis has no lease of the digest that was to be renewed. */
  async function run(...args: (string | number)[]): Promise<Lease[] | null> {
    const before = known
    const rest = ['1', key, ...args.map(String), ...before.keys()]
    const answer = await call('EVALSHA', RENEWAL.sha, ...rest).catch((cause: unknown) => {
      if (!isUnknownScript(cause)) throw cause
      return call('EVAL', RENEWAL.source, ...rest)
    })
    if (!Array.isArray(answer)) return null
    known = new Map(
      answer
        .map(String)
        .map((one) => (before.has(one) ? [one, before.get(one) ?? []] : [digestOf(one), decodeLeases([one])]))
    )
    return [...known.values()].flat()
  }

  return {
    async renew(lease, leaseMs, { sweep = false } = {}) {
      const { instance, version, moving } = lease
      const ms = Math.max(1, Math.round(leaseMs))
      const written = encodeLease(lease)
      const digest = digestOf(written)
      const write = (what: string) => run(idOf(lease), what, ms, version, Number(moving), `${instance}:`, Number(sweep))
      const renewed = known.has(digest) ? await write(digest) : null
      const leases = renewed ?? (await write(written)) ?? []
      known.set(digest, [lease])
      return leases
    },
    leases: async () => (await run('', '', 0, 0, 0, '', 0)) ?? [],
    async release(instance, boot) {
      await call('HDEL', key, idOf({ instance, boot }))
    },
    async close() {
      closed = true
    }
  }
}

const digestOf = (lease: string) => createHash('sha1').update(lease).digest('hex')

/** The client's errors carry the whole command, and with it everybody's name; names do not belong in a log. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split(', command was')[0] ?? '') : String(cause)
}
