// Leases in Redis, over its own protocol or over REST as Upstash speaks it: one hash with a field for each instance's boot, and one
// script for both. The time is the Redis server's. The script does not parse leases; what it needs stands in a line before each.
import { createHash } from 'node:crypto'
import { StoreUnavailable } from '../errors.ts'
import type { Ask } from '../redis/commands.ts'
import type { RedisClient } from '../redis/connection.ts'
import { createRun, script } from '../redis/scripts.ts'
import { decodeLeases, encodeLease, idOf, type Lease } from './lease.ts'
import type { PresenceStore } from './store.ts'

/** Longer than the slowest answer across an ocean, shorter than the interval of reads. */
export const PRESENCE_DEADLINE_MS = 2_500
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

/**
 * Commands go through `ask`, which belongs to the caller and stays open when the store is closed. `client`: the connection behind it,
 * or null over REST.
 */
export function createPresenceRedis(options: { ask: Ask; client: RedisClient | null; prefix: string }): PresenceStore {
  const { ask, client, prefix } = options
  const key = `{${prefix}}:presence`
  const runScript = createRun(client, ask)
  let closed = false
  /** The leases of the last answer, and the own one, by their digests. */
  let known = new Map<string, Lease[]>()

  /** Null when Redis has no lease of the digest that was to be renewed. */
  async function run(...args: (string | number)[]): Promise<Lease[] | null> {
    if (closed) throw new StoreUnavailable('closed')
    const before = known
    const answer = await runScript(RENEWAL, [key], [...args.map(String), ...before.keys()])
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
      if (closed) throw new StoreUnavailable('closed')
      await ask(['HDEL', key, idOf({ instance, boot })])
    },
    async close() {
      closed = true
    }
  }
}

const digestOf = (lease: string) => createHash('sha1').update(lease).digest('hex')
