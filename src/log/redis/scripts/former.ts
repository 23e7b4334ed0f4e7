// Forgets the name of somebody who has left: it becomes as many spaces, so that the counts of bytes stay right.
import { script } from '../../../redis/scripts.ts'

const SLICE = 500

// KEYS: messages or records of a room, or the private rooms. ARGV: person, cursor of HSCAN. Answers the next cursor.
export const forgetNamesScript = script(`
local person = ARGV[1]
local function blanked(author)
  if type(author) ~= 'table' or author.id ~= person or type(author.name) ~= 'string' then return false end
  local blank = string.rep(' ', #author.name)
  if author.name == blank then return false end
  author.name = blank
  return true
end
local answer = redis.call('HSCAN', KEYS[1], ARGV[2], 'COUNT', ${SLICE})
for n = 1, #answer[2], 2 do
  local raw = answer[2][n + 1]
  if string.find(raw, person, 1, true) then
    local entry = cjson.decode(raw)
    local has_changed = blanked(entry.by)
    for _, one in ipairs(type(entry.mentions) == 'table' and entry.mentions or {}) do has_changed = blanked(one) or has_changed end
    -- A private room names its members by id.
    local member = type(entry.within) == 'table' and entry.within[person]
    if member and blanked({ id = person, name = member.name }) then
      member.name = string.rep(' ', #member.name)
      has_changed = true
    end
    if entry.kind == 'member' then
      local change = cjson.decode(entry.message)
      if blanked(change.person) then
        entry.message = cjson.encode(change)
        has_changed = true
      end
    end
    if has_changed then redis.call('HSET', KEYS[1], answer[2][n], cjson.encode(entry)) end
  end
end
return answer[1]
`)

// KEYS: the log of a room. ARGV: person. The entries of a stream can't be changed, so those that name the person go with all others:
// a client that asks for earlier events starts fresh, with the messages.
export const forgetEventsScript = script(`
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  if string.find(entry[2][4], ARGV[1], 1, true) then
    redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
    return
  end
end
`)
