// Messages before a place in the log.
import { script } from '../../../redis/scripts.ts'
import { HEADS, LOG } from './parts.ts'
import { READING } from './reading.ts'

// ARGV: 'newest' | 'seq' | 'id' | 'upTo', the seq or id, limit, '1' to see removed ones, most bytes. Answers { older, { message, … } }.
export const beforeScript = script(
  HEADS,
  LOG,
  READING,
  `
local before = '+inf'
if ARGV[1] == 'seq' then before = '(' .. ARGV[2] end
if ARGV[1] == 'id' or ARGV[1] == 'upTo' then
  local seq = redis.call('ZSCORE', LIVING, ARGV[2]) or redis.call('ZSCORE', TOMBS, ARGV[2])
  if not seq then return {'0', {}} end
  before = (ARGV[1] == 'id' and '(' or '') .. seq
end
local older, messages = page(before, tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5]))
return {older, messages}
`
)
