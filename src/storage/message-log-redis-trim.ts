// Lua: which messages a room lets go, and how. An author who holds more than a quarter of the room pays with their own oldest
// message; otherwise the oldest of all goes. So nobody can push out what everybody else wrote.
import { STORED_VERSION } from '../contract.ts'
import { AUTHOR_SHARE, TRIM_SLICE, TRIM_SLICE_BYTES } from './store-limits.ts'

/** Needs the parts of HEADS, LOG and SIZES, and `now`. */
export const TRIM = `
-- Lets one message go. Its idempotency record stays behind. The first write frees memory, so Redis allows the others when it is full.
local function let_go(from, id, seq, entry)
  local raw = redis.call('HGET', MESSAGES, id)
  redis.call('ZREM', from, id)
  if not raw then return end
  redis.call('HDEL', MESSAGES, id)
  local m = cjson.decode(raw)
  if entry then count_out_entry(entry) else count_out(author_of(m), seq) end
  local sending = { v = ${STORED_VERSION}, kind = 'sent', id = id, message = id, seq = m.seq, of = m.seq, at = m.at, by = m.by }
  redis.call('HSET', RECORDS, id, cjson.encode(sending))
  redis.call('ZADD', AGED, now, id)
end
local function oldest_of_all(tombs)
  local first = redis.call('ZRANGE', LIVING, 0, 0, 'WITHSCORES')
  local from, id, seq = LIVING, first[1], tonumber(first[2])
  if tombs then
    local tomb = redis.call('ZRANGE', TOMBS, 0, 0, 'WITHSCORES')
    if tomb[1] and (not id or tonumber(tomb[2]) < seq) then from, id, seq = TOMBS, tomb[1], tonumber(tomb[2]) end
  end
  return from, id, seq
end
-- An author's oldest message that is still there. Entries of messages that are gone are dropped on the way.
local function oldest_by(author)
  for _ = 1, ${TRIM_SLICE_BYTES} do
    local entry, seq = oldest_entry(author)
    if not entry then return end
    local from, id = message_at(seq)
    if id then return from, id, seq, entry end
    count_out_entry(entry)
  end
end
-- Lets go of a few messages while the room holds more than it may, but never of the one that is being changed.
local function trim(author, keep, count, tombs, limit, bytes_limit)
  local prefix
  for step = 1, ${TRIM_SLICE_BYTES} do
    if total <= bytes_limit and (count <= limit or step > ${TRIM_SLICE}) then break end
    local from, id, seq, entry = oldest_of_all(tombs)
    local oldest, mine = seq, holding(author)
    if mine.count > limit * ${AUTHOR_SHARE} or mine.bytes > bytes_limit * ${AUTHOR_SHARE} then
      local its, own, place, own_entry = oldest_by(author)
      if own then from, id, seq, entry = its, own, place, own_entry end
    end
    if not id or id == keep then break end
    let_go(from, id, seq, entry)
    count = count - 1
    if seq <= oldest then prefix = seq end
  end
  -- Events before the oldest message that is kept. Others stay: they are shown with tombstones.
  if prefix then redis.call('XTRIM', LOG, 'MINID', whole(prefix) .. '-0') end
end
`
