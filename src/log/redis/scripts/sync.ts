// First load, catch-up and repair.
import { CATCH_UP_EVENTS, CATCH_UP_MAX_EVENTS } from '../../../contract.ts'
import { script } from '../../../redis/scripts.ts'
import { HEADS, LOG } from './parts.ts'
import { READING } from './reading.ts'

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
