// Lua: which messages a room lets go, and how. An author who holds more than a quarter of the room pays with their own oldest
// message; otherwise the oldest of all goes. So nobody can push out what everybody else wrote.
import { STORED_VERSION } from '../contract.ts'
import { AUTHOR_SHARE, TRIM_SLICE, TRIM_SLICE_BYTES } from './store-limits.ts'

/** Needs the part SIZES, whose table it adds to, and `C.now`. */
export const TRIM = `
-- Lets one message go. Its idempotency record stays behind. The first write frees memory, so Redis allows the others when it is full.
function C.let_go(from, id, seq, entry)
  local raw = redis.call('HGET', KEYS[4], id)
  redis.call('ZREM', from, id)
  if not raw then return end
  redis.call('HDEL', KEYS[4], id)
  local m = cjson.decode(raw)
  if entry then C.count_out_entry(entry) else C.count_out(C.author_of(m), seq) end
  local sending = { v = ${STORED_VERSION}, kind = 'sent', id = id, message = id, seq = m.seq, of = m.seq, at = m.at, by = m.by }
  redis.call('HSET', KEYS[7], id, cjson.encode(sending))
  redis.call('ZADD', KEYS[8], C.now, id)
end
function C.oldest_of_all(tombs)
  local first = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
  local from, id, seq = KEYS[5], first[1], tonumber(first[2])
  if tombs then
    local tomb = redis.call('ZRANGE', KEYS[6], 0, 0, 'WITHSCORES')
    if tomb[1] and (not id or tonumber(tomb[2]) < seq) then from, id, seq = KEYS[6], tomb[1], tonumber(tomb[2]) end
  end
  return from, id, seq
end
-- An author's oldest message that is still there. Entries of messages that are gone are dropped on the way.
function C.oldest_by(author)
  for _ = 1, ${TRIM_SLICE_BYTES} do
    local entry, seq = C.oldest_entry(author)
    if not entry then return end
    local from, id = C.message_at(seq)
    if id then return from, id, seq, entry end
    C.count_out_entry(entry)
  end
end
-- Lets go of a few messages while the room holds more than it may, but never of the one that is being changed.
function C.trim(author, keep, count, tombs, limit, slack, bytes_limit, bytes_after)
  local most = count > limit + slack and limit or limit + slack
  local most_bytes = C.total > bytes_limit and bytes_after or bytes_limit
  local prefix
  for step = 1, ${TRIM_SLICE_BYTES} do
    if C.total <= most_bytes and (count <= most or step > ${TRIM_SLICE}) then break end
    local from, id, seq, entry = C.oldest_of_all(tombs)
    local oldest, mine = seq, C.holding(author)
    if mine.count > limit * ${AUTHOR_SHARE} or mine.bytes > bytes_limit * ${AUTHOR_SHARE} then
      local its, own, place, own_entry = C.oldest_by(author)
      if own then from, id, seq, entry = its, own, place, own_entry end
    end
    if not id or id == keep then break end
    C.let_go(from, id, seq, entry)
    count = count - 1
    if seq <= oldest then prefix = seq end
  end
  -- Events before the oldest message that is kept. Others stay: they are shown with tombstones.
  if prefix then redis.call('XTRIM', KEYS[3], 'MINID', C.whole(prefix) .. '-0') end
end
`
