// The contract of the stores of alerts, on both.
import { describe, expect, test } from 'vitest'
import { useRedis } from '../../infra/testing/redis-fixture.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { createRedisAlerts } from './redis.ts'
import { openSqliteAlerts } from './sqlite.ts'
import type { AlertsStore } from './store.ts'

const redis = useRedis()

async function inSqlite(): Promise<AlertsStore> {
  const { file } = await openSqliteStores({ path: ':memory:', historyLimit: 10 })
  openSqlitePeople(file)
  return openSqliteAlerts(file)
}

describe.each([
  ['SQLite', inSqlite],
  ['Redis', async () => createRedisAlerts({ client: redis.connect(), prefix: redis.newPrefix() })]
])('alerts in %s', (_, open) => {
  test('are fields of a person, which change one by one; who wants all of a room or has a device is found; the first value of the chat stays', async () => {
    const store = await open()
    expect(await store.fields(['ana', 'bo'])).toEqual([new Map(), new Map()])
    await store.set('ana', [
      ['level:tea', 'all'],
      ['quiet', '7'],
      ['push:https://a', '{}']
    ])
    await store.set('bo', [['level:tea', 'all']])
    await store.set('bo', [['level:garden', 'nothing']])
    expect(await store.withDevices()).toEqual(['ana'])
    expect((await store.wantAll('tea')).toSorted((a, b) => a.localeCompare(b))).toEqual(['ana', 'bo'])
    await store.set('ana', [
      ['level:tea', 'mentions'],
      ['quiet', null]
    ])
    const fields = { 'level:tea': 'mentions', 'push:https://a': '{}' }
    expect(await store.fields(['ana'])).toEqual([new Map(Object.entries(fields))])
    expect([await store.wantAll('tea'), await store.wantAll('garden')]).toEqual([['bo'], []])
    await store.set('ana', [['push:https://a', null]])
    expect(await store.withDevices()).toEqual([])
    await store.set('bo', [['push:https://b', '{}']])
    await store.remove('bo')
    expect(await store.withDevices()).toEqual([])
    expect([await store.wantAll('tea'), await store.fields(['bo'])]).toEqual([[], [new Map()]])
    expect([await store.once('vapid', 'one'), await store.once('vapid', 'two')]).toEqual(['one', 'one'])
  })
})
