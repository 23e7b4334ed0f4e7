// Appends one change to a room's log.
import { CATCH_UP_MAX_EVENTS } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import {
  AUTHORS_MIN,
  CHANGES_PER_DAY,
  COMPARE_EVERY,
  DAY_MS,
  RECORDS_KEPT_MS,
  RECORDS_MIN,
  RECORDS_PER_HISTORY,
  REMOVALS_PER_DAY,
  TRIM_SLICE
} from '../../limits.ts'
import { END_FIELDS } from '../keys.ts'
import { CHANGED_MESSAGE } from './changed-message.ts'
import { MENTIONS } from './mentions.ts'
import { HEADS, LOG, RECORDS, WRITE_ROOM } from './parts.ts'
import { REFUSALS } from './refusals.ts'
import { BLOCK_BYTES, COUNT_SLICE, SIZES } from './sizes.ts'
import { TRIM } from './trim.ts'

/** The stream is trimmed once in so many events, to what a catch-up may ask for. */
const TRIM_EVENTS_EVERY = 64
/** Old records are dropped once in so many events (in large rooms TRIM_SLICE), so many at a time: more than can be added meanwhile. */
const FORGET_EVERY = 4
const FORGET_SLICE = 96
/** A short message in a room that may hold this many messages and bytes is counted, and room made for it, with the next ones. */
const COUNTED_LATER_FROM = { messages: 1_000, bytes: 1_000_000 }
const COUNTED_LATER_MAX_BYTES = 1_000
/** A reader that has got an entry is back by then, also between the farthest regions. What is written meanwhile is pushed to it. */
export const READERS_AWAY_MS = 300
/** Processes of which a room remembers the newest connection: more than there are at the same time. */
const FENCES_MAX = 16

