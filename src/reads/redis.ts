// Read positions in Redis: a hash for each person, of rooms and "epoch seq back". It lasts as long as the person comes back now and then.
import * as v from 'valibot'
import type { UnreadRoom } from '../contract.ts'
import { roomKey } from '../log/redis/keys.ts'
import { createAsk } from '../redis/commands.ts'
import type { RedisClient } from '../redis/connection.ts'
import { createRun, script } from '../redis/scripts.ts'
import type { ReadsStore } from './store.ts'

const DEADLINE_MS = 3_000
/** After this time without reading anything, a person's positions are forgotten. */
const KEPT_MS = 90 * 86_400_000
/** Rooms that one command counts. */
const COUNTED_AT_ONCE = 100

const WHOLE = `local function whole(number) return string.format('%.0f', number) end
`

// KEYS: heads, each person's positions. ARGV: for each person the number of positions, and of each the room, epoch, seq, back.
const moveScript = script(
  WHOLE,
  `
local at = 1
for n = 2, #KEYS do
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    local room, epoch, seq, back = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    at = at + 4
    local head_epoch, head = string.match(redis.call('HGET', KEYS[1], room) or '', '^(%S+) (%d+)')
    if head_epoch == epoch then
      seq = math.min(seq, tonumber(head))
      local old_epoch, old_seq, old_back = string.match(redis.call('HGET', KEYS[n], room) or '', '^(%S+) (%d+) (%d+)$')
      old_seq, old_back = tonumber(old_seq), tonumber(old_back)
      if old_epoch ~= epoch or back > old_back or (back == old_back and seq > old_seq) then
        redis.call('HSET', KEYS[n], room, epoch .. ' ' .. whole(seq) .. ' ' .. whole(back))
      end
    end
  end
  redis.call('PEXPIRE', KEYS[n], ${KEPT_MS})
end
`
)

// KEYS: heads, a person's positions. Answers { room, position, head or nil, … }.
const positionsScript = script(`
local all = redis.call('HGETALL', KEYS[2])
local found = {}
for n = 1, #all, 2 do
  local place = #found
  found[place + 1], found[place + 2], found[place + 3] = all[n], all[n + 1], redis.call('HGET', KEYS[1], all[n]) or ''
end
return found
`)

// KEYS: living, tombs, messages and authors of each room. ARGV: the person, the seq in each room. Answers how many messages of others
// are left after it: all that are left, less the person's own. The own ones are counted with those that were removed.
const countScript = script(
  WHOLE,
  `
local person, counts = ARGV[1], {}
for n = 2, #ARGV do
  local at, after = (n - 2) * 4, '(' .. ARGV[n]
  local living, tombs, messages, authors = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3], KEYS[at + 4]
  local own = redis.call('ZLEXCOUNT', authors, '(' .. person .. ':' .. string.rep('0', 14 - #ARGV[n]) .. ARGV[n] .. ';', '(' .. person .. ';')
  if own > 0 then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', tombs, after, '+inf')) do
      if cjson.decode(redis.call('HGET', messages, id)).by.id == person then own = own - 1 end
    end
  end
  counts[n - 1] = redis.call('ZCOUNT', living, after, '+inf') - own
end
return counts
`
)

const strings = v.array(v.string())
const numbers = v.array(v.number())

export interface RedisReadsOptions {
  /** From `connectRedis`. Stays the caller's to close. */
  client: RedisClient
  prefix: string
  deadlineMs?: number
}

export function createRedisReads({ client, prefix, deadlineMs = DEADLINE_MS }: RedisReadsOptions): ReadsStore {
  const ask = createAsk(client, deadlineMs)
  const run = createRun(client, ask)
  const heads = `{${prefix}}:heads`
  const keyOf = (person: string) => `{${prefix}}:reads:${person}`
  const countedKeysOf = (room: string) =>
    ['living', 'tombs', 'messages', 'authors'].map((part) => roomKey(prefix, room, part))

  async function counts(person: string, rooms: { room: string; seq: number }[]): Promise<number[]> {
    const keys = rooms.flatMap(({ room }) => countedKeysOf(room))
    return v.parse(numbers, await run(countScript, keys, [person, ...rooms.map(({ seq }) => `${seq}`)]))
  }

  return {
    async move(readings) {
      if (readings.length === 0) return
      const args = readings.flatMap(({ positions }) => [
        `${positions.length}`,
        ...positions.flatMap(({ room, epoch, seq, back }) => [room, epoch, `${seq}`, `${back}`])
      ])
      await run(moveScript, [heads, ...readings.map(({ person }) => keyOf(person))], args)
    },

    async unread(person) {
      const answer = v.parse(strings, await run(positionsScript, [heads, keyOf(person)], []))
      const rooms: UnreadRoom[] = []
      for (let at = 0; at < answer.length; at += 3) {
        const [room = '', position = '', end = ''] = answer.slice(at)
        const [epoch = '', seq, back] = position.split(' ')
        const [headEpoch, head] = end.split(' ')
        if (epoch !== headEpoch) continue
        rooms.push({ room, epoch, seq: Number(seq), back: Number(back), head: Number(head), unread: 0 })
      }
      const behind = rooms.filter(({ seq, head }) => seq < head)
      const slices = Array.from({ length: Math.ceil(behind.length / COUNTED_AT_ONCE) }, (_, n) =>
        behind.slice(n * COUNTED_AT_ONCE, (n + 1) * COUNTED_AT_ONCE)
      )
      await Promise.all(
        slices.map(async (slice) => {
          const found = await counts(person, slice)
          for (const [place, room] of slice.entries()) room.unread = found[place] ?? 0
        })
      )
      return rooms
    },

    async remove(person) {
      await ask(['DEL', keyOf(person)])
    }
  }
}
