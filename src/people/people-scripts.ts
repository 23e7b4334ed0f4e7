// Lua of the people in Redis: see redis.ts for what their keys hold.
import { TIME, script } from '../redis/scripts.ts'
import { FOREVER } from './account-store.ts'
import { BLOCKED_MAX, FOUND_PEOPLE_MAX, PEOPLE_MAX, SEEN_EVERY_MS, SWEEP_PEOPLE } from './store.ts'

/** The keys of the scripts that begin with PEOPLE_PARTS. */
export const peopleKeys = (prefix: string) => [
  ...['people', 'names', 'people:expiry', 'people:places', 'accounts'].map((name) => `{${prefix}}:${name}`),
  blocksKey(prefix)
]
/** For each person a list of others, each with a space after it. */
export const blocksKey = (prefix: string) => `{${prefix}}:people:blocks`

// A person is JSON, and a newer version's fields stay in it. Each script begins with ARGV: time or ''.
export const PEOPLE_PARTS = `${TIME}
local PEOPLE, NAMES, EXPIRY, PLACES, ACCOUNTS, BLOCKS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now = time_of(ARGV[1])
local function stored(id)
  local json = redis.call('HGET', PEOPLE, id)
  return json and cjson.decode(json)
end
local function living(id)
  local person = id and stored(id)
  return person and person.expiresAt > now and person
end
local function drop_names(id, person)
  for _, form in ipairs(person.forms) do
    if redis.call('HGET', NAMES, form) == id then redis.call('HDEL', NAMES, form) end
  end
end
local function drop(id)
  local person = stored(id)
  if person then
    drop_names(id, person)
    if person.place then redis.call('ZREM', PLACES, person.place) end
  end
  redis.call('HDEL', PEOPLE, id)
  redis.call('HDEL', BLOCKS, id)
  redis.call('ZREM', EXPIRY, id)
end
local function drop_all(ids) for _, id in ipairs(ids) do drop(id) end end
`

// ARGV: time or '', id, name, hash of the secret or '', milliseconds that the name lasts, its folded form, its forms.
export const claimScript = script(
  PEOPLE_PARTS,
  `
drop_all(redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'LIMIT', 0, ${SWEEP_PEOPLE}))
local id, name, secret, expires = ARGV[2], ARGV[3], ARGV[4], now + tonumber(ARGV[5])
local forms, owner_here, owns_all = {}, nil, true
for place = 7, #ARGV do
  local owner_id = redis.call('HGET', NAMES, ARGV[place])
  local owner = owner_id == id and owner_here or living(owner_id)
  if owner and owner_id ~= id then
    if id ~= ARGV[2] or secret == '' or owner.secret ~= secret then return nil end
    id = owner_id
  end
  if owner_id == id then owner_here = owner else owns_all = false end
  table.insert(forms, ARGV[place])
end
local person = owner_here or living(id)
local place = ARGV[6] .. '\\0' .. id
local is_news = not person or person.name ~= name or person.place ~= place or (secret ~= '' and person.secret ~= secret)
if not is_news and person.expiresAt > expires - ${SEEN_EVERY_MS} then return id end
-- Most are seen again under the name that they had.
local is_same = person and owns_all and person.name == name and person.place == place and #person.forms == #forms
if not is_same then
  if person then
    drop_names(id, person)
    if person.place then redis.call('ZREM', PLACES, person.place) end
  else
    drop(id)
    person = { createdAt = now, expiresAt = 0 }
  end
  person.name, person.forms, person.place = name, forms, place
  redis.call('ZADD', PLACES, 0, place)
  for _, form in ipairs(forms) do redis.call('HSET', NAMES, form, id) end
end
person.seenAt, person.expiresAt = now, math.max(person.expiresAt, expires)
if secret ~= '' then person.secret = secret end
redis.call('HSET', PEOPLE, id, cjson.encode(person))
redis.call('ZADD', EXPIRY, person.expiresAt, id)
if is_same then return id end
local beyond = math.min(redis.call('ZCARD', EXPIRY) - ${PEOPLE_MAX}, ${SWEEP_PEOPLE})
if beyond > 0 then drop_all(redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', '(${FOREVER}', 'LIMIT', 0, beyond)) end
return id
`
)

// ARGV: time or '', forms. Answers 1 for each that nobody owns.
export const freeScript = script(
  PEOPLE_PARTS,
  `
local free = {}
for place = 2, #ARGV do
  free[place - 1] = living(redis.call('HGET', NAMES, ARGV[place])) and 0 or 1
end
return free
`
)

// ARGV: time or '', forms. Answers the owner of each, or ''.
export const ownersScript = script(
  PEOPLE_PARTS,
  `
local owners, ids, places = {}, {}, {}
for place, id in ipairs(redis.call('HMGET', NAMES, unpack(ARGV, 2))) do
  owners[place] = ''
  if id then ids[#ids + 1], places[#places + 1] = id, place end
end
if #ids == 0 then return owners end
for n, json in ipairs(redis.call('HMGET', PEOPLE, unpack(ids))) do
  if json and cjson.decode(json).expiresAt > now then owners[places[n]] = ids[n] end
end
return owners
`
)

// ARGV: time or '', id.
export const personScript = script(
  PEOPLE_PARTS,
  `return living(ARGV[2]) and redis.call('HGET', PEOPLE, ARGV[2]) or nil`
)
// ARGV: time or '', place after which to look, place before which to look. Answers id, JSON, id, JSON …, and the last place of a full page.
export const searchScript = script(
  PEOPLE_PARTS,
  `
local places, found = redis.call('ZRANGEBYLEX', PLACES, '(' .. ARGV[2], '(' .. ARGV[3], 'LIMIT', 0, ${FOUND_PEOPLE_MAX}), {}
for _, place in ipairs(places) do
  local id = string.match(place, '%z([^%z]+)$')
  local person = living(id)
  if person and person.place == place then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', PEOPLE, id)
  elseif not stored(id) then redis.call('ZREM', PLACES, place) end
end
return {places[${FOUND_PEOPLE_MAX}] or '', found}
`
)
export const forgetSecretScript = script(
  PEOPLE_PARTS,
  `
local person = stored(ARGV[2])
if not person then return end
person.secret = nil
redis.call('HSET', PEOPLE, ARGV[2], cjson.encode(person))
`
)
// ARGV: time or '', person, other, '1' or '0'.
export const blockScript = script(
  PEOPLE_PARTS,
  `
local all, other = redis.call('HGET', BLOCKS, ARGV[2]) or '', ARGV[3] .. ' '
local from, to = string.find(all, other, 1, true)
if ARGV[4] == '0' and from then all = string.sub(all, 1, from - 1) .. string.sub(all, to + 1)
elseif ARGV[4] == '1' and not from and #all < ${BLOCKED_MAX} * #other then all = all .. other end
if all == '' then redis.call('HDEL', BLOCKS, ARGV[2]) else redis.call('HSET', BLOCKS, ARGV[2], all) end
`
)
export const removeScript = script(
  PEOPLE_PARTS,
  `
if redis.call('HEXISTS', ACCOUNTS, ARGV[2]) == 1 then return 0 end
drop(ARGV[2])
return 1
`
)
