// Lua: what an edit, a removal or a reaction makes of its message, or why it is refused. The embedded store does the same in fold.ts.
import { REACTIONS_MAX_EMOJI, REACTIONS_MAX_PER_MESSAGE, REACTIONS_MAX_PER_PERSON } from '../../../contract.ts'
import { FORMER_BYTES_MAX, FORMER_OVERHEAD_BYTES, FORMER_TEXTS_MAX } from '../../former-texts.ts'

/**
 * Part of the append script, after MENTIONS and its locals `kind`, `target`, `person` and `is_moderator`. `message` is nil for `sent`;
 * `unmentioned`: entries of mentions that are gone.
 */
export const CHANGED_MESSAGE = `
local message, unmentioned
if kind ~= 'sent' then
  local raw = redis.call('HGET', MESSAGES, target)
  message = raw and cjson.decode(raw)
  if not message or message.removed then return {'no-message'} end
  if kind ~= 'reacted' and message.mentions then unmentioned = mention_entries(message) end
  local unowned = message.by.id == cjson.null
  local own = not unowned and message.by.id == person
  if kind == 'edited' then
    if not own then return {'not-allowed'} end
    local former, bytes = message.former or {}, 0
    former[#former + 1] = { text = message.text, at = message.editedAt or message.at }
    for _, one in ipairs(former) do bytes = bytes + ${FORMER_OVERHEAD_BYTES} + #one.text end
    while #former > ${FORMER_TEXTS_MAX} or bytes > ${FORMER_BYTES_MAX} do
      bytes = bytes - ${FORMER_OVERHEAD_BYTES} - #table.remove(former, 1).text
    end
    message.former = former[1] and former or nil
    message.text, message.editedAt = ARGV[19], tonumber(ARGV[20])
    message.mentions = ARGV[21] ~= '' and cjson.decode(ARGV[21]) or nil
  elseif kind == 'removed' then
    if not own and not unowned and not is_moderator then return {'not-allowed'} end
    message = { id = message.id, seq = message.seq, at = message.at, by = message.by, text = '', removed = true }
  else
    if person == '' then return {'not-allowed'} end
    local emoji, on = ARGV[19], ARGV[20] == '1'
    local all = message.reactions or {}
    local people = all[emoji] or {}
    local place
    for n, one in ipairs(people) do if one == person then place = n end end
    if on and not place then
      local kinds, count, mine = 0, 0, 0
      for _, some in pairs(all) do
        kinds, count = kinds + 1, count + #some
        for _, one in ipairs(some) do if one == person then mine = mine + 1 end end
      end
      if mine >= ${REACTIONS_MAX_PER_PERSON} or count >= ${REACTIONS_MAX_PER_MESSAGE} then return {'reactions-full'} end
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
`
