// Pins a message of a room, or takes the pin away. The embedded store does the same in room-rules.ts.
import { LOBBY, PINS_MAX } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import { HEADS, LOG, WRITE_ROOM } from './parts.ts'

// ARGV: epoch for the lobby if it needs one, lobby, room's id, message, '1' or '0'. Answers { reason } or { 'room', room }.
export const pinScript = script(
  HEADS,
  LOG,
  WRITE_ROOM,
  `
local id, message, on = ARGV[3], ARGV[4], ARGV[5] == '1'
if id == '${LOBBY}' then head_of(id, LOG, ARGV[1], ARGV[2]) end
local there = redis.call('HGET', ROOMS, id)
if not there then return {'no-room'} end
local function is_there(one)
  local raw = redis.call('HGET', MESSAGES, one)
  return raw and not cjson.decode(raw).removed
end
local room = cjson.decode(there)
local before, pins, is_pinned = room.pins or {}, {}, false
for _, one in ipairs(before) do
  if (on or one ~= message) and is_there(one) then
    pins[#pins + 1] = one
    is_pinned = is_pinned or one == message
  end
end
if on and not is_pinned then
  if not is_there(message) then return {'no-message'} end
  if #pins >= ${PINS_MAX} then return {'too-many'} end
  pins[#pins + 1] = message
end
if table.concat(pins, ',') == table.concat(before, ',') then return {'room', there} end
room.pins = pins[1] and pins or nil
return {'room', write_room(id, room)}
`
)
