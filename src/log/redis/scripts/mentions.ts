// Lua: who is mentioned where. One sorted set for all rooms: "person:room:seq:message:author:time", in the order of their text.

/** The entries of a message's mentions. Needs `whole`. */
export const MENTIONS = `
local function mention_entries(m)
  local seq, author = whole(m.seq), m.by.id == cjson.null and '' or m.by.id
  local rest = ':' .. ARGV[1] .. ':' .. string.rep('0', 14 - #seq) .. seq .. ':' .. m.id .. ':' .. author .. ':' .. whole(m.at)
  local entries = {}
  for n, one in ipairs(m.mentions) do entries[n] = one.id .. rest end
  return entries
end
local function add_mentions(m)
  local args = {}
  for _, entry in ipairs(mention_entries(m)) do
    args[#args + 1], args[#args + 2] = 0, entry
  end
  redis.call('ZADD', KEYS[13], unpack(args))
end
`
