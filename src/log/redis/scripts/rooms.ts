// The list of rooms: reading it, adding to it, removing from it.
import { LOBBY } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import { ROOMS_PER_PERSON } from '../../limits.ts'
import { MENTIONS } from './mentions.ts'
import { HEADS, LOG, WRITE_ROOM } from './parts.ts'
import { SIZES } from './sizes.ts'

// ARGV as for heads. Answers { room, … }.
export const roomsScript = script(
  HEADS,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
return redis.call('HVALS', ROOMS)
`
)

/**
 * A script can't fold titles, so the caller compares them: the other rooms but those that ARGV names, each as `id at rev`, from `first`
 * on.
 */
const UNSEEN = `
local function unseen_rooms(own, first)
  local compared, unseen, all = {}, {'unseen'}, redis.call('HGETALL', ROOMS)
  for n = first, #ARGV do compared[ARGV[n]] = true end
  for n = 1, #all, 2 do
    -- A quote in a text is escaped, so no text looks like these fields.
    local at, rev = string.match(all[n + 1], '"at":(%d+)'), string.match(all[n + 1], '"rev":(%d+)') or '0'
    if all[n] ~= own and not compared[all[n] .. ' ' .. at .. ' ' .. rev] then unseen[#unseen + 1] = all[n + 1] end
  end
  return unseen[2] and unseen
end
`

// ARGV: epoch for the lobby if it needs one, lobby, room's id, creator or '', title, limit, rest of the room, its epoch,
// and the rooms that the caller has compared with this one.
// Answers { reason }, { 'room', room }, or { 'unseen', room, … } with those that are still to be compared.
export const createRoomScript = script(
  HEADS,
  UNSEEN,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
local there = redis.call('HGET', ROOMS, ARGV[3])
if there then
  local room = cjson.decode(there)
  local by = room.by == cjson.null and '' or room.by
  if by ~= ARGV[4] or room.title ~= ARGV[5] then return {'room-exists'} end
  return {'room', there}
end
local unseen = unseen_rooms(ARGV[3], 9)
if unseen then return unseen end
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

// ARGV: epoch for the lobby if it needs one, lobby, room's id, the change as JSON, and the rooms that the caller has compared with a new
// title. Answers { reason }, { 'room', room }, or { 'unseen', room, … }. Settings of a newer version stay.
export const changeRoomScript = script(
  HEADS,
  WRITE_ROOM,
  UNSEEN,
  `
if ARGV[3] == '${LOBBY}' then head_of(ARGV[3], KEYS[3], ARGV[1], ARGV[2]) end
local there = redis.call('HGET', ROOMS, ARGV[3])
if not there then return {'no-room'} end
local room, change, is_new = cjson.decode(there), cjson.decode(ARGV[4]), false
if change.title and change.title ~= room.title and not room.members then
  local unseen = unseen_rooms(ARGV[3], 5)
  if unseen then return unseen end
end
for name, value in pairs(change) do
  if value == false or value == 0 or value == '' then value = nil end
  if room[name] ~= value then room[name], is_new = value, true end
end
return {'room', is_new and write_room(ARGV[3], room) or there}
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

// KEYS: of some rooms those that order living and removed messages, and the sizes. ARGV: the most messages and bytes of a room.
// Answers the places of the rooms with more, from 1 on.
export const largeRoomsScript = script(`
local large = {}
for n = 1, #KEYS, 3 do
  local count = redis.call('ZCARD', KEYS[n]) + redis.call('ZCARD', KEYS[n + 1])
  local bytes = redis.pcall('HGET', KEYS[n + 2], '#')
  bytes = type(bytes) == 'string' and tonumber(bytes) or 0
  if count > tonumber(ARGV[1]) or bytes > tonumber(ARGV[2]) then large[#large + 1] = tostring((n + 2) / 3) end
end
return large
`)

// KEYS as for an append. ARGV: room, 'empty' or 'deserted'. Answers '1' when it removed the room, '0' when that is something else or not
// there.
export const removeRoomScript = script(
  HEADS,
  LOG,
  MENTIONS,
  SIZES,
  `
local room = ARGV[1]
local record = redis.call('HGET', ROOMS, room) or ''
local is_deserted = ARGV[2] == 'deserted'
if room == '${LOBBY}' then return '0' end
if is_deserted and not string.find(record, '"within":{}', 1, true) then return '0' end
if not is_deserted and redis.call('ZCARD', LIVING) > 0 then return '0' end
if redis.call('HDEL', ROOMS, room) == 0 then return '0' end
local sizes = C.tend('HGETALL', KEYS[9])
for n = 1, #sizes, 2 do
  if C.remember(sizes[n], sizes[n + 1]).blocks > 0 then C.weigh(sizes[n], 0) end
end
for _, raw in ipairs(is_deserted and redis.call('HVALS', MESSAGES) or {}) do
  -- A quote in a text is escaped, so only a list of mentions looks like this.
  if string.find(raw, '"mentions":[', 1, true) then redis.call('ZREM', KEYS[13], unpack(mention_entries(cjson.decode(raw)))) end
end
redis.call('HDEL', HEADS, room)
redis.call('DEL', LOG, MESSAGES, LIVING, TOMBS, RECORDS, AGED, KEYS[9], KEYS[10])
return '1'
`
)