// KEYS after those of the room: sizes, authors, heavy, weights (sizes.ts), mentions; for `sent` the bus stream, if there is one,
// otherwise the author's changes of the day; last the shared table, and who wrote when in slow mode.
// ARGV: room, epoch to take if one is needed, lobby, time or '', history limit and how many more may be there, bytes the room may
// hold and how many are left when it held more, bytes that all authors may share while the store is nearly full or '', kind, id,
// author's id or '', author's name, target, known epoch, known seq, known id, rest of the envelope, then by kind:
// sent: rest of the message, its bytes, and with a bus which of its entries stay and the fields of the new one (bus-entry.ts), to
// which the script adds the message's place; edited: text, time, its mentions or ''; removed: nothing; reacted: emoji, '1' for on;
// last the state of all rooms' settings in which the room had none or '', the revision of the shared table by which the author may write
// or '', '1' for who moderates every room ('2': also private rooms that they are not in), whom slow mode slows down, and the process and
// the number of its connection. Redis may execute what it got on a connection long after the process has given that up: such a change is
// refused once one from a later connection is stored, or a sender's messages would change places.
// Answers { reason }, { reason, ms until it can be tried again }, { reason, those ms, what a moderator gave as the reason } or
// { 'kept' | 'repeated', epoch, seq before, id before, envelope or '', message or nil, '1' if the bus has its entry, and when it was kept
// the state of all rooms' settings in which the room had none or '', and the room if its pins changed }.
// All that can refuse, also a key of a wrong type or a full memory, comes before the first write or with it, or is undone.
// An ordinary message returns before the functions of the counts are even made: making them takes longer than its writes. In a large
// room it touches no count at all but once in TRIM_SLICE events, because hosted Redis bills every command.
export const appendScript = script(
  HEADS,
  LOG,
  RECORDS,
  WRITE_ROOM,
  MENTIONS,
  `
local room, limit, slack, bytes_limit = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local fresh_epoch, kind, id, person, name, target = ARGV[2], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local record, fences = unpack(redis.call('HMGET', RECORDS, id, '^'))
local process, connection = string.match(ARGV[#ARGV], '^(%S+) (%d+)$')
local newest_connection, other_fences = 0, {}
for other, newest in string.gmatch(fences or '', '(%S+) (%d+);') do
  if other == process then newest_connection = tonumber(newest)
  else other_fences[#other_fences + 1] = other .. ' ' .. newest .. ';' end
end
if tonumber(connection) < newest_connection then return redis.error_reply('LATE the process has a newer connection') end
local head, table_end, settings_end, bus_end = unpack(redis.call('HMGET', HEADS, room,
  '${END_FIELDS.table}', '${END_FIELDS.settings}', '${END_FIELDS.bus}'))
local epoch, seq, last = head_of(room, LOG, fresh_epoch, ARGV[3], head)
if not epoch then return {'no-room'} end
`,
  REFUSALS,
  CHANGED_MESSAGE,
  `
local day, changes, removals
if message then
  now = time_of(ARGV[4])
  day, changes, removals = math.floor(now / ${DAY_MS}), 0, 0
  local kept_day, so_many, so_many_removals = string.match(redis.call('GET', KEYS[14]) or '', '^(%d+) (%d+) (%d+)$')
  if tonumber(kept_day) == day then changes, removals = tonumber(so_many), tonumber(so_many_removals) end
  if kind == 'removed' then removals = removals + 1 else changes = changes + 1 end
  if changes > ${CHANGES_PER_DAY} or removals > ${REMOVALS_PER_DAY} then return {'too-fast', whole((day + 1) * ${DAY_MS} - now)} end
end
if ARGV[9] ~= '' and kind ~= 'removed' then
  local blocks = tonumber(redis.call('ZSCORE', KEYS[12], person)) or 0
  local authors = math.max(${AUTHORS_MIN}, redis.call('ZCARD', KEYS[12]) - 1)
  if blocks * ${BLOCK_BYTES} > tonumber(ARGV[9]) / authors then return {'store-full'} end
end

local next_epoch = has_lost(epoch, seq, last, ARGV[15], tonumber(ARGV[16]), ARGV[17]) and fresh_epoch or epoch
local is_counted_later = not message and ARGV[9] == '' and (seq + 1) % ${TRIM_SLICE} ~= 0
  and limit >= ${COUNTED_LATER_FROM.messages} and bytes_limit >= ${COUNTED_LATER_FROM.bytes}
  and tonumber(ARGV[20]) <= ${COUNTED_LATER_MAX_BYTES}
local tombs, count, records, sizes
if not is_counted_later then
  tombs = redis.call('ZCARD', TOMBS)
  count = redis.call('ZCARD', LIVING) + tombs
  records = redis.call('ZCARD', AGED)
  sizes = redis.pcall('HMGET', KEYS[9], '@', '#', person, '!')
end

local before_seq, before_id = seq, last
seq = seq + 1
local seq_text = whole(seq)
local of = message and message.seq or seq
local envelope = '{"seq":' .. seq_text .. ',"of":' .. (message and whole(of) or seq_text) .. ',' .. ARGV[18]
local place, stands = seq_text .. '-0', nil
if message then
  if kind == 'removed' then
    -- A removal frees memory. As the first write it is allowed when Redis is full, and with it all that follows.
    redis.call('XLEN', LOG)
    redis.call('ZREM', LIVING, target)
  end
  redis.call('XADD', LOG, place, 'm', target, 'e', envelope)
  message.rev = seq
  stands = cjson.encode(message)
  redis.call('HSET', MESSAGES, target, stands)
  redis.call('HSET', RECORDS, id, envelope)
  redis.call('ZADD', AGED, now, id)
  redis.call('SET', KEYS[14], whole(day) .. ' ' .. whole(changes) .. ' ' .. whole(removals), 'PX', ${2 * DAY_MS})
  if kind == 'removed' then
    redis.call('ZADD', TOMBS, of, target)
    tombs = tombs + 1
  end
else
  stands = '{"seq":' .. seq_text .. ',"rev":' .. seq_text .. ',' .. ARGV[19]
  if redis.call('HSETNX', MESSAGES, id, stands) == 0 then return repeat_of(redis.call('HGET', MESSAGES, id)) end
  local added = redis.pcall('ZADD', LIVING, seq_text, id)
  if type(added) == 'number' then
    added = redis.pcall('XADD', LOG, place, 'm', target, 'e', envelope)
    if type(added) == 'table' then redis.call('ZREM', LIVING, id) end
  end
  if type(added) == 'table' then
    redis.call('HDEL', MESSAGES, id)
    return added
  end
  if slow then
    redis.call('ZREMRANGEBYSCORE', KEYS[#KEYS], '-inf', whole(now - slow))
    redis.call('ZADD', KEYS[#KEYS], whole(now), slowed)
    redis.call('PEXPIRE', KEYS[#KEYS], whole(slow))
  end
end
local heads = {room, next_epoch .. ' ' .. seq_text .. ' ' .. id}
local published = '0'
if kind == 'sent' and #KEYS == 16 then
  -- A stream that can't be written is no reason to refuse: the caller publishes then.
  local fields = {'epoch', next_epoch, 'seq', seq_text, 'before', before_id}
  for n = 23, #ARGV - 5 do fields[#fields + 1] = ARGV[n] end
  local entry = redis.pcall('XADD', KEYS[14], ARGV[21], '~', ARGV[22], '*', unpack(fields))
  if type(entry) == 'string' then
    published = '1'
    local at, before_at = string.match(entry, '^%d+'), string.match(bus_end or '', '%d+$')
    heads[3], heads[4] = '${END_FIELDS.bus}', '- 0 ' .. at
    -- Readers of the last entry may be on their way back.
    if before_at and at - before_at < ${READERS_AWAY_MS} then redis.pcall('PUBLISH', KEYS[14], cjson.encode({entry, fields})) end
  end
end
redis.call('HSET', HEADS, unpack(heads))
if tonumber(connection) > newest_connection then
  local others = table.concat(other_fences, '', math.max(1, #other_fences - ${FENCES_MAX} + 2))
  redis.call('HSET', RECORDS, '^', others .. ARGV[#ARGV] .. ';')
end
if unmentioned then redis.call('ZREM', KEYS[13], unpack(unmentioned)) end
if kind == 'edited' and message.mentions then add_mentions(message)
-- A quote in a text is escaped, so only a list of mentions looks like this.
elseif kind == 'sent' and string.find(ARGV[19], '"mentions":[', 1, true) then add_mentions(cjson.decode(stands)) end
local unpinned
if kind == 'removed' and string.find(stored, '"' .. target .. '"', 1, true) then
  local changed, pins = cjson.decode(stored), {}
  for _, one in ipairs(changed.pins or {}) do if one ~= target then pins[#pins + 1] = one end end
  if #pins < #(changed.pins or {}) then
    changed.pins = pins[1] and pins or nil
    unpinned = write_room(room, changed)
  end
end
local kept = {'kept', next_epoch, whole(before_seq), before_id, envelope, stands, published, as_of, unpinned}

-- Events that no catch-up will ask for, and old records. Neither needs to be exact.
if seq > ${CATCH_UP_MAX_EVENTS} and seq % ${TRIM_EVENTS_EVERY} == 0 then
  redis.call('XTRIM', LOG, 'MINID', '~', whole(seq - ${CATCH_UP_MAX_EVENTS}) .. '-0')
end
if (records or 0) > 0 and seq % (slack > 0 and ${TRIM_SLICE} or ${FORGET_EVERY}) == 0 then
  now = now or time_of(ARGV[4])
  forget_records(records, now - ${RECORDS_KEPT_MS}, math.max(${RECORDS_MIN}, limit * ${RECORDS_PER_HISTORY}), ${FORGET_SLICE})
end

if is_counted_later then return kept end
if not message then count = count + 1 end
local counted_before = tonumber(sizes[1])
if not message and counted_before == before_seq and count <= limit + slack and seq % ${COMPARE_EVERY} ~= 0 then
  local messages, bytes = string.match(sizes[3] or '0 0', '^(%d+) (%d+)$')
  local more, total = tonumber(ARGV[20]), tonumber(sizes[2])
  if bytes and total and total + more <= bytes_limit and bytes % ${BLOCK_BYTES} + more < ${BLOCK_BYTES} then
    local entry = person .. ':' .. string.rep('0', 14 - #seq_text) .. seq_text .. ':' .. ARGV[20]
    local added = redis.pcall('ZADD', KEYS[10], 0, entry)
    if added == 1 then
      redis.call('HSET', KEYS[9], '@', seq_text, '#', whole(total + more), person, whole(messages + 1) .. ' ' .. whole(bytes + more))
      return kept
    end
  end
end
`,
  SIZES,
  TRIM,
  `
C.now = now or time_of(ARGV[4])
C.open_sizes(person, before_seq, sizes)
C.begin_sizes()
if message then
  local author = C.author_of(message)
  if C.count_out(author, of) then C.count_in(author, of, C.bytes_of(message)) end
end
if C.counted ~= before_seq then
  for _ = 1, ${TRIM_SLICE / COUNT_SLICE} do if C.counted < seq then C.count_on(seq) end end
else
  C.counted = seq
  if not message then C.count_in(person, seq, tonumber(ARGV[20])) end
end
C.trim(person, target, count, tombs > 0, limit, slack, bytes_limit, tonumber(ARGV[8]))
if seq % ${COMPARE_EVERY} == 0 then
  C.payer(person, limit, bytes_limit)
  local _, _, oldest = C.oldest_of_all(true)
  C.compare_counts(oldest)
end
C.save_sizes()
return kept
`
)
