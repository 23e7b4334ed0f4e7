// Private rooms and direct conversations. They have hashes of rooms and of heads of their own, so that an earlier build finds nothing of
// them, whatever it is asked for. Their JSON also has `within`: by id, the name and since when.
//
// Keys of a person: hidden:of:<id> (set of the rooms that the person is a member of).
import { HIDDEN_ROOMS_PER_PERSON } from '../../../contract.ts'
import { script, TIME } from '../../../redis/scripts.ts'
import { HEADS, LOG } from './parts.ts'

// KEYS: heads, rooms, the room's log, and the rooms of each member. ARGV: room, the room as JSON, its epoch, limit of all.
// Answers { reason } or { 'room', epoch, seq, id, room }.
export const createHiddenScript = script(
  HEADS,
  `
local there = redis.call('HGET', ROOMS, ARGV[1])
if not there then
  if redis.call('HLEN', ROOMS) >= tonumber(ARGV[4]) then return {'rooms-full'} end
  for n = 4, #KEYS do
    if redis.call('SCARD', KEYS[n]) >= ${HIDDEN_ROOMS_PER_PERSON} then return {'rooms-full'} end
  end
  there = ARGV[2]
  redis.call('HSET', ROOMS, ARGV[1], there)
  for n = 4, #KEYS do redis.call('SADD', KEYS[n], ARGV[1]) end
end
local epoch, seq, last = head_of(ARGV[1], KEYS[3], ARGV[3])
return {'room', epoch, whole(seq), last, there}
`
)

// Stores what the caller has made of the room, unless the room is another one by now: then the caller tries again.
// KEYS after those of the room: the rooms of the person. ARGV: room, time or '', key of the verb, the change, rest of the envelope,
// the room before, the room after with null in the place of the seq; '1' to add it to those of the person, '-1' to remove it, or '0'.
// Answers { reason }, { 'changed' }, or as append.ts.
export const changeMembersScript = script(
  HEADS,
  LOG,
  TIME,
  `
local room, id, of = ARGV[1], ARGV[3], KEYS[#KEYS]
local epoch, seq, last = head_of(room, LOG)
if not epoch then return {'no-room'} end
local record = redis.call('HGET', RECORDS, id)
if record then
  local first = cjson.decode(record)
  local before = first.seq > 1 and event_at(first.seq - 1)
  return {'repeated', epoch, whole(first.seq - 1), before and before.id or '', record, false, '0'}
end
if redis.call('HEXISTS', MESSAGES, id) == 1 then return {'id-taken'} end
if redis.call('HGET', ROOMS, room) ~= ARGV[6] then return {'changed'} end
if ARGV[8] == '1' and redis.call('SCARD', of) >= ${HIDDEN_ROOMS_PER_PERSON} then return {'rooms-full'} end
local now, before_seq, before_id = time_of(ARGV[2]), seq, last
seq = seq + 1
local envelope = '{"seq":' .. whole(seq) .. ',"of":0,' .. ARGV[5]
redis.call('XADD', LOG, whole(seq) .. '-0', 'm', ARGV[4], 'e', envelope)
set_head(room, epoch, seq, id)
redis.call('HSET', RECORDS, id, envelope)
redis.call('ZADD', AGED, now, id)
redis.call('HSET', ROOMS, room, (string.gsub(ARGV[7], '"since":null', '"since":' .. whole(seq), 1)))
if ARGV[8] == '1' then redis.call('SADD', of, room) elseif ARGV[8] == '-1' then redis.call('SREM', of, room) end
return {'kept', epoch, whole(before_seq), before_id, envelope, false, '0'}
`
)

// ARGV: room, the room before, the room after. Answers 1, or 0 when the room is another one by now.
export const replaceHiddenScript = script(
  HEADS,
  `
if redis.call('HGET', ROOMS, ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', ROOMS, ARGV[1], ARGV[3])
return 1
`
)

// KEYS: heads, rooms, the rooms of a person. Answers { head, room, head, room, … }.
export const roomsOfScript = script(
  HEADS,
  `
local ids, found = redis.call('SMEMBERS', KEYS[3]), {}
if not ids[1] then return found end
local heads, rooms = redis.call('HMGET', HEADS, unpack(ids)), redis.call('HMGET', ROOMS, unpack(ids))
for n = 1, #ids do
  if heads[n] and rooms[n] then
    found[#found + 1] = heads[n]
    found[#found + 1] = rooms[n]
  elseif not rooms[n] then redis.call('SREM', KEYS[3], ids[n]) end
end
return found
`
)
