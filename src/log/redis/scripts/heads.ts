// Where the logs of rooms end.
import { LOBBY } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import { HEADS, LOG } from './parts.ts'

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
