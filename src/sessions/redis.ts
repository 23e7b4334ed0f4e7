// Revoked sessions in Redis: a stream, because its ids are an order that every instance can continue to read from.
import * as v from 'valibot'
import { LOBBY } from '../contract.ts'
import { END_FIELDS, headsKey } from '../log/redis/keys.ts'
import { script } from '../redis/scripts.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { REVOCATIONS_KEPT_MS, REVOCATIONS_MAX, REVOCATIONS_PAGE, type RevocationStore } from './store.ts'

// ARGV: time or '', session, before.
const addScript = script(`
local now = tonumber(ARGV[1])
local id = now and ARGV[1] .. '-*'
if not now then
  now = redis.call('TIME')[1] * 1000
  id = '*'
end
local last = redis.call('XADD', KEYS[1], 'MAXLEN', ${REVOCATIONS_MAX}, id, 's', ARGV[2], 'b', ARGV[3])
redis.call('HSET', KEYS[2], '${END_FIELDS.revocations}', '- 0 ' .. last)
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', now - ${REVOCATIONS_KEPT_MS}))
`)

const entries = v.array(
  v.tuple([
    v.pipe(v.string(), v.regex(/^\d+-\d+$/)),
    v.tuple([v.literal('s'), v.string(), v.literal('b'), v.pipe(v.string(), v.toNumber(), v.safeInteger())])
  ])
)

export function createRedisRevocations(options: RedisStoreOptions): RevocationStore {
  const { prefix } = options
  const key = `{${prefix}}:revocations`
  const { ask, run, time } = openRedisStore(options)

  return {
    async add({ session, before }) {
      await run(addScript, [key, headsKey(prefix, LOBBY)], [time(), session, `${before}`])
    },
    async list(after) {
      const answer = await ask(['XRANGE', key, after === null ? '-' : next(after), '+', 'COUNT', `${REVOCATIONS_PAGE}`])
      const read = v.safeParse(entries, answer)
      if (!read.success) throw new Error('Redis holds revocations that this version does not understand')
      return {
        revocations: read.output.map(([, [, session, , before]]) => ({ session, before })),
        place: read.output.at(-1)?.[0] ?? after,
        more: read.output.length === REVOCATIONS_PAGE
      }
    }
  }
}

/** The smallest id above this one. Redis before 6.2 knows no open ranges. */
function next(id: string): string {
  const [time = '0', count = '0'] = id.split('-')
  return `${time}-${Number(count) + 1}`
}
