import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { useRedis } from '../../infra/testing/redis-fixture.ts'
import { noBus } from '../bus/messages.ts'
import { createSharedTable } from './shared-table.ts'
import { createRedisTable } from './table-redis.ts'
import { tableContract } from './table-store.contract.ts'

const redis = useRedis()

tableContract('Redis', async (now) => {
  const prefix = redis.newPrefix()
  let client = redis.connect()
  let store = createRedisTable({ client, prefix, now })
  return {
    get store() {
      return store
    },
    async reopen() {
      client.destroy()
      client = redis.connect()
      store = createRedisTable({ client, prefix, now })
    },
    async close() {
      client.destroy()
    }
  }
})

test('of 300 transactions of three regions at once, exactly as many succeed as there are places', async () => {
  const [places, attempts] = [100, 300]
  const clients = [redis.connect(), redis.connect(), redis.connect()]
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
})
