// Devices in Redis: a hash for each person, which goes when its person stays away.
import * as v from 'valibot'
import { TIME, script } from '../redis/scripts.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { DEVICE_LASTS_MS, DEVICES_MAX, type DeviceStore, type StoredDevice } from './device-store.ts'

// For a session that is new or has no device, and keeps the one that it had. ARGV: session, its record. Answers the sessions that it
// dropped beyond the limit.
const usedScript = script(`
local key, use = KEYS[1], ARGV[2]
local known = cjson.decode(use)
local former = known.device == '' and redis.call('HGET', key, ARGV[1])
if former then
  known.device = cjson.decode(former).device
  use = cjson.encode(known)
end
redis.call('HSET', key, ARGV[1], use)
redis.call('PEXPIRE', key, ${DEVICE_LASTS_MS})
local dropped = {}
if redis.call('HLEN', key) <= ${DEVICES_MAX} then return dropped end
local sessions, all = {}, redis.call('HGETALL', key)
for place = 1, #all, 2 do
  table.insert(sessions, { all[place], cjson.decode(all[place + 1]).seenAt })
end
table.sort(sessions, function(one, other) return one[2] < other[2] end)
for place = 1, #sessions - ${DEVICES_MAX} do
  table.insert(dropped, sessions[place][1])
  redis.call('HDEL', key, sessions[place][1])
end
return dropped
`)

// ARGV: time or ''. Answers the time, then sessions and their records.
const listScript = script(
  TIME,
  `
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, string.format('%.0f', time_of(ARGV[1])))
return answer
`
)

const texts = v.array(v.string())
const record = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ device: v.string(), region: v.string(), startedAt: v.number(), seenAt: v.number() })
)

export function createRedisDevices(options: RedisStoreOptions): DeviceStore {
  const { prefix, now } = options
  const keyOf = (person: string) => `{${prefix}}:devices:${person}`
  const { ask, run, time } = openRedisStore(options)

  return {
    async used({ person, session, isRepeated = false, ...about }) {
      const key = keyOf(person)
      // The time of this process is good enough to show.
      const use = [session, JSON.stringify({ ...about, seenAt: now?.() ?? Date.now() })]
      if (about.device !== '') {
        const [added] = await Promise.all([
          ask(['HSET', key, ...use]),
          isRepeated ? null : ask(['PEXPIRE', key, `${DEVICE_LASTS_MS}`])
        ])
        if (added === 0) return []
      }
      return v.parse(texts, await run(usedScript, [key], use))
    },
    async list(person) {
      const [at, ...fields] = v.parse(texts, await run(listScript, [keyOf(person)], [time()]))
      const devices: StoredDevice[] = []
      for (let place = 0; place < fields.length; place += 2)
        devices.push({ session: fields[place] ?? '', ...v.parse(record, fields[place + 1]) })
      return devices
        .filter(({ seenAt }) => seenAt > Number(at) - DEVICE_LASTS_MS)
        .toSorted((one, other) => other.seenAt - one.seenAt)
    },
    async remove(person, sessions) {
      if (sessions.length > 0) await ask(['HDEL', keyOf(person), ...sessions])
    }
  }
}
