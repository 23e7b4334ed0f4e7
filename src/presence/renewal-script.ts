// Lua: writes one lease and reads all. It does not parse leases; what it needs stands in a line before each.
import { script } from '../redis/scripts.ts'

/**
 * The hash lasts this long, so that the names in the lease of a last instance that was killed are gone then. Its end is set with the first
 * write of a lease, and then again and again, so that it outlives each lease.
 */
export const HASH_LASTS_MS = 60_000
export const HASH_END_SET_EVERY_MS = 45_000
/** A line of a lease that the other side has travels as so many digits of its digest. */
export const SHORT_DIGEST = 10
/** The caller's time is not believed when a lease ends so much later than one that is written now would. */
const TIME_BEHIND_MS = 2_000

/**
 * KEYS[1]: the hash. ARGV: the field to write, its lease or the lease's digest, milliseconds, version, 1 when moving, the
 * prefix of the fields of its machine, 1 to sweep them, Redis' time if it is known, the short digests of lines that the caller has, and
 * the digests of the leases that it has. A field holds "<ends at> <version> <moving>\n<lease>". Lines of a lease that both sides have are
 * written as their short digests. Returns the time if that was not known, and the leases that were alive before, those that the caller has as their digest; or
 * false when the lease of a given digest, or a line of a given one, is not stored. The hash expires some time after its last lease, so an
 * empty chat leaves nothing behind.
 */
export const RENEWAL = script(`
local field, lease, ms, version, moving, machine, sweep, given, lines = unpack(ARGV)
local life, latest, was = tonumber(ms), 0, 0
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
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
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
      mine, was = true, tonumber(ends)
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
  elseif not mine or math.floor((was - life) / ${HASH_END_SET_EVERY_MS}) ~= math.floor(now / ${HASH_END_SET_EVERY_MS}) then
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(latest, now + life, now + ${HASH_LASTS_MS})))
  end
end
return live
`)
