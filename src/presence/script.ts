// Leases in Redis: one hash, a field for each instance's boot, and one script for both doors (TCP and REST). The time is the
// server's own. The script doesn't look into a lease: what it must know of one stands before it, in a line of its own.
import { readLeases, writeLease } from './lease-record.ts'
import type { Lease, PresenceStore } from './store.ts'

/**
 * KEYS[1]: the hash. ARGV: the field to write or '', then its lease, milliseconds, version, 1 when moving, the start of the
 * fields of its machine, and 1 to sweep them. A field holds "<ends at> <version> <moving>\n<lease>". Returns the leases that were
 * alive before. The hash as a whole ends with its last lease, so an empty chat leaves nothing behind.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field, lease, ms, version, moving, machine, sweep = unpack(ARGV)
local kept = redis.call('HGETALL', KEYS[1])
local live, mine, newer, succeeded = {}, false, false, false
for i = 1, #kept, 2 do
  local ends, at, isMoving, written = string.match(kept[i + 1], '^(%d+) (%d+) ([01])\\n(.*)$')
  local isOther = field ~= '' and kept[i] ~= field and isMoving == '0' and string.sub(kept[i], 1, #machine) == machine
  if not ends or tonumber(ends) <= now or (isOther and sweep == '1') then
    redis.call('HDEL', KEYS[1], kept[i])
  else
    live[#live + 1] = written
    mine = mine or kept[i] == field
    newer = newer or (kept[i] == field and tonumber(at) > tonumber(version))
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

/** Sends one command in one request. @throws StoreUnavailable */
export type Ask = (command: [string, ...string[]]) => Promise<unknown>

/** The leases of all deployments with this prefix, through any door that carries a command. */
export function leasesThrough(ask: Ask, prefix: string): Omit<PresenceStore, 'close'> {
  const key = `{${prefix}}:presence`
  const run = async (...args: string[]): Promise<Lease[]> => readLeases(await ask(['EVAL', SCRIPT, '1', key, ...args]))
  return {
    renew(lease, leaseMs, { sweep = false } = {}) {
      const { instance, boot, version, moving } = lease
      const ms = String(Math.max(1, Math.round(leaseMs)))
      const [field, machine] = [`${instance}:${boot}`, `${instance}:`]
      return run(field, writeLease(lease), ms, String(version), flag(moving), machine, flag(sweep))
    },
    world: () => run('', '', '0', '0', '0', '', '0'),
    async release(instance, boot) {
      await ask(['HDEL', key, `${instance}:${boot}`])
    }
  }
}

const flag = (on: boolean) => (on ? '1' : '0')
