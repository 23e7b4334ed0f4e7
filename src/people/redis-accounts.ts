// Accounts in Redis: a hash by person, a hash of subjects, and a key for each value that can be taken once.
import * as v from 'valibot'
import { script } from '../redis/scripts.ts'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { FOREVER, type AccountStore } from './account-store.ts'
import { PEOPLE_PARTS, peopleKeys } from './people-scripts.ts'
import { NAME_LASTS_MS } from './store.ts'

// ARGV: time or '', person, account before or '', account after or ''.
const replaceScript = script(
  PEOPLE_PARTS,
  `
local SUBJECTS = KEYS[7]
local id, before, after = ARGV[2], ARGV[3], ARGV[4]
if (redis.call('HGET', ACCOUNTS, id) or '') ~= before then return 'changed' end
local person = living(id)
if after ~= '' and not person then return 'gone' end
local function subject_of(account) return account ~= '' and cjson.decode(account).subject or nil end
local former, subject = subject_of(before), subject_of(after)
local owner = subject and redis.call('HGET', SUBJECTS, subject)
if owner and owner ~= id then return 'taken' end
if former then redis.call('HDEL', SUBJECTS, former) end
if subject then redis.call('HSET', SUBJECTS, subject, id) end
if after == '' then redis.call('HDEL', ACCOUNTS, id) else redis.call('HSET', ACCOUNTS, id, after) end
if person then
  person.expiresAt = after == '' and now + ${NAME_LASTS_MS} or ${FOREVER}
  redis.call('HSET', PEOPLE, id, cjson.encode(person))
  redis.call('ZADD', EXPIRY, person.expiresAt, id)
end
return 'done'
`
)

// Older versions of Redis have no GETDEL.
const takeScript = script(`
local value = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return value
`)

const text = v.nullable(v.string())

export function createRedisAccounts(options: RedisStoreOptions): AccountStore {
  const { prefix } = options
  const accounts = `{${prefix}}:accounts`
  const subjects = `{${prefix}}:subjects`
  const onceKey = (key: string) => `{${prefix}}:once:${key}`
  const { ask, run, time } = openRedisStore(options)

  return {
    read: async (person) => v.parse(text, await ask(['HGET', accounts, person])),
    bySubject: async (subject) => v.parse(text, await ask(['HGET', subjects, subject])),
    async replace({ person, before, after }) {
      const args = [time(), person, before ?? '', after ?? '']
      const answer = await run(replaceScript, [...peopleKeys(prefix), subjects], args)
      return v.parse(v.picklist(['done', 'changed', 'gone', 'taken']), answer)
    },
    async put(key, value, forMs) {
      await ask(['SET', onceKey(key), value, 'PX', `${forMs}`])
    },
    take: async (key) => v.parse(text, await run(takeScript, [onceKey(key)], []))
  }
}
