// The shared table in Redis: a hash of records, and a sorted set of their keys by revision.
import * as v from 'valibot'
import { END_FIELDS, headsKey, sharedTableKey } from '../log/redis/keys.ts'
import { LOBBY, PRIVATE_PREFIX } from '../contract.ts'
import { TIME, script } from '../redis/scripts.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { DELETED_LASTS_MS, SWEEP_DELETED, TABLE_PAGE, type TableStore } from './table-store.ts'

// ARGV: time or '', the newest revision that the caller knows, then key and value of each record. A deleted record has an empty value.
// Revisions are times where possible, so that those of a Redis that was emptied are larger than all before.
const putScript = script(
  TIME,
  `
local now, after = time_of(ARGV[1]), tonumber(ARGV[2])
local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
if (tonumber(newest) or 0) ~= after then return nil end
local revision = math.max(now, after + 1)
for place = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1])
  redis.call('ZADD', KEYS[2], string.format('%.0f', revision + (place - 3) / 2), ARGV[place])
end
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.0f', now - ${DELETED_LASTS_MS}), 'LIMIT', 0, ${SWEEP_DELETED})
for _, key in ipairs(old) do
  if redis.call('HGET', KEYS[1], key) == '' then
    redis.call('HDEL', KEYS[1], key)
    redis.call('ZREM', KEYS[2], key)
  end
end
local last = string.format('%.0f', revision + (#ARGV - 4) / 2)
for n = 3, 4 do redis.call('HSET', KEYS[n], '${END_FIELDS.table}', '- 0 ' .. last) end
return last
`
)

const revision = v.pipe(v.string(), v.toNumber(), v.safeInteger())
const keysAndScores = v.array(v.string())
const values = v.array(v.nullable(v.string()))

export function createRedisTable(options: RedisStoreOptions): TableStore {
  const { prefix } = options
  const [records, revisions] = [sharedTableKey(prefix), `{${prefix}}:shared:revisions`]
  const heads = [headsKey(prefix, LOBBY), headsKey(prefix, PRIVATE_PREFIX)]
  const { ask, run, time } = openRedisStore(options)

  return {
    async put(written, after) {
      const args = written.flatMap(({ key, value }) => [key, value ?? ''])
      return v.parse(
        v.nullable(revision),
        await run(putScript, [records, revisions, ...heads], [time(), `${after}`, ...args])
      )
    },
    async list(after) {
      // Not one step: a record that is written in between has its latest value already, and its latest revision in the next page.
      const page = ['WITHSCORES', 'LIMIT', '0', `${TABLE_PAGE}`]
      const found = v.parse(keysAndScores, await ask(['ZRANGEBYSCORE', revisions, `(${after}`, '+inf', ...page]))
      if (found.length === 0) return { records: [], more: false }
      const names = found.filter((_, nth) => nth % 2 === 0)
      const stored = v.parse(values, await ask(['HMGET', records, ...names]))
      const listed = names.map((key, nth) => ({
        key,
        revision: v.parse(revision, found[nth * 2 + 1]),
        value: stored[nth] || null
      }))
      return { records: listed, more: listed.length === TABLE_PAGE }
    }
  }
}
