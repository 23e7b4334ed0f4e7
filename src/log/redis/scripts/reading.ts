// Lua: reads messages, bounded in bytes by the lengths of what is stored, so Redis never reads or sends what does not fit.
import { PAGE_MESSAGES } from '../../../contract.ts'

/** Messages read with one command: one at a time would cost a command each, and all at once could be far more than fits. */
const READ_AT_ONCE = PAGE_MESSAGES

/**
 * Needs LOG. `fitting` returns the messages of these ids that fit, from the first on and at least one; `beside` is sent with each.
 * `page` returns whether older messages exist, and the newest `limit` messages before a seq, oldest first.
 */
export const READING = `
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
