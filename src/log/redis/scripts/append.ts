// Appends one change to a room's log.
import {
  CATCH_UP_MAX_EVENTS,
  REACTIONS_MAX_EMOJI,
  REACTIONS_MAX_PER_MESSAGE,
  REACTIONS_MAX_PER_PERSON
} from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import {
  AUTHORS_MIN,
  CHANGES_PER_DAY,
  COMPARE_EVERY,
  DAY_MS,
  RECORDS_KEPT_MS,
  RECORDS_MIN,
  RECORDS_PER_HISTORY,
  REMOVALS_PER_DAY
} from '../../limits.ts'
import { MENTIONS } from './mentions.ts'
import { HEADS, LOG, RECORDS } from './parts.ts'
import { BLOCK_BYTES, SIZES } from './sizes.ts'
import { TRIM } from './trim.ts'

/** The stream is trimmed once in so many events, to what a catch-up may ask for. */
const TRIM_EVENTS_EVERY = 16
/** Old records are dropped once in so many events, so many at a time: more than can be added meanwhile. */
const FORGET_EVERY = 4
const FORGET_SLICE = 64
/** Longer than any system keeps the bytes of a connection that was given up. */
const FENCE_TTL_MS = 60 * 60_000

// KEYS after those of the room: sizes, authors, heavy, weights (sizes.ts), mentions; for `sent` the bus stream, if there is one, otherwise the
// author's changes of the day; last the shared table, who wrote when in slow mode, and the fence of the process.
// ARGV: room, epoch to take if one is needed, lobby, time or '', history limit and how many more may be there, bytes the room may
// hold and how many are left when it held more, bytes that all authors may share while the store is nearly full or '', kind, id,
// author's id or '', author's name, target, known epoch, known seq, known id, rest of the envelope, then by kind:
// sent: rest of the message, its bytes, and with a bus how many of its entries stay and the fields of the new one (bus-entry.ts), to
// which the script adds the message's place; edited: text, time, its mentions or ''; removed: nothing; reacted: emoji, '1' for on; last '1' for who moderates
// every room, whom slow mode slows down, and the number of the connection. Redis may execute what it got on a connection long after the process has given that up: such a
// change is refused once one from a later connection is stored, or a sender's messages would change places.
// Answers { reason }, { reason, ms until it can be tried again }, { reason, those ms, what a moderator gave as the reason } or
// { 'kept' | 'repeated', epoch, seq before, id before, envelope or '', message or nil, '1' if the bus has its entry }.
// All that can refuse, also a key of a wrong type or a full memory, comes before the first write or with it.
// An ordinary message returns before the functions of the counts are even made: making them takes longer than its writes.
export const appendScript = script(
  HEADS,
  LOG,
  RECORDS,
  MENTIONS,
  `
local room, limit, slack, bytes_limit = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local fresh_epoch, kind, id, person, name, target = ARGV[2], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local connection, newest_connection = tonumber(ARGV[#ARGV]), tonumber(redis.call('GET', KEYS[#KEYS]) or 0)
if connection < newest_connection then return redis.error_reply('LATE the process has a newer connection') end
local epoch, seq, last = head_of(room, LOG, fresh_epoch, ARGV[3])
if not epoch then return {'no-room'} end

local record = redis.call('HGET', RECORDS, id)
local sent = redis.call('HGET', MESSAGES, id)
if record or sent then
  local kept = cjson.decode(record or sent)
  if not record then kept.kind, kept.message = 'sent', id end
  local author = kept.by.id == cjson.null and '' or kept.by.id
  local same_author = author == person and (person ~= '' or kept.by.name == name)
  if not same_author or kept.kind ~= kind or kept.message ~= target then return {'id-taken'} end
  local before = kept.seq > 1 and event_at(kept.seq - 1)
  local message = redis.call('HGET', MESSAGES, kept.message)
  return {'repeated', epoch, whole(kept.seq - 1), before and before.id or '', record or '', message, '0'}
end

local stored = redis.call('HGET', ROOMS, room) or ''
-- A quote in a text is escaped, so only a member's entry looks like this.
if string.find(room, '--', 1, true) and not string.find(stored, '"' .. person .. '":{', 1, true) then return {'no-room'} end
-- Settings of the room, if it ever had one: those that refuse the change, and slow mode for the ordinary person.
local slow, is_moderator = nil, ARGV[#ARGV - 2] == '1'
if kind ~= 'removed' and string.find(stored, '"rev":', 1, true) then
  local settings = cjson.decode(stored)
  if settings.archived then return {'room-closed'} end
  if kind ~= 'reacted' and not is_moderator and (person == '' or settings.by ~= person) then
    if settings.readOnly then return {'read-only'} end
    slow = kind == 'sent' and settings.slowSeconds and settings.slowSeconds * 1000
  end
end
local slowed, now = ARGV[#ARGV - 1], slow and time_of(ARGV[4])
-- A mute or a ban of which the instance may not know yet; see people/restrictions.ts.
local standing = person ~= '' and redis.call('HGET', KEYS[#KEYS - 2], 'person:' .. person)
if standing and string.find(standing, 'edUntil":', 1, true) then
  now, standing = now or time_of(ARGV[4]), cjson.decode(standing)
  for _, what in ipairs({'banned', 'muted'}) do
    local left = (standing[what .. 'Until'] or 0) - now
    if left > 0 and (what == 'banned' or kind ~= 'removed') then return {what, whole(left), standing.reason or ''} end
  end
end
if slow then
  local wait = (tonumber(redis.call('ZSCORE', KEYS[#KEYS - 1], slowed)) or -slow) + slow - now
  if wait > 0 then return {'slow-mode', whole(wait)} end
end

local message, unmentioned
if kind ~= 'sent' then
  local raw = redis.call('HGET', MESSAGES, target)
  message = raw and cjson.decode(raw)
  if not message or message.removed then return {'no-message'} end
  if kind ~= 'reacted' and message.mentions then unmentioned = mention_entries(message) end
  local unowned = message.by.id == cjson.null
  local own = not unowned and message.by.id == person
  if kind == 'edited' then
    if not own then return {'not-allowed'} end
    message.text, message.editedAt = ARGV[19], tonumber(ARGV[20])
    message.mentions = ARGV[21] ~= '' and cjson.decode(ARGV[21]) or nil
  elseif kind == 'removed' then
    if not own and not unowned and not is_moderator then return {'not-allowed'} end
    message = { id = message.id, seq = message.seq, at = message.at, by = message.by, text = '', removed = true }
  else
    if person == '' then return {'not-allowed'} end
    local emoji, on = ARGV[19], ARGV[20] == '1'
    local all = message.reactions or {}
    local people = all[emoji] or {}
    local place
    for n, one in ipairs(people) do if one == person then place = n end end
    if on and not place then
      local kinds, count, mine = 0, 0, 0
      for _, some in pairs(all) do
        kinds, count = kinds + 1, count + #some
        for _, one in ipairs(some) do if one == person then mine = mine + 1 end end
      end
      if mine >= ${REACTIONS_MAX_PER_PERSON} or count >= ${REACTIONS_MAX_PER_MESSAGE} then return {'reactions-full'} end
      if #people == 0 and kinds >= ${REACTIONS_MAX_EMOJI} then return {'reactions-full'} end
      people[#people + 1] = person
      all[emoji] = people
    elseif place and not on then
      table.remove(people, place)
      if #people == 0 then all[emoji] = nil end
    end
    message.reactions = next(all) and all or nil
  end
end

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

if has_lost(epoch, seq, last, ARGV[15], tonumber(ARGV[16]), ARGV[17]) then epoch = fresh_epoch end

local tombs = redis.call('ZCARD', TOMBS)
local count = redis.call('ZCARD', LIVING) + tombs
local records = redis.call('ZCARD', AGED)
local sizes = redis.pcall('HMGET', KEYS[9], '@', '#', person, '!')

local before_seq, before_id = seq, last
seq = seq + 1
local seq_text = whole(seq)
local of = message and message.seq or seq
local envelope = '{"seq":' .. seq_text .. ',"of":' .. (message and whole(of) or seq_text) .. ',' .. ARGV[18]
if kind == 'removed' then
  -- A removal frees memory. As the first write it is allowed when Redis is full, and with it all that follows.
  redis.call('XLEN', LOG)
  redis.call('ZREM', LIVING, target)
end
redis.call('XADD', LOG, seq_text .. '-0', 'm', target, 'e', envelope)
redis.call('HSET', HEADS, room, epoch .. ' ' .. seq_text .. ' ' .. id)
if connection > newest_connection then redis.call('SET', KEYS[#KEYS], ARGV[#ARGV], 'PX', ${FENCE_TTL_MS}) end
local stands
if message then
  message.rev = seq
  stands = cjson.encode(message)
  redis.call('HSET', RECORDS, id, envelope)
  redis.call('ZADD', AGED, now, id)
  redis.call('SET', KEYS[14], whole(day) .. ' ' .. whole(changes) .. ' ' .. whole(removals), 'PX', ${2 * DAY_MS})
  if kind == 'removed' then
    redis.call('ZADD', TOMBS, of, target)
    tombs = tombs + 1
  end
else
  stands = '{"seq":' .. seq_text .. ',"rev":' .. seq_text .. ',' .. ARGV[19]
  redis.call('ZADD', LIVING, seq_text, id)
  count = count + 1
  if slow then
    redis.call('ZREMRANGEBYSCORE', KEYS[#KEYS - 1], '-inf', whole(now - slow))
    redis.call('ZADD', KEYS[#KEYS - 1], whole(now), slowed)
    redis.call('PEXPIRE', KEYS[#KEYS - 1], whole(slow))
  end
end
redis.call('HSET', MESSAGES, target, stands)
if unmentioned then redis.call('ZREM', KEYS[13], unpack(unmentioned)) end
if kind == 'edited' and message.mentions then add_mentions(message)
-- A quote in a text is escaped, so only a list of mentions looks like this.
elseif kind == 'sent' and string.find(ARGV[19], '"mentions":[', 1, true) then add_mentions(cjson.decode(stands)) end
local kept = {'kept', epoch, whole(before_seq), before_id, envelope, stands, '0'}
if kind == 'sent' and #KEYS == 17 then
  -- A stream that can't be written is no reason to refuse: the caller publishes then.
  local place = {'epoch', epoch, 'seq', seq_text, 'before', before_id}
  for n = 22, #ARGV - 3 do place[#place + 1] = ARGV[n] end
  local entry = redis.pcall('XADD', KEYS[14], 'MAXLEN', '~', ARGV[21], '*', unpack(place))
  if type(entry) == 'string' then kept[7] = '1' end
end

-- Events that no catch-up will ask for, and old records. Neither needs to be exact.
if seq > ${CATCH_UP_MAX_EVENTS} and seq % ${TRIM_EVENTS_EVERY} == 0 then
  redis.call('XTRIM', LOG, 'MINID', '~', whole(seq - ${CATCH_UP_MAX_EVENTS}) .. '-0')
end
if records > 0 and seq % ${FORGET_EVERY} == 0 then
  now = now or time_of(ARGV[4])
  forget_records(records, now - ${RECORDS_KEPT_MS}, math.max(${RECORDS_MIN}, limit * ${RECORDS_PER_HISTORY}), ${FORGET_SLICE})
end

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
if C.counted ~= before_seq then C.count_on(seq)
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
