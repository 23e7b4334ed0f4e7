// What people want to be notified of, in Redis: a hash for each person, for each room a set of those who want every message, and one of
// those with devices.
import * as v from 'valibot'
import { script } from '../redis/scripts.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { ALL, DEVICE, levelField, type AlertsStore } from './store.ts'

/** After this time without a change by the person, everything is forgotten. */
const KEPT_MS = 400 * 86_400_000
const NOTHING = ''

// KEYS: the person's hash, the set of those with devices, the set of each room whose level changes. ARGV: the person, names and values
// ('' removes), in the order of the sets those of rooms first.
const setScript = script(`
local person, place, is_device = ARGV[1], 2, false
for n = 2, #ARGV, 2 do
  local name, value = ARGV[n], ARGV[n + 1]
  if value == '' then redis.call('HDEL', KEYS[1], name) else redis.call('HSET', KEYS[1], name, value) end
  if string.sub(name, 1, 6) == 'level:' then
    place = place + 1
    redis.call(value == '${ALL}' and 'SADD' or 'SREM', KEYS[place], person)
  end
  is_device = is_device or string.sub(name, 1, 5) == '${DEVICE}'
end
if is_device then
  local has = false
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do has = has or string.sub(name, 1, 5) == '${DEVICE}' end
  redis.call(has and 'SADD' or 'SREM', KEYS[2], person)
end
redis.call('PEXPIRE', KEYS[1], ${KEPT_MS})
`)

const strings = v.array(v.string())

export function createRedisAlerts(options: RedisStoreOptions): AlertsStore {
  const { prefix } = options
  const { ask, run } = openRedisStore(options)
  const keyOf = (person: string) => `{${prefix}}:alerts:of:${person}`
  const roomKey = (level: string) => `{${prefix}}:alerts:${level}`
  const chat = `{${prefix}}:alerts`
  const withDevices = `${chat}:devices`

  async function fieldsOf(person: string) {
    const flat = v.parse(strings, await ask(['HGETALL', keyOf(person)]))
    return new Map(flat.flatMap((name, n): [string, string][] => (n % 2 ? [] : [[name, flat[n + 1] ?? '']])))
  }

  const store: AlertsStore = {
    fields: (people) => Promise.all(people.map(fieldsOf)),
    async set(person, changed) {
      const rooms = changed.flatMap(([name]) => (name.startsWith(levelField('')) ? [roomKey(name)] : []))
      const args = changed.flatMap(([name, value]) => [name, value ?? NOTHING])
      await run(setScript, [keyOf(person), withDevices, ...rooms], [person, ...args])
    },
    wantAll: async (room) => v.parse(strings, await ask(['SMEMBERS', roomKey(levelField(room))])),
    withDevices: async () => v.parse(strings, await ask(['SMEMBERS', withDevices])),
    async once(name, value) {
      await ask(['HSETNX', chat, name, value])
      return v.parse(v.string(), await ask(['HGET', chat, name]))
    },
    async remove(person) {
      const names = [...(await fieldsOf(person)).keys()]
      await store.set(
        person,
        names.map((name) => [name, null])
      )
    }
  }
  return store
}
