// Lua: how many bytes a room holds, in all and by author. The counts are kept beside the log and follow it: they need no
// scan, and they find out by themselves what an instance of an earlier build has written or trimmed.
//
// Keys of a room: sizes (hash: '#' → bytes in all, '@' → seq up to which the messages are counted, author → "messages bytes", '!' → the
// author who was last seen to hold more than an author's share),
// authors (sorted set, all scores 0: `author:seq:bytes` of each counted message, so that ranges are an author's messages by
// age, and the counts are always the sum of the entries).
// Keys of a deployment: heavy (sorted set: "room author" by blocks of bytes), weights (sorted set: author by blocks in all
// rooms, '*' by blocks of everyone). They change only when an author crosses a whole block, so small messages rarely touch them.
import { FORMER_OVERHEAD_BYTES } from '../../former-texts.ts'
import { COMPARE_EVERY, MESSAGE_OVERHEAD_BYTES, REACTION_BYTES } from '../../limits.ts'

/** Unit of `heavy` and `weights`, in bytes. A person who stores less counts as nothing there. */
export const BLOCK_BYTES = 16_384
/** Uncounted messages that are read at once: more would take too much memory when Redis has none left. */
export const COUNT_SLICE = 32
/**
 * Needs KEYS 3 to 12 (log, messages, living, tombs, records, aged, sizes, authors, heavy, weights), ARGV 1 (the room), and the
 * part HEADS. Call `open_sizes` to read, `begin_sizes` before the first change, `save_sizes` last. All of it is in one table:
 * each function holds that alone, because a function that holds many locals is slow to make, and scripts make theirs at every run.
 */
