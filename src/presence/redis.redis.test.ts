import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { endLease, leasesIn } from '../../infra/testing/presence-simulation.ts'
import { openRedisRest, type RedisRest } from '../../infra/world/redis-rest.ts'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { createPresenceRedis, HASH_END_SET_EVERY_MS, HASH_LASTS_MS } from './redis.ts'
import { lease, presenceContract, SHORT_LEASE_MS } from './store.contract.ts'
import type { PresenceStore } from './store.ts'
import { createAsk } from '../redis/commands.ts'
import { connectRedis, type RedisClient } from '../redis/connection.ts'
import { createRestAsk } from '../redis/rest.ts'
import { StoreUnavailable } from '../errors.ts'

const LEASE_MS = 60_000
/** As long as a busy machine takes. */
const WITHIN_MS = 30_000
const DEADLINE_MS = 300
const TOKEN = 'secret'
const PREFIX = 'test'
const key = '{test}:presence'

let redis: RedisServer
let rest: RedisRest
let client: RedisClient
let inside: Awaited<ReturnType<typeof lookInto>>
beforeAll(async () => {
  redis = await startRedis()
  rest = await openRedisRest({ redisUrl: redis.url, token: TOKEN })
  client = connectRedis(redis.url, { onError() {}, name: 'test' })
  // Each store that a test opens listens to it.
  client.setMaxListeners(0)
  inside = await lookInto(redis.url)
})
afterAll(async () => {
  client.destroy()
  inside.destroy()
  await rest.close()
  await redis.stop()
})

interface Way {
  name: string
  open(options?: { deadlineMs?: number; prefix?: string }): PresenceStore
}
const overTcp: Way = {
  name: 'Redis',
  open: ({ deadlineMs = WITHIN_MS, prefix = PREFIX } = {}) =>
    createPresenceRedis({ ask: createAsk(client, deadlineMs), client, prefix })
}
const overRest: Way = {
  name: 'Redis over REST',
  open: ({ deadlineMs = WITHIN_MS, prefix = PREFIX } = {}) =>
    createPresenceRedis({ ask: createRestAsk({ url: rest.url, token: TOKEN, deadlineMs }), client: null, prefix })
}
const ways = [overTcp, overRest]

/** Both stores reach Redis again. */
async function untilThere() {
  for (const { open } of ways) {
    const store = open()
    const look = () =>
      leasesIn(store).then(
        () => 'there',
        () => 'unavailable'
      )
    await expect.poll(look, { timeout: 20_000 }).toBe('there')
  }
}

