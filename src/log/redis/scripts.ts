// The steps of the log in Redis, each one script: atomic, one round trip. What people write is only ever in ARGV, and is
// passed through as JSON without being rebuilt where that can be helped: cjson turns empty lists into objects and keeps 14
// digits of a number, enough for our seqs and milliseconds.
//
// Keys of a deployment: heads (hash: room → "epoch seq id"), rooms (hash: room → JSON).
// Keys of a room: log (stream of envelopes `<seq>-0`, never text), messages (hash: id → folded message as JSON), living and
// tombs (sorted sets: ids by seq), records (hash: idempotency key → envelope, of other verbs than `sent` and of trimmed
// messages), aged (sorted set: those keys by the time they were kept).
import {
  CATCH_UP_EVENTS,
  CATCH_UP_MAX_EVENTS,
  LOBBY,
  PAGE_MESSAGES,
  REACTIONS_MAX_EMOJI,
  REACTIONS_MAX_PER_MESSAGE,
  REACTIONS_MAX_PER_PERSON
} from '../../contract.ts'
import { BLOCK_BYTES, SIZES } from './sizes.ts'
import { TRIM } from './trim.ts'
import { script } from '../../redis/scripts.ts'
import {
  COMPARE_EVERY,
  AUTHORS_MIN,
  CHANGES_PER_DAY,
  DAY_MS,
  RECORDS_KEPT_MS,
  RECORDS_MIN,
  RECORDS_PER_HISTORY,
  REMOVALS_PER_DAY,
  ROOMS_PER_PERSON
} from '../limits.ts'

/** Every so many events the stream is trimmed to what a catch-up may ask for. */
const TRIM_EVENTS_EVERY = 16
/** Every so many events old records are dropped, so many at a time: more than can be added meanwhile. */
const FORGET_EVERY = 4
const FORGET_SLICE = 64

// `head_of` makes the lobby, and finds a lost head again from the log: under a new epoch, for nobody can say what else is lost.
const HEADS = `
local HEADS, ROOMS = KEYS[1], KEYS[2]
local function whole(number) return string.format('%.0f', number) end
local function set_head(room, epoch, seq, id)
  redis.call('HSET', HEADS, room, epoch .. ' ' .. whole(seq) .. ' ' .. id)
end
local function begin(room, log, epoch)
  local seq, id = 0, ''
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if newest then
    seq = tonumber(string.match(newest[1], '^%d+'))
    id = cjson.decode(newest[2][4]).id
  end
  set_head(room, epoch, seq, id)
  return epoch, seq, id
end
local function head_of(room, log, fresh_epoch, lobby)
  local kept = redis.call('HGET', HEADS, room)
  if kept then
    local epoch, seq, id = string.match(kept, '^(%S+) (%d+) (%S*)$')
    return epoch, tonumber(seq), id
  end
  if room == '${LOBBY}' then redis.call('HSETNX', ROOMS, room, lobby)
  elseif redis.call('HEXISTS', ROOMS, room) == 0 then return nil end
  return begin(room, log, fresh_epoch)
end
`

const LOG = `
local LOG, MESSAGES, LIVING, TOMBS, RECORDS, AGED = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local function event_at(seq)
  local place = whole(seq) .. '-0'
  local entry = redis.call('XRANGE', LOG, place, place)[1]
  return entry and cjson.decode(entry[2][4])
end
-- Whether the log no longer holds an event that was seen in it. One that was trimmed away is no loss, nor is another epoch.
local function has_lost(epoch, seq, last, known_epoch, known, id)
  if known_epoch ~= epoch or known == 0 then return false end
  if known >= seq then return known > seq or id ~= last end
  local event = event_at(known)
  return event and event.id ~= id
end
`

// The time of a step, given or Redis' own, in milliseconds since 1970; and old records: those of an age, and those of any age
// while there are more than so many.
const RECORDS = `
local function time_of(given)
  local now = tonumber(given)
  if now then return now end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function forget_records(records, before, most, slice)
  local old = redis.call('ZRANGEBYSCORE', AGED, '-inf', '(' .. whole(before), 'LIMIT', 0, slice)
  if not old[1] and records > most then old = redis.call('ZRANGE', AGED, 0, slice - 1) end
  if not old[1] then return end
  redis.call('HDEL', RECORDS, unpack(old))
  redis.call('ZREM', AGED, unpack(old))
end
`

