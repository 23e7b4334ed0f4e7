// Lua, in an append: a repetition of what is stored, and all that refuses a change, but for the message that it is about.
import { COMPARE_EVERY } from '../../limits.ts'

/**
 * Uses the arguments and the first locals of append.ts. Leaves `as_of`, `stored` (the room, where it was read), `slow` (milliseconds
 * between the person's messages, where slow mode counts), `slowed` (whom it slows down), and `now` where something needed it.
 */
export const REFUSALS = `
local function repeat_of(stored)
  local kept = cjson.decode(stored)
  if not record then kept.kind, kept.message = 'sent', id end
  local author = kept.by.id == cjson.null and '' or kept.by.id
  local same_author = author == person and (person ~= '' or kept.by.name == name)
  if not same_author or kept.kind ~= kind or kept.message ~= target then return {'id-taken'} end
  local before = kept.seq > 1 and event_at(kept.seq - 1)
  local message = redis.call('HGET', MESSAGES, kept.message)
  return {'repeated', epoch, whole(kept.seq - 1), before and before.id or '', record or '', message, '0'}
end
if record then return repeat_of(record) end
-- The caller has seen that the room has no settings, and none have changed since. An instance that notes no changes may have made some.
local as_of, is_open = '=' .. (settings_end or ''), not string.find(room, '--', 1, true)
local has_none = ARGV[#ARGV - 4] == as_of and is_open and (seq + 1) % ${COMPARE_EVERY} ~= 0
local stored = not has_none and redis.call('HGET', ROOMS, room) or ''
if not is_open or string.find(stored, '"rev":', 1, true) then as_of = '' end
-- A mute or a ban of which the instance may not know yet: the shared table has changed since it looked. See people/restrictions.ts.
local is_unknown = person ~= '' and table_end ~= '- 0 ' .. ARGV[#ARGV - 3]
local standing = is_unknown and redis.call('HGET', KEYS[#KEYS - 1], 'person:' .. person)
local is_restricted = standing and string.find(standing, 'edUntil":', 1, true)
-- A repetition is never refused. Where nothing can refuse a message, its write finds out.
local is_plain = kind == 'sent' and ARGV[9] == '' and as_of ~= '' and not is_restricted
local sent = not is_plain and redis.call('HGET', MESSAGES, id)
if sent then return repeat_of(sent) end

-- A quote in a text is escaped, so only a member's entry looks like this.
if not is_open then
  local is_everywhere = kind == 'removed' and ARGV[#ARGV - 2] == '2'
  if not is_everywhere and not string.find(stored, '"' .. person .. '":{', 1, true) then return {'no-room'} end
  if kind ~= 'removed' and string.find(stored, '"silent":true', 1, true) then return {'blocked'} end
end
-- Settings of the room, if it ever had one: those that refuse the change, and slow mode for the ordinary person.
local slow, is_moderator = nil, ARGV[#ARGV - 2] ~= '0'
if kind ~= 'removed' and string.find(stored, '"rev":', 1, true) then
  local settings = cjson.decode(stored)
  if settings.archived then return {'room-closed'} end
  if kind ~= 'reacted' and not is_moderator and (person == '' or settings.by ~= person) then
    if settings.readOnly then return {'read-only'} end
    slow = kind == 'sent' and settings.slowSeconds and settings.slowSeconds * 1000
  end
end
local slowed, now = ARGV[#ARGV - 1], slow and time_of(ARGV[4])
if is_restricted then
  now, standing = now or time_of(ARGV[4]), cjson.decode(standing)
  for _, what in ipairs({'banned', 'muted'}) do
    local left = (standing[what .. 'Until'] or 0) - now
    if left > 0 and (what == 'banned' or kind ~= 'removed') then return {what, whole(left), standing.reason or ''} end
  end
end
if slow then
  local wait = (tonumber(redis.call('ZSCORE', KEYS[#KEYS], slowed)) or -slow) + slow - now
  if wait > 0 then return {'slow-mode', whole(wait)} end
end
`
