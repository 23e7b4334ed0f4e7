import { afterAll, beforeAll, expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { noBus } from '../bus/messages.ts'
import { connectRedis } from '../redis/connection.ts'
import { createSharedTable } from './shared-table.ts'
import { createRedisTable } from './table-redis.ts'
import { tableContract } from './table-store.contract.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let prefixes = 0
const connect = () => connectRedis(redis.url, { onError() {}, name: 'table' })

tableContract('Redis', async (now) => {
  const prefix = `p${(prefixes += 1)}`
  let client = connect()
  let store = createRedisTable({ client, prefix, now })
  return {
    get store() {
      return store
    },
    async reopen() {
      client.destroy()
      client = connect()
      store = createRedisTable({ client, prefix, now })
    },
    async close() {
      client.destroy()
    }
  }
})

test('of 300 transactions of three regions at once, exactly as many succeed as there are places', async () => {
  const [places, attempts] = [100, 300]
  const clients = [connect(), connect(), connect()]
  const tables = clients.map((client) =>
    createSharedTable({
      store: createRedisTable({ client, prefix: 'places' }),
      bus: noBus,
      clock: standingClock(),
      onError() {}
    })
  )
  const take = (nth: number) =>
    tables[nth % tables.length]!.transact((records) => {
      const taken = (records.get('taken') as { count: number } | null)?.count ?? 0
      if (taken === places) throw new Error('no place is left')
      records.put('taken', { count: taken + 1 })
    })
  const results = await Promise.allSettled(Array.from({ length: attempts }, (_, nth) => take(nth)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(places)
  for (const client of clients) client.destroy()
})