// KEYS after those of the room: sizes, authors, heavy, weights (message-log-redis-sizes.ts), and, but
// for `sent`, the author's changes of the day.
// ARGV: room, epoch to take if one is needed, lobby, time or '', history limit and how many more may be there, bytes the room may
// hold and how many are left when it held more, bytes that all authors may share while the store is nearly full or '', kind, id,
// author's id or '', author's name, target, known epoch, known seq, known id, rest of the envelope, then by kind:
// sent: rest of the message, its bytes; edited: text, time; removed: '1' for moderators; reacted: emoji, '1' for on.
// Answers { reason }, { reason, ms until it can be tried again } or
// { 'kept' | 'repeated', epoch, seq before, id before, envelope or '', message or nil }.
// All that can refuse, also a key of a wrong type or a full memory, comes before the first write or with it.
// An ordinary message returns before the functions of the counts are even made: making them takes longer than its writes.
export const appendScript = script(
  HEADS,
  LOG,
  RECORDS,
  `
local room, limit, slack, bytes_limit = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local fresh_epoch, kind, id, person, name, target = ARGV[2], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
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
  return {'repeated', epoch, whole(kept.seq - 1), before and before.id or '', record or '', message}
end

local message
if kind ~= 'sent' then
  local raw = redis.call('HGET', MESSAGES, target)
  message = raw and cjson.decode(raw)
  if not message or message.removed then return {'no-message'} end
  local unowned = message.by.id == cjson.null
  local own = not unowned and message.by.id == person
  if kind == 'edited' then
    if not own then return {'not-allowed'} end
    message.text, message.editedAt = ARGV[19], tonumber(ARGV[20])
  elseif kind == 'removed' then
    if not own and not unowned and ARGV[19] ~= '1' then return {'not-allowed'} end
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

local now, day, changes, removals
if message then
  now = time_of(ARGV[4])
  day, changes, removals = math.floor(now / ${DAY_MS}), 0, 0
  local kept_day, so_many, so_many_removals = string.match(redis.call('GET', KEYS[13]) or '', '^(%d+) (%d+) (%d+)$')
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
local stands
if message then
  message.rev = seq
  stands = cjson.encode(message)
  redis.call('HSET', RECORDS, id, envelope)
  redis.call('ZADD', AGED, now, id)
  redis.call('SET', KEYS[13], whole(day) .. ' ' .. whole(changes) .. ' ' .. whole(removals), 'PX', ${2 * DAY_MS})
  if kind == 'removed' then
    redis.call('ZADD', TOMBS, of, target)
    tombs = tombs + 1
  end
else
  stands = '{"seq":' .. seq_text .. ',"rev":' .. seq_text .. ',' .. ARGV[19]
  redis.call('ZADD', LIVING, seq_text, id)
  count = count + 1
end
redis.call('HSET', MESSAGES, target, stands)
local kept = {'kept', epoch, whole(before_seq), before_id, envelope, stands}

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

// Answers are bounded in bytes here, by the lengths of what is kept: Redis never reads, copies or sends what is left out.
// `fitting`: the messages of these ids that fit, from the first on and at least one; `beside` is what goes out with each of them.
// It reads a few at a time: one by one would be a command for each, and all at once could be far more than fits.
// `page`: the newest `limit` messages before a seq, oldest first: answers whether older ones lie before, and the messages.
const READ_AT_ONCE = PAGE_MESSAGES
const READING = `
local function fitting(ids, beside, max)
  local found, sum = {}, 0
  for first = 1, #ids, ${READ_AT_ONCE} do
    local last = math.min(first + ${READ_AT_ONCE - 1}, #ids)
    for n, message in ipairs(redis.call('HMGET', MESSAGES, unpack(ids, first, last))) do
      sum = sum + #(message or '') + #(beside[first + n - 1] or '')
      if sum > max and #found > 0 then return found end
      found[#found + 1] = message
    end
  end
  return found
end
local function page(before, limit, removed, max)
  local found = {}
  local function look(key)
    local ids = redis.call('ZREVRANGEBYSCORE', key, before, '-inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
    for n = 1, #ids, 2 do found[#found + 1] = { id = ids[n], seq = tonumber(ids[n + 1]) } end
  end
  look(LIVING)
  if removed then look(TOMBS) end
  table.sort(found, function(a, b) return a.seq > b.seq end)
  local newest, messages = {}, {}
  for n = 1, math.min(#found, limit) do newest[n] = found[n].id end
  local fit = fitting(newest, {}, max)
  for n = 1, #fit do messages[n] = fit[#fit + 1 - n] end
  return #found > #fit and '1' or '0', messages
end
`

// ARGV: room, epoch to take if one is needed, lobby, cursor's epoch or '', seq, id, page size, most bytes.
// Answers { 'no-room' }, { 'events', epoch, head seq, head id, { envelope, … }, { message, … } }
// or { 'fresh', epoch, head seq, head id, older, { message, … } }.
export const syncScript = script(
  HEADS,
  LOG,
  READING,
  `
local epoch, seq, last = head_of(ARGV[1], LOG, ARGV[2], ARGV[3])
if not epoch then return {'no-room'} end
local function events_since(from, id)
  local behind = seq - from
  if ARGV[4] ~= epoch or behind < 0 or behind > ${CATCH_UP_MAX_EVENTS} then return nil end
  if from == seq then return id == last and { {}, {} } or nil end
  local entries = redis.call('XRANGE', LOG, whole(math.max(from, 1)) .. '-0', '+', 'COUNT', ${CATCH_UP_EVENTS + 1})
  local first = 1
  if from > 0 then
    local own = entries[1]
    if not own or own[1] ~= whole(from) .. '-0' or cjson.decode(own[2][4]).id ~= id then return nil end
    first = 2
  elseif id ~= '' then return nil end
  local count = math.min(behind, ${CATCH_UP_EVENTS})
  -- Ids rise, so the right one in the last place means that none is missing.
  local final = entries[first + count - 1]
  if not final or final[1] ~= whole(from + count) .. '-0' then return nil end
  local envelopes, ids = {}, {}
  for n = 1, count do
    local fields = entries[first + n - 1][2]
    ids[n], envelopes[n] = fields[2], fields[4]
  end
  local fit = fitting(ids, envelopes, tonumber(ARGV[8]))
  return { { unpack(envelopes, 1, #fit) }, fit }
end
local events = events_since(tonumber(ARGV[5]), ARGV[6])
if events then return {'events', epoch, whole(seq), last, events[1], events[2]} end
local older, messages = page('+inf', tonumber(ARGV[7]), true, tonumber(ARGV[8]))
return {'fresh', epoch, whole(seq), last, older, messages}
`
)

// ARGV: 'newest' | 'seq' | 'id', the seq or id, limit, '1' to see removed ones, most bytes. Answers { older, { message, … } }.
export const beforeScript = script(
  HEADS,
  LOG,
  READING,
  `
local before = '+inf'
if ARGV[1] == 'seq' then before = '(' .. ARGV[2] end
if ARGV[1] == 'id' then
  local seq = redis.call('ZSCORE', LIVING, ARGV[2]) or redis.call('ZSCORE', TOMBS, ARGV[2])
  if not seq then return {'0', {}} end
  before = '(' .. seq
end
local older, messages = page(before, tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5]))
return {older, messages}
`
)

// ARGV: room, epoch to take if one is needed, lobby, known epoch, known seq, known id. Answers { 'no-room' } or { 'head', epoch, seq, id }.
// It may write, so a replica that lags behind never answers it.
export const remindScript = script(
  HEADS,
  LOG,
  `
local room, fresh_epoch = ARGV[1], ARGV[2]
local epoch, seq, last = head_of(room, LOG, fresh_epoch, ARGV[3])
if not epoch then return {'no-room'} end
if has_lost(epoch, seq, last, ARGV[4], tonumber(ARGV[5]), ARGV[6]) then
  epoch = fresh_epoch
  set_head(room, epoch, seq, last)
end
return {'head', epoch, whole(seq), last}
`
)

// ARGV: room, epoch to take if one is needed, lobby. Answers { 'no-room' } or { 'room', epoch, seq, id, room }.
export const roomScript = script(
  HEADS,
  `
local epoch, seq, last = head_of(ARGV[1], KEYS[3], ARGV[2], ARGV[3])
local room = redis.call('HGET', ROOMS, ARGV[1])
if not epoch or not room then return {'no-room'} end
return {'room', epoch, whole(seq), last, room}
`
)

// ARGV: epoch to take if one is needed, lobby. Answers { room, head, room, head, … }.
export const headsScript = script(
  HEADS,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
return redis.call('HGETALL', HEADS)
`
)

// ARGV as for heads. Answers { room, … }.
export const roomsScript = script(
  HEADS,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
return redis.call('HVALS', ROOMS)
`
)

// ARGV: epoch for the lobby if it needs one, lobby, room's id, creator or '', title, limit, rest of the room, its epoch,
// and the ids of the rooms whose titles the caller has compared with this one: a script can't fold them.
// Answers { reason }, { 'room', room }, or { 'unseen', room, … } with those that are still to be compared.
export const createRoomScript = script(
  HEADS,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
local there = redis.call('HGET', ROOMS, ARGV[3])
if there then
  local room = cjson.decode(there)
  local by = room.by == cjson.null and '' or room.by
  if by ~= ARGV[4] or room.title ~= ARGV[5] then return {'room-exists'} end
  return {'room', there}
end
local compared, unseen = {}, {'unseen'}
for n = 9, #ARGV do compared[ARGV[n]] = true end
for _, id in ipairs(redis.call('HKEYS', ROOMS)) do
  if not compared[id] then unseen[#unseen + 1] = redis.call('HGET', ROOMS, id) end
end
if unseen[2] then return unseen end
-- Rooms are removed, so a count is no place in the order of rooms. A quote in a title is escaped, so the title can't look like a creator.
local count, own, place = 0, 0, 0
for _, raw in ipairs(redis.call('HVALS', ROOMS)) do
  count, place = count + 1, math.max(place, (tonumber(string.match(raw, '^{"n":(%d+)')) or 0) + 1)
  if ARGV[4] ~= '' and string.find(raw, '"by":"' .. ARGV[4] .. '"', 1, true) then own = own + 1 end
end
if count >= tonumber(ARGV[6]) or own >= ${ROOMS_PER_PERSON} then return {'rooms-full'} end
local room = '{"n":' .. whole(place) .. ',' .. ARGV[7]
redis.call('HSET', ROOMS, ARGV[3], room)
begin(ARGV[3], KEYS[4], ARGV[8])
return {'room', room}
`
)

// KEYS: those that order the messages of some rooms. Answers the places of the rooms without any, from 1 on.
export const emptyRoomsScript = script(`
local empty = {}
for n, living in ipairs(KEYS) do
  if redis.call('ZCARD', living) == 0 then empty[#empty + 1] = tostring(n) end
end
return empty
`)

// KEYS as for an append. ARGV: room. Answers '1' when it removed the room, '0' when that holds a message or is not there.
export const removeRoomScript = script(
  HEADS,
  LOG,
  SIZES,
  `
local room = ARGV[1]
if room == '${LOBBY}' or redis.call('ZCARD', LIVING) > 0 or redis.call('HDEL', ROOMS, room) == 0 then return '0' end
local sizes = C.tend('HGETALL', KEYS[9])
for n = 1, #sizes, 2 do
  if C.hold(sizes[n], sizes[n + 1]).blocks > 0 then C.weigh(sizes[n], 0) end
end
redis.call('HDEL', HEADS, room)
redis.call('DEL', LOG, MESSAGES, LIVING, TOMBS, RECORDS, AGED, KEYS[9], KEYS[10])
return '1'
`
)

/** Messages that one relief trims at most, and old records that it drops: a few milliseconds. */
export const RELIEF_SLICE = 200
/** Slices of uncounted messages that it counts. */
const RELIEF_COUNTS = 30
/** While memory is short, an idempotency record lasts this long. */
const RECORDS_KEPT_FULL_MS = 60 * 60 * 1000
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
