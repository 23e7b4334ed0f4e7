// Lua parts that several scripts begin with. Each step of the log is one script: atomic, and one round trip.
// Text of people is only ever in ARGV. Where possible it passes through as JSON without being rebuilt, because cjson turns empty
// lists into objects and keeps 14 digits of a number, which is enough for a seq and for milliseconds.
//
// Keys of a deployment: heads (hash: room → "epoch seq id"), rooms (hash: room → JSON). For private rooms see hidden.ts.
// Keys of a room: log (stream of envelopes `<seq>-0`, never text), messages (hash: id → folded message as JSON), living and
// tombs (sorted sets: ids by seq), records (hash: idempotency key → envelope, of verbs other than `sent` and of trimmed
// messages; '^' → the newest connections of processes, see append.ts), aged (sorted set: those keys by the time they were stored).
import { LOBBY } from '../../../contract.ts'
import { TIME } from '../../../redis/scripts.ts'
import { END_FIELDS } from '../keys.ts'

/**
 * `head_of` creates the lobby; `found`: the room's head, if the caller has read it. It also rebuilds a lost head from the log, under a
 * new epoch, because other things may be lost too.
 */
export const HEADS = `
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
local function head_of(room, log, fresh_epoch, lobby, found)
  if found == nil then found = redis.call('HGET', HEADS, room) end
  if found then
    local epoch, seq, id = string.match(found, '^(%S+) (%d+) (%S*)$')
    return epoch, tonumber(seq), id
  end
  if room == '${LOBBY}' then redis.call('HSETNX', ROOMS, room, lobby)
  elseif redis.call('HEXISTS', ROOMS, room) == 0 then return nil end
  return begin(room, log, fresh_epoch)
end
`

/**
 * Needs HEADS. `note_rooms` notes that the list of rooms, a title or an owner has changed; `state_of_rooms` is another whenever they have.
 * While earlier builds, which note nothing, may change them (not `is_noted`), that is found out by reading all rooms.
 */
export const ROOMS_STATE = `
local function note_rooms()
  redis.call('HSET', HEADS, '${END_FIELDS.rooms}', '- 0 ' .. table.concat(redis.call('TIME'), '.'))
end
local function state_of_rooms(is_noted)
  local noted = is_noted and redis.call('HGET', HEADS, '${END_FIELDS.rooms}')
  if noted then return noted .. ' ' .. redis.call('HLEN', ROOMS) end
  local all = redis.call('HVALS', ROOMS)
  table.sort(all)
  return redis.sha1hex(table.concat(all))
end
`

/** Needs HEADS. Writes a changed room, notes that settings have changed, and returns the room as it is stored. */
export const WRITE_ROOM = `
local function write_room(id, room)
  local place = whole(room.n)
  room.n, room.rev = nil, (room.rev or 0) + 1
  local stored = '{"n":' .. place .. ',' .. string.sub(cjson.encode(room), 2)
  redis.call('HSET', ROOMS, id, stored)
  redis.call('HSET', HEADS, '${END_FIELDS.settings}', '- 0 ' .. table.concat(redis.call('TIME'), '.'))
  return stored
end
`

/** Needs HEADS. Names the keys of a room. */
export const LOG = `
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

/** Old records: those older than `before`, and the oldest of any age while there are more than `most`. */
export const RECORDS = `
${TIME}local function forget_records(records, before, most, slice)
  local old = redis.call('ZRANGEBYSCORE', AGED, '-inf', '(' .. whole(before), 'LIMIT', 0, slice)
  if not old[1] and records > most then old = redis.call('ZRANGE', AGED, 0, slice - 1) end
  if not old[1] then return end
  redis.call('HDEL', RECORDS, unpack(old))
  redis.call('ZREM', AGED, unpack(old))
end
`
