// Lua: which messages a room lets go, and how. An author who holds more than a quarter of the room pays with their own oldest
// message, for what they write and for what others write; otherwise the oldest of all goes. So nobody can push out what everyone
// else wrote, nor fill a room with so much that the others push out each other.
import { STORED_VERSION } from '../../../contract.ts'
import { AUTHOR_SHARE, TRIM_SLICE, TRIM_SLICE_BYTES } from '../../limits.ts'

/** Needs the parts MENTIONS and SIZES, whose table it adds to, and `C.now`. */
export const TRIM = `
C.gone, C.windows, C.raws, C.out = {}, {}, {}, { [KEYS[5]] = {}, [KEYS[6]] = {}, ids = {}, records = {}, aged = {}, counts = {}, mentions = {} }
-- Lets one message go, once write_gone is called. Its idempotency record stays behind.
function C.let_go(from, id, seq, entry)
  local out = C.out
  C.gone[id] = true
  table.insert(out[from], id)
  local raw = C.raws[id] or redis.call('HGET', KEYS[4], id)
  if not raw then return end
  local m = cjson.decode(raw)
  for _, entry in ipairs(m.mentions and mention_entries(m) or {}) do table.insert(out.mentions, entry) end
  if entry then C.count_out_entry(entry)
  else
    -- As far as is known now; write_gone looks.
    local author, bytes = C.author_of(m), C.bytes_of(m)
    C.account(author, -1, -bytes)
    table.insert(out.counts, { author = author, seq = seq, bytes = bytes })
  end
  local sending = { v = ${STORED_VERSION}, kind = 'sent', id = id, message = id, seq = m.seq, of = m.seq, at = m.at, by = m.by }
  local n = #out.records
  out.ids[#out.ids + 1] = id
  out.records[n + 1], out.records[n + 2] = id, cjson.encode(sending)
  out.aged[n + 1], out.aged[n + 2] = C.now, id
end
-- The first writes free memory, so that Redis allows the others when it is full.
function C.write_gone()
  local out = C.out
  for _, key in ipairs({KEYS[5], KEYS[6]}) do
    if out[key][1] then redis.call('ZREM', key, unpack(out[key])) end
    out[key] = {}
  end
  if out.ids[1] then
    redis.call('HDEL', KEYS[4], unpack(out.ids))
    redis.call('HSET', KEYS[7], unpack(out.records))
    redis.call('ZADD', KEYS[8], unpack(out.aged))
  end
  if out.mentions[1] then redis.call('ZREM', KEYS[13], unpack(out.mentions)) end
  C.write_counts(out.counts)
  out.ids, out.records, out.aged, out.counts, out.mentions = {}, {}, {}, {}, {}
end
-- Takes the entries of these messages away. One that was counted otherwise, or not at all, is looked for by itself.
function C.write_counts(counts)
  if not counts[1] then return end
  local entries, present = {}, {}
  for n, one in ipairs(counts) do entries[n] = C.whole_entry(one.author, one.seq, one.bytes) end
  local scores = C.tend('ZMSCORE', KEYS[10], unpack(entries))
  for n, one in ipairs(counts) do
    if scores[n] then present[#present + 1] = entries[n]
    else
      C.account(one.author, 1, one.bytes)
      C.count_out(one.author, one.seq)
    end
  end
  if present[1] then C.tend('ZREM', KEYS[10], unpack(present)) end
end
-- The oldest of a key that is not gone yet: its id and its seq.
function C.oldest_in(key)
  local window = C.windows[key]
  if not window then
    window = { at = 1, list = redis.call('ZRANGE', key, 0, ${TRIM_SLICE}, 'WITHSCORES') }
    C.windows[key] = window
    local ids = {}
    for n = 1, #window.list, 2 do ids[#ids + 1] = window.list[n] end
    local authors = {}
    for n, raw in ipairs(ids[1] and redis.call('HMGET', KEYS[4], unpack(ids)) or {}) do
      C.raws[ids[n]] = raw or nil
      local author = raw and C.author_of(cjson.decode(raw))
      if author and not C.holdings[author] then authors[#authors + 1] = author end
    end
    for n, packed in ipairs(authors[1] and C.tend('HMGET', KEYS[9], unpack(authors)) or {}) do C.remember(authors[n], packed) end
  end
  while C.gone[window.list[window.at]] do window.at = window.at + 2 end
  if window.list[window.at] or not window.list[1] then return window.list[window.at], tonumber(window.list[window.at + 1]) end
  C.write_gone()
  C.windows[key] = nil
  return C.oldest_in(key)
end
function C.oldest_of_all(tombs)
  local from, id, seq = KEYS[5], C.oldest_in(KEYS[5])
  if tombs then
    local tomb, place = C.oldest_in(KEYS[6])
    if tomb and (not id or place < seq) then from, id, seq = KEYS[6], tomb, place end
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
function C.exceeds_share(author, limit, bytes_limit)
  local holding = C.holding(author)
  return holding.count > limit * ${AUTHOR_SHARE} or holding.bytes > bytes_limit * ${AUTHOR_SHARE}
end
-- Who pays: the author, or else the one who was last seen to hold more than their share. Nil when neither holds so much.
function C.payer(author, limit, bytes_limit)
  for _, one in ipairs({author, C.heavy or author}) do
    if C.exceeds_share(one, limit, bytes_limit) then
      C.heavy = one
      return one
    end
  end
  C.heavy = nil
end
-- Lets go of a few messages while the room holds more than it may, but never of the one that is being changed.
function C.trim(author, keep, count, tombs, limit, slack, bytes_limit, bytes_after)
  local most = count > limit + slack and limit or limit + slack
  local most_bytes = C.total > bytes_limit and bytes_after or bytes_limit
  local prefix
  for step = 1, ${TRIM_SLICE_BYTES} do
    if C.total <= most_bytes and (count <= most or step > ${TRIM_SLICE}) then break end
    local from, id, seq, entry = C.oldest_of_all(tombs)
    local oldest, payer = seq, C.payer(author, limit, bytes_limit)
    if payer then
      local its, own, place, own_entry = C.oldest_by(payer)
      if own then from, id, seq, entry = its, own, place, own_entry end
    end
    if not id or id == keep then break end
    C.let_go(from, id, seq, entry)
    count = count - 1
    if seq <= oldest then prefix = seq end
  end
  C.write_gone()
  -- Events before the oldest message that is kept. Others stay: they are shown with tombstones.
  if prefix then redis.call('XTRIM', KEYS[3], 'MINID', C.whole(prefix) .. '-0') end
end
`
