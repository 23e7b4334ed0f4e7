// Frees memory in a room that holds much, or more than a limit that was lowered.
import { script } from '../../../redis/scripts.ts'
import { RECORDS_KEPT_FULL_MS, RECORDS_KEPT_MS, RELIEF_SLICE } from '../../limits.ts'
import { MENTIONS } from './mentions.ts'
import { HEADS, LOG, RECORDS } from './parts.ts'
import { SIZES } from './sizes.ts'
import { TRIM } from './trim.ts'

/** Slices of uncounted messages that it counts. */
const RELIEF_COUNTS = 30
/** Without an author to blame, a room keeps its newest messages. */
export const ROOM_KEEPS = 200

// Frees memory in a room, also while Redis refuses everything that could need more: its first write can't.
// KEYS as for an append. ARGV: room, time or '', then 'author' and whose messages go; or 'count' to find out whose there are, or
// 'oldest' to let the oldest go as well; or 'limits', and the most messages and bytes of a room.
// Answers how many messages and records it let go or counted.
export const relieveScript = script(
  HEADS,
  LOG,
  RECORDS,
  MENTIONS,
  SIZES,
  TRIM,
  `
C.now = time_of(ARGV[2])
local author, records = ARGV[4], redis.call('ZCARD', AGED)
local limits = ARGV[3] == 'limits'
local most, most_bytes = limits and tonumber(ARGV[5]) or ${ROOM_KEEPS}, tonumber(ARGV[6])
local tombs = redis.call('ZCARD', TOMBS)
local left = redis.call('ZCARD', LIVING) + tombs - most
redis.call('HLEN', RECORDS)
local head = redis.call('HGET', HEADS, ARGV[1])
local seq = head and tonumber(string.match(head, '^%S+ (%d+)')) or 0
C.open_sizes(author, seq, redis.pcall('HMGET', KEYS[9], '@', '#', author))
C.tend('HDEL', KEYS[9], '~')
C.begin_sizes()
local authors = {}
if limits then
  local all = C.tend('HGETALL', KEYS[9])
  for n = 1, #all, 2 do
    C.remember(all[n], all[n + 1])
    if C.exceeds_share(all[n], most, most_bytes) then authors[#authors + 1] = all[n] end
  end
end
forget_records(records, C.now - (limits and ${RECORDS_KEPT_MS} or ${RECORDS_KEPT_FULL_MS}), math.huge, ${RELIEF_SLICE})
local done = records - redis.call('ZCARD', AGED)
local before = C.counted
for _ = 1, ${RELIEF_COUNTS} do if C.counted < seq then C.count_on(seq) end end
if C.counted > before then done = done + 1 end
for _ = 1, ${RELIEF_SLICE} do
  local from, id, place, entry
  if ARGV[3] == 'author' then from, id, place, entry = C.oldest_by(author)
  elseif limits and (left > 0 or C.total > most_bytes) then
    while authors[1] and not C.exceeds_share(authors[1], most, most_bytes) do table.remove(authors, 1) end
    if authors[1] then from, id, place, entry = C.oldest_by(authors[1]) end
    if not id then from, id, place = C.oldest_of_all(tombs > 0) end
  elseif ARGV[3] == 'oldest' and left > 0 then from, id, place = C.oldest_of_all(tombs > 0) end
  if not id then break end
  C.let_go(from, id, place, entry)
  left, done = left - 1, done + 1
end
C.write_gone()
C.save_sizes()
-- Nothing of this author is left here, whatever was counted.
if done == 0 and ARGV[3] == 'author' then C.weigh(author, 0) end
return done
`
)