describe.each(ways)('$name', ({ name, open }) => {
  presenceContract(name, {
    open: () => open(),
    clear: async () => void (await inside.flushAll()),
    pass: (ms) => wait(ms)
  })

  describe('in Redis', () => {
    beforeEach(async () => void (await inside.flushAll()))

    it('each call is one command', async () => {
      const store = open()
      await leasesIn(store)
      await client.sendCommand(['CONFIG', 'RESETSTAT'])
      await store.renew(lease('east', 'one'), LEASE_MS, { sweep: true })
      await leasesIn(store)
      await endLease(store, 'east', 'one')
      const stats = await inside.info('commandstats')
      expect(stats).toMatch(/cmdstat_evalsha:calls=3,/)
      expect(stats).not.toMatch(/cmdstat_(eval|script|multi|get):/)
    })

    it('of a lease only the lines that changed are written and read, and all of them when Redis has forgotten it', async () => {
      const keys = Array.from({ length: 1_000 }, (_, n) => `${(n * 7_919) % 1_000}`.padStart(3, '0'))
      const people = keys.map((key) => ({ key, name: 'a name'.repeat(10), guest: true, region: 'here' }))
      const large = lease('east', 'one', { rooms: [['lobby', { count: 1_000, keys, people }]] })
      const [owner, reader] = [open(), open()]
      const bytes = async (work: () => Promise<unknown>) => {
        const passed = async () =>
          [...(await inside.info('stats')).matchAll(/total_net_(?:in|out)put_bytes:(\d+)/g)].map(([, n]) => Number(n))
        const before = await passed()
        await work()
        const after = await passed()
        // Of which the looking is the same each time.
        return (after[0] ?? 0) - (before[0] ?? 0) + (after[1] ?? 0) - (before[1] ?? 0)
      }
      const readAs = (expected: typeof large) => async () => expect(await leasesIn(reader)).toEqual([expected])
      await owner.renew(large, LEASE_MS)
      await owner.renew(large, LEASE_MS)
      await readAs(large)()
      expect(await bytes(() => owner.renew(large, LEASE_MS))).toBeLessThan(12_000)
      expect(await bytes(readAs(large))).toBeLessThan(12_000)
      const idle = people.map((person) => (person.key === '500' ? { ...person, idleSince: 60_000 } : person))
      const changed = { ...large, version: 2, rooms: new Map([['lobby', { count: 1_000, keys, people: idle }]]) }
      expect(await bytes(() => owner.renew(changed, LEASE_MS))).toBeLessThan(20_000)
      expect(await bytes(readAs(changed))).toBeLessThan(20_000)
      await inside.del(key)
      expect(await owner.renew(changed, LEASE_MS)).toEqual([])
      await readAs(changed)()
      await inside.del(key)
      // The lines that this leaves out are not there.
      expect(await owner.renew({ ...large, version: 3 }, LEASE_MS)).toEqual([])
      await readAs({ ...large, version: 3 })()
    })

    it('a lease lives as long as it should, whatever the clock of its instance did meanwhile', async () => {
      const store = open()
      await store.renew(lease('east', 'one'), LEASE_MS)
      // As after a machine has slept.
      const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() - LEASE_MS / 2)
      onTestFinished(() => clock.mockRestore())
      await store.renew(lease('east', 'one', { version: 2 }), LEASE_MS)
      const [ends, version] = (await inside.hGet(key, 'east:one'))?.split(' ') ?? []
      expect([Number(ends) - Date.now() > LEASE_MS * 0.9, version]).toEqual([true, '2'])
    })

    it('fields that are no readable lease are left out', async () => {
      const store = open()
      const good = lease('east', 'one')
      await store.renew(good, LEASE_MS)
      const later = Date.now() + LEASE_MS
      const strange = {
        garbage: 'garbage',
        empty: '',
        'no json': `${later} 1 0\n{`,
        'another shape': `${later} 1 0\n{"v":2,"who":"everyone"}`,
        null: `${later} 1 0\nnull`,
        list: `${later} 1 0\n[]`,
        'wrong parts': `${later} 1 0\n${JSON.stringify({ ...good, rooms: [['lobby', { keys: 'all' }]] })}`,
        'no room': `${later} 1 0\n${JSON.stringify({ ...good, rooms: [['__proto__', { count: 0, keys: [], people: [] }]] })}`
      }
      await inside.hSet(key, strange)
      expect(await leasesIn(store)).toEqual([good])
      expect(await store.renew(good, LEASE_MS, { sweep: true })).toEqual([good])
      // Fields without an end are removed; leases that only other versions can read stay.
      expect(await inside.hKeys(key)).not.toContain('garbage')
      expect(await inside.hKeys(key)).toContain('another shape')
    })

    it('a lease of a newer version with the same fields is read', async () => {
      const newer = { ...lease('east', 'one'), v: 2, mood: 'good', rooms: [] }
      await inside.hSet(key, 'east:one', `${Date.now() + LEASE_MS} 1 0\n${JSON.stringify(newer)}`)
      expect(await leasesIn(open())).toEqual([{ ...lease('east', 'one'), v: 2 }])
    })

    it('an empty chat leaves nothing behind, and no lease ends with another', async () => {
      const [store, lasts] = [open(), HASH_LASTS_MS]
      await store.renew(lease('east', 'one'), SHORT_LEASE_MS)
      expect(await inside.pTTL(key)).toBeLessThanOrEqual(lasts)
      await store.renew(lease('east', 'one'), 3 * lasts)
      await store.renew(lease('west', 'one'), SHORT_LEASE_MS)
      expect(await inside.pTTL(key)).toBeGreaterThan(2 * lasts)
      // As if that had been written long ago.
      await inside.pExpire(key, SHORT_LEASE_MS)
      await store.renew(lease('east', 'one'), 2 * lasts)
      expect(await inside.pTTL(key)).toBeGreaterThan(lasts)
      for (const machine of ['east', 'west']) await endLease(store, machine, 'one')
      expect(await inside.exists(key)).toBe(0)
    })

    it('the end of all leases is set once in an interval, by the first instance that writes in it', async () => {
      const [store, machines] = [open(), ['east', 'west']]
      const renewAll = async () => {
        for (const machine of machines) await store.renew(lease(machine, 'one'), LEASE_MS)
      }
      await renewAll()
      // As if they had been written in the interval before.
      for (const [field, stored] of Object.entries(await inside.hGetAll(key)))
        await inside.hSet(
          key,
          field,
          stored.replace(/^\d+/, (ends) => `${Number(ends) - HASH_END_SET_EVERY_MS}`)
        )
      const ends = async () => Number(/cmdstat_pexpireat:calls=(\d+)/.exec(await inside.info('commandstats'))?.[1])
      const before = await ends()
      await renewAll()
      await renewAll()
      expect(await ends()).toBe(before + 1)
    })

    it('two deployments can share one Redis', async () => {
      await open({ prefix: 'other' }).renew(lease('east', 'one'), LEASE_MS)
      expect(await leasesIn(open())).toEqual([])
      expect(await inside.keys('*')).toEqual(['{other}:presence'])
    })

    it('leases written over TCP and over REST are read together', async () => {
      await overTcp.open().renew(lease('east', 'one'), LEASE_MS)
      await overRest.open().renew(lease('west', 'one'), LEASE_MS)
      expect((await leasesIn(open())).map(({ instance }) => instance).toSorted()).toEqual(['east', 'west'])
    })

    it('the largest lease goes through', async () => {
      const keys = Array.from({ length: 5_000 }, (_, n) => `key-${n}`.padEnd(11, 'x'))
      const people = keys.map((key) => ({ key, name: '😀'.repeat(100), guest: true, region: 'here' }))
      const large = lease('east', 'one', { rooms: [['lobby', { count: 5_000, keys, people }]] })
      await open().renew(large, LEASE_MS)
      expect(await leasesIn(open())).toEqual([large])
    })
  })

  describe('without an answer', () => {
    it('throws StoreUnavailable after its deadline, and answers again afterwards', async () => {
      await open().renew(lease('east', 'one'), LEASE_MS)
      const store = open({ deadlineMs: DEADLINE_MS })
      redis.kill('SIGSTOP')
      await expect(leasesIn(store)).rejects.toThrow(StoreUnavailable)
      await expect(store.renew(lease('east', 'one'), LEASE_MS)).rejects.toThrow(StoreUnavailable)
      await expect(endLease(store, 'east', 'one')).rejects.toThrow(StoreUnavailable)
      redis.kill('SIGCONT')
      await untilThere()
    })

    it('throws StoreUnavailable while Redis is down, and answers again afterwards', async () => {
      const store = open({ deadlineMs: DEADLINE_MS })
      redis.kill('SIGKILL')
      await expect.poll(() => client.isReady).toBe(false)
      await expect(leasesIn(store)).rejects.toThrow(StoreUnavailable)
      await redis.restart()
      await untilThere()
    })

    it('a refusal that a repetition would bring back is no StoreUnavailable, and names nobody', async () => {
      await inside.set(key, 'not a hash')
      const people = [{ key: 'key', name: 'Ana', guest: false, region: 'here' }]
      const named = lease('east', 'one', { rooms: [['lobby', { count: 1, keys: ['key'], people }]] })
      const refusal: unknown = await open()
        .renew(named, LEASE_MS)
        .catch((cause: unknown) => cause)
      expect(refusal).not.toBeInstanceOf(StoreUnavailable)
      expect(inspect(refusal, { depth: 9 })).toContain('WRONGTYPE')
      expect(inspect(refusal, { depth: 9 })).not.toContain('Ana')
      await inside.flushAll()
      if (name === 'Redis') return
      const refused = createRestAsk({ url: rest.url, token: 'another', deadlineMs: WITHIN_MS })
      await expect(refused(['HGETALL', key])).rejects.toThrow(StoreUnavailable)
    })
  })
})

it('a lease lives as long as it should, however late the answer with the time came', async () => {
  await inside.flushAll()
  const ask = createAsk(client, WITHIN_MS)
  let lateMs = 1_000
  const late: typeof ask = async (...command) => {
    const answer = await ask(...command)
    await wait(lateMs)
    lateMs = 0
    return answer
  }
  const store = createPresenceRedis({ ask: late, client, prefix: PREFIX })
  await store.renew(lease('east', 'one'), LEASE_MS)
  await store.renew(lease('east', 'one', { version: 2 }), LEASE_MS)
  const [ends] = (await inside.hGet(key, 'east:one'))?.split(' ') ?? []
  expect(Number(ends) - Date.now()).toBeGreaterThan(LEASE_MS - 500)
})
