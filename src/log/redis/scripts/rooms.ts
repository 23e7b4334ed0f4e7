// The list of rooms: reading it, adding to it, removing from it.
import { LOBBY } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import { MENTIONS } from './mentions.ts'
import { HEADS, LOG, ROOMS_STATE, WRITE_ROOM } from './parts.ts'
import { SIZES } from './sizes.ts'

// ARGV as for heads. Answers { room, … }.
export const roomsScript = script(
  HEADS,
  `
head_of('${LOBBY}', KEYS[3], ARGV[1], ARGV[2])
return redis.call('HVALS', ROOMS)
`
)

/** A script can't fold titles, so the caller compares them: answers all rooms, unless it knows them as of their state. */
const UNSEEN = `
local function unseen_rooms(known, is_noted)
  local state = state_of_rooms(is_noted == '1')
  return known ~= state and {'unseen', state, redis.call('HVALS', ROOMS)}
end
`

// ARGV: epoch for the lobby if it needs one, lobby, room's id, creator or '', title, room, its epoch, the state of all rooms in which the
// caller allows this one, and '1' when everyone notes that state.
// Answers { 'room-exists' }, { 'room', room, the state with it if it is new and that is noted }, or { 'unseen', state, { room, … } }.
export const createRoomScript = script(
  HEADS,
  ROOMS_STATE,
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
local unseen = unseen_rooms(ARGV[8], ARGV[9])
if unseen then return unseen end
redis.call('HSET', ROOMS, ARGV[3], ARGV[6])
begin(ARGV[3], KEYS[4], ARGV[7])
note_rooms()
return {'room', ARGV[6], ARGV[9] == '1' and state_of_rooms(true) or nil}
`
)

// ARGV: epoch for the lobby if it needs one, lobby, room's id, the change as JSON, the state of all rooms in which the caller allows its
// title, and '1' when everyone notes that state. Answers { reason }, { 'room', room }, or { 'unseen', state, { room, … } }. Settings of a
// newer version stay.
export const changeRoomScript = script(
  HEADS,
  WRITE_ROOM,
  ROOMS_STATE,
  UNSEEN,
  `
if ARGV[3] == '${LOBBY}' then head_of(ARGV[3], KEYS[3], ARGV[1], ARGV[2]) end
local there = redis.call('HGET', ROOMS, ARGV[3])
if not there then return {'no-room'} end
local room, change, is_new = cjson.decode(there), cjson.decode(ARGV[4]), false
if change.title and change.title ~= room.title and not room.members then
  local unseen = unseen_rooms(ARGV[5], ARGV[6])
  if unseen then return unseen end
end
for name, value in pairs(change) do
  if value == false or value == 0 or value == '' then value = nil end
  if room[name] ~= value then room[name], is_new = value, true end
end
if not is_new then return {'room', there} end
if change.title or change.by then note_rooms() end
return {'room', write_room(ARGV[3], room)}
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
  ROOMS_STATE,
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
if not is_deserted then note_rooms() end
redis.call('DEL', LOG, MESSAGES, LIVING, TOMBS, RECORDS, AGED, KEYS[9], KEYS[10])
return '1'
`
)
