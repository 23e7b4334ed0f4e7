// Lua for read positions and mentions.
import { WHOLE_ROOM } from '../contract.ts'
import { script } from '../redis/scripts.ts'

/** After this time without reading anything, a person's positions are forgotten. */
const KEPT_MS = 90 * 86_400_000
/** Rooms whose heads are read with one command. */
const ROOMS_AT_ONCE = 1_000
/** Mentions of a person that are read, and of whole rooms: far more than somebody leaves unread. */
const MENTIONS_READ_MAX = 1_000

const WHOLE = `local function whole(number) return string.format('%.0f', number) end
`

/** Needs the heads of the open rooms and of the hidden ones as the first keys. */
const HEAD = `local function head_of(room)
  return redis.call('HGET', string.find(room, '--', 1, true) and KEYS[2] or KEYS[1], room) or ''
end
`

// KEYS: heads, hidden heads, each person's positions. ARGV: for each person '1' to put off the end of their positions, the number of
// positions, and of each the room, epoch, seq, back. Each reader brings one for each message, so a person costs two commands.
export const moveScript = script(
  WHOLE,
  HEAD,
  `
local heads, at = {}, 1
for n = 3, #KEYS do
  local puts_off, count, rooms, changed = ARGV[at] == '1', tonumber(ARGV[at + 1]), {}, {}
  at = at + 2
  for place = 1, count do rooms[place] = ARGV[at + 4 * place - 4] end
  local known = redis.call('HMGET', KEYS[n], unpack(rooms))
  for place, room in ipairs(rooms) do
    local epoch, seq, back = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    at = at + 4
    heads[room] = heads[room] or head_of(room)
    local head_epoch, head = string.match(heads[room], '^(%S+) (%d+)')
    if head_epoch == epoch then
      seq = math.min(seq, tonumber(head))
      local old_epoch, old_seq, old_back = string.match(known[place] or '', '^(%S+) (%d+) (%d+)$')
      old_seq, old_back = tonumber(old_seq), tonumber(old_back)
      if old_epoch ~= epoch or back > old_back or (back == old_back and seq > old_seq) then
        changed[#changed + 1], changed[#changed + 2] = room, epoch .. ' ' .. whole(seq) .. ' ' .. whole(back)
      end
    end
    puts_off = puts_off or not known[place]
  end
  if changed[1] then redis.call('HSET', KEYS[n], unpack(changed)) end
  if puts_off then redis.call('PEXPIRE', KEYS[n], ${KEPT_MS}) end
end
`
)

// KEYS: heads, hidden heads, a person's positions. ARGV: the room. Answers the seq, or false.
export const upToScript = script(
  HEAD,
  `
local epoch, seq = string.match(redis.call('HGET', KEYS[3], ARGV[1]) or '', '^(%S+) (%d+)')
return epoch and epoch == string.match(head_of(ARGV[1]), '^(%S+)') and tonumber(seq)
`
)

// KEYS: heads, hidden heads, a person's positions, mentions, hidden mentions, the person's hidden rooms, blocks. ARGV: the person.
// Answers { room, position, head or '', … }, the entries of mentions (log/redis/scripts/mentions.ts), and whom the person has blocked,
// if there are mentions.
export const positionsScript = script(`
local all, found, mentions = redis.call('HGETALL', KEYS[3]), {}, {}
-- The heads of the open rooms, then those of the hidden ones.
for n, is_hidden in ipairs({false, true}) do
  local rooms, positions = {}, {}
  for at = 1, #all, 2 do
    if (string.find(all[at], '--', 1, true) ~= nil) == is_hidden then
      rooms[#rooms + 1], positions[#positions + 1] = all[at], all[at + 1]
    end
  end
  for first = 1, #rooms, ${ROOMS_AT_ONCE} do
    local last = math.min(first + ${ROOMS_AT_ONCE - 1}, #rooms)
    for at, head in ipairs(redis.call('HMGET', KEYS[n], unpack(rooms, first, last))) do
      local place = #found
      found[place + 1], found[place + 2], found[place + 3] = rooms[first + at - 1], positions[first + at - 1], head or ''
    end
  end
end
for n = 4, redis.call('EXISTS', KEYS[6]) == 1 and 5 or 4 do
  for _, one in ipairs({ARGV[1], '${WHOLE_ROOM}'}) do
    for _, entry in ipairs(redis.call('ZRANGEBYLEX', KEYS[n], '(' .. one .. ':', '(' .. one .. ';', 'LIMIT', 0, ${MENTIONS_READ_MAX})) do
      mentions[#mentions + 1] = entry
    end
  end
end
return {found, mentions, mentions[1] and redis.call('HGET', KEYS[7], ARGV[1]) or ''}
`)

// KEYS: living, tombs, messages and authors of each room. ARGV: the person, the seq in each room. Answers how many messages of others
// are left after it: all that are left, less the person's own. The own ones are counted with those that were removed.
export const countScript = script(
  WHOLE,
  `
local person, counts = ARGV[1], {}
for n = 2, #ARGV do
  local at, after = (n - 2) * 4, '(' .. ARGV[n]
  local living, tombs, messages, authors = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3], KEYS[at + 4]
  local own = redis.call('ZLEXCOUNT', authors, '(' .. person .. ':' .. string.rep('0', 14 - #ARGV[n]) .. ARGV[n] .. ';', '(' .. person .. ';')
  if own > 0 then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', tombs, after, '+inf')) do
      if cjson.decode(redis.call('HGET', messages, id)).by.id == person then own = own - 1 end
    end
  end
  counts[n - 1] = redis.call('ZCOUNT', living, after, '+inf') - own
end
return counts
`
)