export const SIZES = `
local C = { total = 0, counted = 0, holdings = {}, anew = false, whole = whole, room = ARGV[1] }

-- The counts are never worth a refusal: keys that can't be used are deleted, and counted anew.
function C.tend(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if key == KEYS[9] or key == KEYS[10] then C.anew = true else redis.call('DEL', KEYS[11], KEYS[12]) end
  return {}
end
function C.author_of(message) return message.by.id == cjson.null and '' or message.by.id end
function C.former_bytes(message)
  local bytes = 0
  for _, one in ipairs(message.former or {}) do bytes = bytes + ${FORMER_OVERHEAD_BYTES} + #one.text end
  return bytes
end
function C.bytes_of(message)
  local people = 0
  for _, some in pairs(message.reactions or {}) do people = people + #some end
  return ${MESSAGE_OVERHEAD_BYTES} + #message.text + #message.by.name + ${REACTION_BYTES} * people + C.former_bytes(message)
end
function C.remember(author, packed)
  local count, bytes = string.match(type(packed) == 'string' and packed or '', '^(%d+) (%d+)$')
  local one = { count = tonumber(count) or 0, bytes = tonumber(bytes) or 0 }
  one.blocks = math.floor(one.bytes / ${BLOCK_BYTES})
  C.holdings[author] = one
  return one
end
function C.holding(author)
  return C.holdings[author] or C.remember(author, not C.anew and C.tend('HGET', KEYS[9], author))
end
-- With what HMGET returned for '@', '#', the author and, where it matters, '!'.
function C.open_sizes(author, seq, kept)
  local upto = tonumber(kept[1])
  if upto and upto <= seq then
    C.counted, C.total, C.heavy = upto, tonumber(kept[2]) or 0, kept[4] or nil
    C.heavy_before = C.heavy
    return C.remember(author, kept[3])
  end
  -- Never counted, or counted in a log that was set back since.
  C.anew = true
  return C.remember(author)
end
-- Before the first change of a count.
function C.begin_sizes()
  if C.anew then redis.call('DEL', KEYS[9], KEYS[10]) end
  C.anew = false
end
function C.account(author, count, bytes)
  local one = C.holding(author)
  one.count, one.bytes, one.changed = one.count + count, one.bytes + bytes, true
  C.total = C.total + bytes
end
function C.entry_of(author, seq) return author .. ':' .. string.format('%014.0f', seq) end
function C.whole_entry(author, seq, bytes) return C.entry_of(author, seq) .. ':' .. C.whole(bytes) end
function C.count_in(author, seq, bytes)
  C.tend('ZADD', KEYS[10], 0, C.whole_entry(author, seq, bytes))
  C.account(author, 1, bytes)
end
-- Takes an entry away, which says itself how much it was counted for.
function C.count_out_entry(entry)
  C.tend('ZREM', KEYS[10], entry)
  local author, bytes = string.match(entry, '^(.*):%d+:(%d+)$')
  C.account(author, -1, -tonumber(bytes))
end
function C.count_out(author, seq)
  local place = C.entry_of(author, seq)
  local entry = C.tend('ZRANGEBYLEX', KEYS[10], '[' .. place .. ':', '(' .. place .. ';', 'LIMIT', 0, 1)[1]
  if entry then C.count_out_entry(entry) end
  return entry
end
-- An author's oldest counted message: its entry and its seq.
function C.oldest_entry(author)
  local entry = C.tend('ZRANGEBYLEX', KEYS[10], '[' .. author .. ':', '(' .. author .. ';', 'LIMIT', 0, 1)[1]
  return entry, entry and tonumber(string.match(entry, ':(%d+):%d+$'))
end
-- The message at a seq: the key that orders it, and its id.
function C.message_at(seq)
  for _, key in ipairs({LIVING, KEYS[6]}) do
    local id = redis.call('ZRANGEBYSCORE', key, seq, seq, 'LIMIT', 0, 1)[1]
    if id then return key, id end
  end
end
-- Counts the next messages that were not counted when they were stored.
function C.count_on(seq)
  local found = {}
  for _, key in ipairs({LIVING, KEYS[6]}) do
    local some = redis.call('ZRANGEBYSCORE', key, '(' .. C.whole(C.counted), '+inf', 'WITHSCORES', 'LIMIT', 0, ${COUNT_SLICE})
    for n = 1, #some, 2 do found[#found + 1] = { id = some[n], seq = tonumber(some[n + 1]) } end
  end
  table.sort(found, function(a, b) return a.seq < b.seq end)
  local ids, entries = {}, {}
  for n = 1, math.min(#found, ${COUNT_SLICE}) do ids[n] = found[n].id end
  for n, raw in ipairs(ids[1] and redis.call('HMGET', KEYS[4], unpack(ids)) or {}) do
    local m = raw and cjson.decode(raw)
    if m then
      local author, bytes = C.author_of(m), C.bytes_of(m)
      entries[#entries + 1], entries[#entries + 2] = 0, C.whole_entry(author, found[n].seq, bytes)
      C.account(author, 1, bytes)
    end
    C.counted = found[n].seq
  end
  if entries[1] then C.tend('ZADD', KEYS[10], unpack(entries)) end
  if #found < ${COUNT_SLICE} then C.counted = seq end
end
-- An earlier build trims from the oldest on and leaves the entries. Looks at some, in turn.
function C.compare_counts(oldest)
  local from = C.tend('HGET', KEYS[9], '~')
  local some = C.tend('ZRANGEBYLEX', KEYS[10], type(from) == 'string' and '(' .. from or '-', '+', 'LIMIT', 0, ${COMPARE_EVERY})
  for _, entry in ipairs(some) do
    if tonumber(string.match(entry, ':(%d+):%d+$')) < oldest then C.count_out_entry(entry) end
  end
  if some[${COMPARE_EVERY}] then C.tend('HSET', KEYS[9], '~', some[${COMPARE_EVERY}]) else C.tend('HDEL', KEYS[9], '~') end
end
function C.weigh(author, blocks)
  local pair = C.room .. ' ' .. author
  local more = blocks - (tonumber(C.tend('ZSCORE', KEYS[11], pair)) or 0)
  if blocks > 0 then C.tend('ZADD', KEYS[11], blocks, pair) else C.tend('ZREM', KEYS[11], pair) end
  for _, one in ipairs({author, '*'}) do
    local left = tonumber(C.tend('ZINCRBY', KEYS[12], more, one))
    if not left or left <= 0 then C.tend('ZREM', KEYS[12], one) end
  end
end
function C.save_sizes()
  local fields = {'@', C.whole(C.counted), '#', C.whole(math.max(C.total, 0))}
  for author, one in pairs(C.holdings) do
    if one.changed then
      if one.count > 0 then
        fields[#fields + 1] = author
        fields[#fields + 1] = C.whole(one.count) .. ' ' .. C.whole(math.max(one.bytes, 0))
      else C.tend('HDEL', KEYS[9], author) end
      local blocks = math.floor(one.bytes / ${BLOCK_BYTES})
      if blocks ~= one.blocks then C.weigh(author, blocks) end
    end
  end
  if C.heavy and C.heavy ~= C.heavy_before then
    fields[#fields + 1] = '!'
    fields[#fields + 1] = C.heavy
  end
  C.tend('HSET', KEYS[9], unpack(fields))
  if C.heavy_before and not C.heavy then C.tend('HDEL', KEYS[9], '!') end
  if C.anew then redis.call('DEL', KEYS[9], KEYS[10]) end
end
`
