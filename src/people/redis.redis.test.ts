import { expect, test } from 'vitest'
import { useRedis } from '../../infra/testing/redis-fixture.ts'
import { until } from '../../infra/testing/until.ts'
import { accountsContract } from './account-store.contract.ts'
import { createRedisAccounts } from './redis-accounts.ts'
import { createRedisPeople } from './redis.ts'
import { peopleContract } from './store.contract.ts'
import { NAME_LASTS_MS, placeOf } from './store.ts'

const INSTANCES = 3
const SLICE = 5_000

const redis = useRedis()

peopleContract('Redis', async (now) => {
  const prefix = redis.newPrefix()
  const admin = await redis.admin()
  const open = () => {
    const clients = Array.from({ length: INSTANCES }, redis.connect)
    const [first, ...others] = clients.map((client) => createRedisPeople({ client, prefix, now }))
    return { clients, stores: [first!, ...others] as const }
  }
  let opened = open()
  const close = () => opened.clients.forEach((client) => client.destroy())
  return {
    get stores() {
      return opened.stores
    },
    async reopen() {
      close()
      opened = open()
    },
    async size() {
      const [people, names, expiries] = await Promise.all([
        admin.hLen(`{${prefix}}:people`),
        admin.hLen(`{${prefix}}:names`),
        admin.zCard(`{${prefix}}:people:expiry`)
      ])
      expect(expiries).toBe(people)
      return { people, names }
    },
    async fill(count) {
      for (let from = 0; from < count; from += SLICE) {
        const filled = Array.from({ length: SLICE }, (_, n) => from + n).map((n) => {
          const expiresAt = now() + NAME_LASTS_MS + n - count
          const [id, name] = [`id ${n}`, `filled ${n}`]
          const place = placeOf({ id, name })
          return { id, person: { name, place, forms: [name], createdAt: 0, seenAt: 0, expiresAt } }
        })
        const people = filled.map(({ id, person }) => [id, JSON.stringify(person)] as const)
        await admin.hSet(`{${prefix}}:people`, Object.fromEntries(people))
        const names = filled.map(({ id, person }) => [person.name, id] as const)
        await admin.hSet(`{${prefix}}:names`, Object.fromEntries(names))
        const expiries = filled.map(({ id, person }) => ({ value: id, score: person.expiresAt }))
        await admin.zAdd(`{${prefix}}:people:expiry`, expiries)
        const places = filled.map(({ person }) => ({ value: person.place, score: 0 }))
        await admin.zAdd(`{${prefix}}:people:places`, places)
      }
    },
    async close() {
      close()
      admin.destroy()
    }
  }
})

accountsContract('Redis', async (now) => {
  const prefix = redis.newPrefix()
  const clients = [redis.connect(), redis.connect()] as const
  const admin = await redis.admin()
  const [one, two] = clients
  return {
    stores: [createRedisAccounts({ client: one, prefix, now }), createRedisAccounts({ client: two, prefix, now })],
    people: createRedisPeople({ client: one, prefix, now }),
    // Redis moves its clock by itself.
    pass: () => until('the time to be over', async () => (await admin.exists(`{${prefix}}:once:late`)) === 0),
    async close() {
      clients.forEach((client) => client.destroy())
      admin.destroy()
    }
  }
})

test('a person keeps the fields of a newer version, and Redis’ own clock counts', async () => {
  const [client, admin] = [redis.connect(), await redis.admin()]
  const people = createRedisPeople({ client, prefix: 'newer' })
  const ana = { id: 'ana', name: 'Ana', forms: ['ana'], forMs: NAME_LASTS_MS }
  await people.claim(ana)
  const stored = JSON.parse((await admin.hGet('{newer}:people', 'ana')) ?? '') as { expiresAt: number }
  expect(stored.expiresAt - Date.now()).toBeGreaterThan(NAME_LASTS_MS - 60_000)
  await admin.hSet('{newer}:people', 'ana', JSON.stringify({ ...stored, role: 'owner' }))
  await people.claim({ ...ana, name: 'ANA' })
  expect(JSON.parse((await admin.hGet('{newer}:people', 'ana')) ?? '')).toMatchObject({ name: 'ANA', role: 'owner' })
})
