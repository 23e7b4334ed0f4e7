// Lua: how many bytes a room holds, in all and by author. The counts are kept beside the log and follow it: they need no
// scan, and they find out by themselves what an instance of an earlier build has written or trimmed.
//
// Keys of a room: sizes (hash: '#' → bytes in all, '@' → seq up to which the messages are counted, author → "messages bytes"),
// authors (sorted set, all scores 0: `author:seq:bytes` of each counted message, so that ranges are an author's messages by
// age, and the counts are always the sum of the entries).
// Keys of a deployment: heavy (sorted set: "room author" by blocks of bytes), weights (sorted set: author by blocks in all
// rooms, '*' by blocks of everybody). They change only when an author crosses a whole block, so small messages rarely touch them.
import { MESSAGE_OVERHEAD_BYTES, REACTION_BYTES } from './store-limits.ts'

/** Unit of `heavy` and `weights`, in bytes. Whoever stores less counts as nothing there. */
export const BLOCK_BYTES = 16_384
/** Messages of an earlier build that one append counts at most; more than one, so that it catches up. */
const COUNT_SLICE = 16
/** Every so many events, so many entries of `authors` are compared with the log. */
export const COMPARE_EVERY = 64

/**
 * Needs `room`, KEYS 3 to 12, and the parts HEADS and LOG. Call `open_sizes` to read, `begin_sizes` before the first change,
 * `save_sizes` last.
 */
export const SIZES = `
local SIZES, AUTHORS, HEAVY, WEIGHTS = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local total, counted, holdings, anew = 0, 0, {}, false

-- The counts are never worth a refusal: keys that can't be used are deleted, and counted anew.
local function tend(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if key == SIZES or key == AUTHORS then anew = true else redis.call('DEL', HEAVY, WEIGHTS) end
  return {}
end
local function author_of(message) return message.by.id == cjson.null and '' or message.by.id end
local function bytes_of(message)
  local people = 0
  for _, some in pairs(message.reactions or {}) do people = people + #some end
  return ${MESSAGE_OVERHEAD_BYTES} + #message.text + #message.by.name + ${REACTION_BYTES} * people
end
local function hold(author, packed)
  local count, bytes = string.match(type(packed) == 'string' and packed or '', '^(%d+) (%d+)$')
  local one = { count = tonumber(count) or 0, bytes = tonumber(bytes) or 0 }
  one.blocks = math.floor(one.bytes / ${BLOCK_BYTES})
  holdings[author] = one
  return one
end
local function holding(author)
  return holdings[author] or hold(author, not anew and tend('HGET', SIZES, author))
end
-- With what HMGET said of '@', '#' and the author.
local function open_sizes(author, seq, kept)
  local upto = tonumber(kept[1])
  if upto and upto <= seq then
    counted, total = upto, tonumber(kept[2]) or 0
    return hold(author, kept[3])
  end
  -- Never counted, or counted in a log that was set back since.
  anew = true
  return hold(author)
end
-- Before the first change of a count.
local function begin_sizes()
  if anew then redis.call('DEL', SIZES, AUTHORS) end
  anew = false
end
local function account(author, count, bytes)
  local one = holding(author)
  one.count, one.bytes, one.changed = one.count + count, one.bytes + bytes, true
  total = total + bytes
end
local function entry_of(author, seq) return author .. ':' .. string.format('%014.0f', seq) end
local function count_in(author, seq, bytes)
  tend('ZADD', AUTHORS, 0, entry_of(author, seq) .. ':' .. whole(bytes))
  account(author, 1, bytes)
end
-- Takes an entry away, which says itself how much it was counted for.
local function count_out_entry(entry)
  tend('ZREM', AUTHORS, entry)
  local author, bytes = string.match(entry, '^(.*):%d+:(%d+)$')
  account(author, -1, -tonumber(bytes))
end
local function count_out(author, seq)
  local place = entry_of(author, seq)
  local entry = tend('ZRANGEBYLEX', AUTHORS, '[' .. place .. ':', '(' .. place .. ';', 'LIMIT', 0, 1)[1]
  if entry then count_out_entry(entry) end
  return entry
end
-- An author's oldest counted message: its entry and its seq.
local function oldest_entry(author)
  local entry = tend('ZRANGEBYLEX', AUTHORS, '[' .. author .. ':', '(' .. author .. ';', 'LIMIT', 0, 1)[1]
  return entry, entry and tonumber(string.match(entry, ':(%d+):%d+$'))
end
-- The message at a seq: the key that orders it, and its id.
local function message_at(seq)
  for _, key in ipairs({LIVING, TOMBS}) do
    local id = redis.call('ZRANGEBYSCORE', key, seq, seq, 'LIMIT', 0, 1)[1]
    if id then return key, id end
  end
end
-- Counts the next messages that were not counted when they were stored.
local function count_on(seq)
  local found = {}
  for _, key in ipairs({LIVING, TOMBS}) do
    local some = redis.call('ZRANGEBYSCORE', key, '(' .. whole(counted), '+inf', 'WITHSCORES', 'LIMIT', 0, ${COUNT_SLICE})
    for n = 1, #some, 2 do found[#found + 1] = { id = some[n], seq = tonumber(some[n + 1]) } end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  for n = 1, math.min(#found, ${COUNT_SLICE}) do
    local raw = redis.call('HGET', MESSAGES, found[n].id)
    local m = raw and cjson.decode(raw)
    if m then count_in(author_of(m), found[n].seq, bytes_of(m)) end
    counted = found[n].seq
  end
  if #found < ${COUNT_SLICE} then counted = seq end
end
-- An earlier build trims from the oldest on and leaves the entries. Looks at some, in turn.
local function compare_counts(oldest)
  local from = tend('HGET', SIZES, '~')
  local some = tend('ZRANGEBYLEX', AUTHORS, type(from) == 'string' and '(' .. from or '-', '+', 'LIMIT', 0, ${COMPARE_EVERY})
  for _, entry in ipairs(some) do
    if tonumber(string.match(entry, ':(%d+):%d+$')) < oldest then count_out_entry(entry) end
  end
  if some[${COMPARE_EVERY}] then tend('HSET', SIZES, '~', some[${COMPARE_EVERY}]) else tend('HDEL', SIZES, '~') end
end
local function weigh(author, blocks)
  local pair = room .. ' ' .. author
  local more = blocks - (tonumber(tend('ZSCORE', HEAVY, pair)) or 0)
  if blocks > 0 then tend('ZADD', HEAVY, blocks, pair) else tend('ZREM', HEAVY, pair) end
  for _, one in ipairs({author, '*'}) do
    local blocks = tonumber(tend('ZINCRBY', WEIGHTS, more, one))
    if not blocks or blocks <= 0 then tend('ZREM', WEIGHTS, one) end
  end
end
local function save_sizes()
  local fields = {'@', whole(counted), '#', whole(math.max(total, 0))}
  for author, one in pairs(holdings) do
    if one.changed then
      if one.count > 0 then
        fields[#fields + 1] = author
        fields[#fields + 1] = whole(one.count) .. ' ' .. whole(math.max(one.bytes, 0))
      else tend('HDEL', SIZES, author) end
      local blocks = math.floor(one.bytes / ${BLOCK_BYTES})
      if blocks ~= one.blocks then weigh(author, blocks) end
    end
  end
  tend('HSET', SIZES, unpack(fields))
  if anew then redis.call('DEL', SIZES, AUTHORS) end
end
`
