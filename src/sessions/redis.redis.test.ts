import { expect, test } from 'vitest'
import { useRedis } from '../../infra/testing/redis-fixture.ts'
import { devicesContract } from './device-store.contract.ts'
import { createRedisDevices } from './redis-devices.ts'
import { createRedisRevocations } from './redis.ts'
import { revocationsContract } from './store.contract.ts'
import type { Revocation } from './store.ts'

const SLICE = 1_000

const redis = useRedis()

revocationsContract('Redis', async (now) => {
  const prefix = redis.newPrefix()
  const admin = await redis.admin()
  let client = redis.connect()
  let store = createRedisRevocations({ client, prefix, now })
  return {
    get store() {
      return store
    },
    async reopen() {
      client.destroy()
      client = redis.connect()
      store = createRedisRevocations({ client, prefix, now })
    },
    async fill(revocations, ageMs) {
      const add = ({ session, before }: Revocation) =>
        admin.xAdd(`{${prefix}}:revocations`, `${now() - ageMs}-*`, { s: session, b: `${before}` })
      // In slices: on a busy machine all at once would exceed the client's deadline.
      for (let from = 0; from < revocations.length; from += SLICE)
        await Promise.all(revocations.slice(from, from + SLICE).map(add))
    },
    async close() {
      client.destroy()
      admin.destroy()
    }
  }
})

devicesContract('Redis', async (now) => {
  const client = redis.connect()
  const store = createRedisDevices({ client, prefix: redis.newPrefix(), now })
  return {
    store,
    async close() {
      client.destroy()
    }
  }
})

test('entries of another shape are an error, not a session', async () => {
  const admin = await redis.admin()
  await admin.xAdd('{strange}:revocations', '*', { s: 'a', b: 'now' })
  const client = redis.connect()
  await expect(createRedisRevocations({ client, prefix: 'strange' }).list(null)).rejects.toThrow('does not understand')
  const store = createRedisRevocations({ client, prefix: 'own-clock' })
  await store.add({ session: 'a', before: 5 })
  expect((await store.list(null)).revocations).toEqual([{ session: 'a', before: 5 }])
})
