import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { connectRedis } from '../redis/connection.ts'
import { devicesContract } from './device-store.contract.ts'
import { createRedisDevices } from './redis-devices.ts'
import { createRedisRevocations } from './redis.ts'
import { revocationsContract } from './store.contract.ts'
import type { Revocation } from './store.ts'

const SLICE = 1_000

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let prefixes = 0

revocationsContract('Redis', async (now) => {
  const prefix = `p${(prefixes += 1)}`
  const connect = () => connectRedis(redis.url, { onError() {}, name: 'revocations' })
  const admin = await lookInto(redis.url)
  let client = connect()
  let store = createRedisRevocations({ client, prefix, now })
  return {
    get store() {
      return store
    },
    async reopen() {
      client.destroy()
      client = connect()
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
  const client = connectRedis(redis.url, { onError() {}, name: 'devices' })
  const store = createRedisDevices({ client, prefix: `p${(prefixes += 1)}`, now })
  return {
    store,
    async close() {
      client.destroy()
    }
  }
})

test('entries of another shape are an error, not a session', async () => {
  const admin = await lookInto(redis.url)
  await admin.xAdd('{strange}:revocations', '*', { s: 'a', b: 'now' })
  const client = connectRedis(redis.url, { onError() {}, name: 'revocations' })
  await expect(createRedisRevocations({ client, prefix: 'strange' }).list(null)).rejects.toThrow('does not understand')
  const store = createRedisRevocations({ client, prefix: 'own-clock' })
  await store.add({ session: 'a', before: 5 })
  expect((await store.list(null)).revocations).toEqual([{ session: 'a', before: 5 }])
  admin.destroy()
  client.destroy()
})
