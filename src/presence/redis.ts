// Leases in Redis, over its own protocol or over REST as Upstash speaks it: one hash with a field for each instance's boot, and one
// script for both. The time is the Redis server's.
import { createHash } from 'node:crypto'
import { StoreUnavailable } from '../errors.ts'
import type { Ask } from '../redis/commands.ts'
import type { RedisClient } from '../redis/connection.ts'
import { createRun, script, TIME } from '../redis/scripts.ts'
import { decodeLeases, encodeLease, idOf, type Lease } from './lease.ts'
import type { PresenceStore } from './store.ts'

/** Longer than the slowest answer across an ocean, shorter than the interval of renewals. */
export const PRESENCE_DEADLINE_MS = 2_500
/** Redis' time is asked for again after this long. In between, the clock of this process says how much of it has passed. */
const TIME_KNOWN_MS = 60_000
/** A time whose answer took longer is asked for again with the next call: leases would end so much too early until then. */
const TIME_ANSWERED_WITHIN_MS = 500
/**
 * The hash lasts this long, so that the names in the lease of a last instance that was killed are gone then. Its end is set with the first
 * write of each lease, and once in each interval by the first of all instances that writes in it, so that it outlives each lease.
 */
export const HASH_LASTS_MS = 60_000
export const HASH_END_SET_EVERY_MS = 45_000
/** A line of a lease that the other side has travels as so many digits of its digest. */
const SHORT_DIGEST = 10
/** The caller's time is not believed when a lease ends so much later than one that is written now would. */
const TIME_BEHIND_MS = 2_000

/**
 * Commands go through `ask`, which belongs to the caller and stays open when the store is closed. `client`: the connection behind it,
 * or null over REST.
 */
export function createPresenceRedis(options: { ask: Ask; client: RedisClient | null; prefix: string }): PresenceStore {
  const { ask, client, prefix } = options
  const key = `{${prefix}}:presence`
  const runScript = createRun(client, ask)
  let closed = false
  /** The leases of the last answer, by their digests. */
  let known = new Map<string, Known>()
  /** As it was written last; null after it was ended. */
  let own: Known | null = null
  let time = { ofRedis: 0, here: -Infinity }

  function timeNow(): string {
    const passed = performance.now() - time.here
    return passed < TIME_KNOWN_MS ? `${Math.floor(time.ofRedis + passed)}` : ''
  }

  /** Null when Redis has no lease of the digest that was to be renewed, or not the lines that were left out. */
  async function run(...args: (string | number)[]): Promise<Lease[] | null> {
    if (closed) throw new StoreUnavailable('closed')
    const before = new Map(own ? [...known, [own.digest, own]] : known)
    const others = [...known.values()].filter(({ digest }) => digest !== own?.digest)
    const lines = new Map(others.flatMap((one) => [...one.lines]))
    const has = [[...lines.keys()].join(''), ...before.keys()]
    const askedAt = performance.now()
    const answer = await runScript(RENEWAL, [key], [...args.map(String), timeNow(), ...has])
    if (!Array.isArray(answer)) return null
    const [at, ...leases] = answer.map(String)
    // The answer took a while: this time is a little behind, never ahead.
    const here = performance.now()
    if (at && here - askedAt <= TIME_ANSWERED_WITHIN_MS) time = { ofRedis: Number(at), here }
    const found = leases.map((one) => before.get(one) ?? read(eachLine(one, (line) => lines.get(line) ?? line)))
    known = new Map(found.map((one) => [one.digest, one]))
    return found.flatMap(({ leases }) => leases)
  }

  return {
    async renew(lease, leaseMs, { sweep = false } = {}) {
      const { instance, version, moving } = lease
      const text = encodeLease(lease)
      const write = (what: string) =>
        run(idOf(lease), what, Math.round(leaseMs), version, Number(moving), `${instance}:`, Number(sweep))
      const writing = knownAs(text, [lease])
      const { digest, lines } = own ?? writing
      const short =
        digest === writing.digest ? digest : eachLine(text, (line) => (lines.has(shortOf(line)) ? shortOf(line) : line))
      const leases = (own && (await write(short))) ?? (await write(text)) ?? []
      own = leaseMs > 0 ? writing : null
      return leases
    },

    async close() {
      closed = true
    }
  }
}

