// Frees memory in a room.
import { script } from '../../../redis/scripts.ts'
import { RECORDS_KEPT_FULL_MS, RELIEF_SLICE } from '../../limits.ts'
import { HEADS, LOG, RECORDS } from './parts.ts'
import { SIZES } from './sizes.ts'
import { TRIM } from './trim.ts'

/** Slices of uncounted messages that it counts. */
const RELIEF_COUNTS = 30
/** Without an author to blame, a room keeps its newest messages. */
const ROOM_KEEPS = 200

// Frees memory in a room, also while Redis refuses everything that could need more: its first write can't.
// KEYS as for an append. ARGV: room, time or '', then 'author' and whose messages go; or 'count' to find out whose there are, or
// 'oldest' to let the oldest go as well.
// Answers how many messages and records it let go or counted.
export const relieveScript = script(
  HEADS,
  LOG,
  RECORDS,
  SIZES,
  TRIM,
  `
C.now = time_of(ARGV[2])
local author, records = ARGV[4], redis.call('ZCARD', AGED)
local tombs = redis.call('ZCARD', TOMBS)
local left = redis.call('ZCARD', LIVING) + tombs - ${ROOM_KEEPS}
redis.call('HLEN', RECORDS)
local kept = redis.call('HGET', HEADS, ARGV[1])
local seq = kept and tonumber(string.match(kept, '^%S+ (%d+)')) or 0
C.open_sizes(author, seq, redis.pcall('HMGET', KEYS[9], '@', '#', author))
C.tend('HDEL', KEYS[9], '~')
C.begin_sizes()
forget_records(records, C.now - ${RECORDS_KEPT_FULL_MS}, math.huge, ${RELIEF_SLICE})
local done = records - redis.call('ZCARD', AGED)
local before = C.counted
for _ = 1, ${RELIEF_COUNTS} do if C.counted < seq then C.count_on(seq) end end
if C.counted > before then done = done + 1 end
for _ = 1, ${RELIEF_SLICE} do
  local from, id, place, entry
  if ARGV[3] == 'author' then from, id, place, entry = C.oldest_by(author)
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
