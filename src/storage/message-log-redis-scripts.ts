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
  REACTIONS_MAX_EMOJI,
  REACTIONS_MAX_PER_MESSAGE,
  WIRE_VERSION
} from '../contract.ts'
import { script } from './redis-ask.ts'

/** An idempotency record lasts at least this long. */
export const RECORDS_KEPT_MS = 7 * 24 * 60 * 60 * 1000
/** Old messages and old records dropped by one append at most: one is enough to stand still, more to catch up. */
const TRIM_SLICE = 8

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

// ARGV: room, epoch to take if one is needed, lobby, time or '', history limit, kind, id, author's id or '', author's name,
// target, known epoch, known seq, known id, rest of the envelope, then by kind:
// sent: rest of the message; edited: text, time; removed: '1' for moderators; reacted: emoji, '1' for on.
// Answers { reason } or { 'kept' | 'repeated', epoch, seq before, id before, envelope or '', message or nil }.
// All that can refuse, also a key of a wrong type or a full memory, comes before the first write or with it.
export const appendScript = script(
  HEADS,
  LOG,
  `
local room, fresh_epoch, kind, id, person, name, target = ARGV[1], ARGV[2], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
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
    message.text, message.editedAt = ARGV[15], tonumber(ARGV[16])
  elseif kind == 'removed' then
    if not own and not unowned and ARGV[15] ~= '1' then return {'not-allowed'} end
    message = { id = message.id, seq = message.seq, at = message.at, by = message.by, text = '', removed = true }
  else
    if person == '' then return {'not-allowed'} end
    local emoji, on = ARGV[15], ARGV[16] == '1'
    local all = message.reactions or {}
    local people = all[emoji] or {}
    local place
    for n, one in ipairs(people) do if one == person then place = n end end
    if on and not place then
      local kinds, count = 0, 0
      for _, some in pairs(all) do kinds, count = kinds + 1, count + #some end
      if count >= ${REACTIONS_MAX_PER_MESSAGE} then return {'reactions-full'} end
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

if has_lost(epoch, seq, last, ARGV[11], tonumber(ARGV[12]), ARGV[13]) then epoch = fresh_epoch end

local count = redis.call('ZCARD', LIVING) + redis.call('ZCARD', TOMBS)
redis.call('ZCARD', AGED)
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local before_seq, before_id = seq, last
seq = seq + 1
local of = message and message.seq or seq
local envelope = '{"seq":' .. whole(seq) .. ',"of":' .. whole(of) .. ',' .. ARGV[14]
redis.call('XADD', LOG, whole(seq) .. '-0', 'm', target, 'e', envelope)
set_head(room, epoch, seq, id)
local stands
if message then
  message.rev = seq
  stands = cjson.encode(message)
  redis.call('HSET', RECORDS, id, envelope)
  redis.call('ZADD', AGED, now, id)
  if kind == 'removed' then
    redis.call('ZREM', LIVING, target)
    redis.call('ZADD', TOMBS, of, target)
  end
else
  stands = '{"seq":' .. whole(seq) .. ',"rev":' .. whole(seq) .. ',' .. ARGV[15]
  redis.call('ZADD', LIVING, seq, id)
  count = count + 1
end
redis.call('HSET', MESSAGES, target, stands)

local trimmed
for _ = 1, math.min(count - tonumber(ARGV[5]), ${TRIM_SLICE}) do
  local from = LIVING
  local oldest = redis.call('ZRANGE', LIVING, 0, 0, 'WITHSCORES')
  local tomb = redis.call('ZRANGE', TOMBS, 0, 0, 'WITHSCORES')
  if not oldest[1] or (tomb[1] and tonumber(tomb[2]) < tonumber(oldest[2])) then from, oldest = TOMBS, tomb end
  local gone = oldest[1]
  local raw = redis.call('HGET', MESSAGES, gone)
  if raw then
    local m = cjson.decode(raw)
    local sending = { v = ${WIRE_VERSION}, kind = 'sent', id = gone, message = gone, seq = m.seq, of = m.seq, at = m.at, by = m.by }
    redis.call('HSET', RECORDS, gone, cjson.encode(sending))
    redis.call('ZADD', AGED, now, gone)
    redis.call('HDEL', MESSAGES, gone)
  end
  redis.call('ZREM', from, gone)
  trimmed = oldest[2]
end
if trimmed then redis.call('XTRIM', LOG, 'MINID', trimmed .. '-0') end
-- Events that no catch-up will ask for. In whole nodes of the stream: it needn't be exact.
if seq > ${CATCH_UP_MAX_EVENTS} then redis.call('XTRIM', LOG, 'MINID', '~', whole(seq - ${CATCH_UP_MAX_EVENTS}) .. '-0') end

local old = redis.call('ZRANGEBYSCORE', AGED, '-inf', '(' .. whole(now - ${RECORDS_KEPT_MS}), 'LIMIT', 0, ${TRIM_SLICE})
if old[1] then
  redis.call('HDEL', RECORDS, unpack(old))
  redis.call('ZREM', AGED, unpack(old))
end
return {'kept', epoch, whole(before_seq), before_id, envelope, stands}
`
)

// Answers are bounded in bytes here, by the lengths of what is kept: Redis never reads, copies or sends what is left out.
// `fitting`: how many of these messages fit, from the first on and at least one; `beside` is what goes out with each of them.
// `page`: the newest `limit` messages before a seq, oldest first: answers whether older ones lie before, and the messages.
const READING = `
local function fitting(ids, beside, max)
  local sum = 0
  for n, id in ipairs(ids) do
    sum = sum + redis.call('HSTRLEN', MESSAGES, id) + #(beside[n] or '')
    if sum > max and n > 1 then return n - 1 end
  end
  return #ids
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
  local newest, ids = {}, {}
  for n = 1, math.min(#found, limit) do newest[n] = found[n].id end
  local count = fitting(newest, {}, max)
  for n = 1, count do ids[n] = newest[count + 1 - n] end
  return #found > count and '1' or '0', ids[1] and redis.call('HMGET', MESSAGES, unpack(ids)) or {}
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
  return { { unpack(envelopes, 1, fit) }, redis.call('HMGET', MESSAGES, unpack(ids, 1, fit)) }
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
local count = redis.call('HLEN', ROOMS)
local compared, unseen = {}, {'unseen'}
for n = 9, #ARGV do compared[ARGV[n]] = true end
for _, id in ipairs(redis.call('HKEYS', ROOMS)) do
  if not compared[id] then unseen[#unseen + 1] = redis.call('HGET', ROOMS, id) end
end
if unseen[2] then return unseen end
if count >= tonumber(ARGV[6]) then return {'rooms-full'} end
local room = '{"n":' .. whole(count) .. ',' .. ARGV[7]
redis.call('HSET', ROOMS, ARGV[3], room)
begin(ARGV[3], KEYS[4], ARGV[8])
return {'room', room}
`
)