/** A stored lease: none when it can't be read. `lines`: by their short digests. */
interface Known {
  digest: string
  leases: Lease[]
  lines: Map<string, string>
}

const knownAs = (text: string, leases: Lease[]): Known => ({
  digest: digestOf(text),
  leases,
  lines: new Map(text.split('\n').map((line) => [shortOf(line), line]))
})
const read = (text: string) => knownAs(text, decodeLeases([text]))

const digestOf = (text: string) => createHash('sha1').update(text).digest('hex')
const shortOf = (line: string) => digestOf(line).slice(0, SHORT_DIGEST)
const eachLine = (text: string, change: (line: string) => string) => text.split('\n').map(change).join('\n')

/**
 * Writes one lease and reads all. It does not parse leases; what it needs stands in a line before each.
 * KEYS[1]: the hash. ARGV: the field to write, its lease or the lease's digest, milliseconds (0 ends it), version, 1 when moving, the
 * prefix of the fields of its machine, 1 to sweep them, Redis' time if it is known, the short digests of lines that the caller has, and
 * the digests of the leases that it has. A field holds "<ends at> <version> <moving>\n<lease>". Lines of a lease that both sides have
 * are written as their short digests. Returns the time if that was not known, and the leases that were alive before, those that the
 * caller has as their digest; or false when the lease of a given digest, or a line of a given one, is not stored. The hash expires some
 * time after its last lease, so an empty chat leaves nothing behind.
 */
const RENEWAL = script(
  TIME,
  `
local field, lease, ms, version, moving, machine, sweep, given, lines = unpack(ARGV)
local life, latest = tonumber(ms), 0
local has, own = {}, {}
for n = 10, #ARGV do has[ARGV[n]] = true end
for line in string.gmatch(lines, string.rep('%x', ${SHORT_DIGEST})) do has[line] = true end
local function short(line) return string.sub(redis.sha1hex(line), 1, ${SHORT_DIGEST}) end
local function each_line(text, change)
  local changed = {}
  for line in string.gmatch(text .. '\\n', '(.-)\\n') do
    local new = change(line)
    if not new then return nil end
    changed[#changed + 1] = new
  end
  return table.concat(changed, '\\n')
end
local function abbreviated(line)
  local digest = short(line)
  return has[digest] and digest or line
end
local stored = redis.call('HGETALL', KEYS[1])
local now = tonumber(given)
for i = 2, #stored, 2 do
  if now and (tonumber(string.match(stored[i], '^%d+ ')) or 0) > now + life + ${TIME_BEHIND_MS} then now = nil end
end
now = now or time_of('')
local live, mine, newer, succeeded = {string.format('%.0f', now)}, false, false, false
if tonumber(given) == now then live[1] = '' end
for i = 1, #stored, 2 do
  local ends, at, isMoving, written = string.match(stored[i + 1], '^(%d+) (%d+) ([01])\\n(.*)$')
  local isOther = stored[i] ~= field and isMoving == '0' and string.sub(stored[i], 1, #machine) == machine
  if not ends or tonumber(ends) <= now or (isOther and sweep == '1') then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    local digest = redis.sha1hex(written)
    live[#live + 1] = has[digest] and digest or each_line(written, abbreviated)
    latest = math.max(latest, tonumber(ends))
    if stored[i] == field then
      mine = true
      newer = tonumber(at) > tonumber(version)
      if lease == digest then lease = written
      else each_line(written, function(line) own[short(line)] = line return line end) end
    end
    succeeded = succeeded or isOther
  end
end
if not newer and (mine or not succeeded) then
  lease = each_line(lease, function(line)
    if string.find(line, '^%x+$') then return own[line] end
    return line
  end)
  if not lease then return false end
  redis.call('HSET', KEYS[1], field, string.format('%.0f', now + life) .. ' ' .. version .. ' ' .. moving .. '\\n' .. lease)
  if life == 0 then
    redis.call('HDEL', KEYS[1], field)
  elseif not mine or math.floor((latest - life) / ${HASH_END_SET_EVERY_MS}) ~= math.floor(now / ${HASH_END_SET_EVERY_MS}) then
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(latest, now + life, now + ${HASH_LASTS_MS})))
  end
end
return live
`
)
