// Measures the numbers in measured.ts about leases, clients and stored data.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { leasesIn } from '../testing/presence-simulation.ts'
import { expectAsked, expectBytes, type Asked } from './checks.fixture.ts'
import { clientBytes, clientHourly, leaseBytes, operations, storedBytes } from './measured.ts'
import { FULL_HISTORY, openInstances, text, type InstancesFixture } from './instances.fixture.ts'
import { openRedisRest } from '../world/redis-rest.ts'
import { NEWEST, connectNative } from '../testing/clients.ts'
import { openProxy } from '../testing/tcp-proxy.ts'
import { LOBBY, newId, type Present } from '../../src/contract.ts'
import type { Lease, LeaseRoom } from '../../src/presence/lease.ts'
import { createPresenceRedis, PRESENCE_DEADLINE_MS } from '../../src/presence/redis.ts'
import type { PresenceStore } from '../../src/presence/store.ts'
import { presenceTiming } from '../../src/presence/timing.ts'
import { createAsk } from '../../src/redis/commands.ts'
import { connectRedis } from '../../src/redis/connection.ts'
import { createRestAsk } from '../../src/redis/rest.ts'

const CROWD = 100
/** A heartbeat interval that a test can wait for. */
const SOON_MS = 400
/** Redis and Valkey versions differ in memory. */
const MEMORY_WITHIN = 0.3
const TOKEN = 'the token of this test'

const crowd = Array.from({ length: CROWD }, (_, n): Present => ({
  // The same in each run, because the lines of a lease depend on them.
  key: createHash('sha1').update(`${n}`).digest('base64url').slice(0, 11),
  name: `Person ${500 + n}`,
  guest: false,
  region: 'ams'
}))

let fixture: InstancesFixture
beforeAll(async () => {
  fixture = await openInstances()
  await fixture.fillHistory()
})
afterAll(() => fixture.close())

describe('leases', () => {
  const nobody: LeaseRoom = { count: 0, keys: [], people: [] }
  const lease = (instance: string, here = nobody): Lease => ({
    v: 1,
    instance,
    boot: '5e4fb1a6-1d8a-4b0e-9a53-2f4f2a1f9b11',
    region: 'ams',
    version: 7,
    moving: false,
    rooms: new Map([[LOBBY, here]])
  })

  async function measured(store: PresenceStore, expectIt: typeof expectAsked) {
    for (const [place, instance] of ['testams', 'testiad', 'testnrt'].entries()) {
      const renew = () => store.renew(lease(instance), presenceTiming.leaseMs)
      await renew()
      expectIt('a lease renewal', await fixture.asked(renew), operations.leaseRenewal, place + 1)
    }
  }

  it('cost what measured.ts says, renewed and changed', async () => {
    const client = connectRedis(fixture.redisUrl, { onError: () => {}, name: 'leases' })
    onTestFinished(() => client.destroy())
    const ask = createAsk(client, PRESENCE_DEADLINE_MS)
    const store = createPresenceRedis({ ask, client, prefix: 'tcp' })
    await measured(store, expectAsked)

    const keys = crowd.map(({ key }) => key)
    const full = (people: Present[]): LeaseRoom => ({ count: CROWD, keys, people })
    await store.renew(lease('testams', full(crowd)), presenceTiming.leaseMs)
    const [other, stranger] = [
      createPresenceRedis({ ask, client, prefix: 'tcp' }),
      createPresenceRedis({ ask, client, prefix: 'a' })
    ]
    const renewals = [other, stranger].map((one) => async () => one.renew(lease('testiad'), presenceTiming.leaseMs))
    for (const renew of renewals) await renew()
    const [knowing = 0, alone = 0] = (await inTurn(renewals)).map(({ up }) => up)
    expectBytes(
      'a person in the lease of another instance, for each renewal',
      (knowing - alone) / CROWD,
      leaseBytes.known
    )

    const people = [...crowd]
    /** One person after the other changes. */
    const each = (idleSince: number, then: () => Promise<unknown>) => async () => {
      for (const [nth, person] of crowd.entries()) {
        people[nth] = { ...person, idleSince }
        await store.renew(lease('testams', full(people)), presenceTiming.leaseMs)
        await then()
      }
    }
    const [written, read] = await inTurn([each(1, async () => {}), each(2, () => leasesIn(other))])
    const change = leaseBytes.change + CROWD * leaseBytes.known
    expectBytes('a change, to Redis', (written?.up ?? 0) / CROWD - alone, change)
    expectBytes('a change, from Redis', ((read?.down ?? 0) - (written?.down ?? 0)) / CROWD, change)
  })

  async function inTurn(works: (() => Promise<unknown>)[]) {
    const all: Asked[] = []
    for (const work of works) all.push(await fixture.asked(work))
    return all
  }

  it('send the same commands over REST', async () => {
    const rest = await openRedisRest({ redisUrl: fixture.redisUrl, token: TOKEN })
    onTestFinished(() => rest.close())
    const ask = createRestAsk({ url: rest.url, token: TOKEN, deadlineMs: PRESENCE_DEADLINE_MS })
    const store = createPresenceRedis({ ask, client: null, prefix: 'rest' })
    await measured(store, (what, { reads, writes }, { once }) =>
      expect([what, reads, writes]).toEqual([what, once[0], once[1]])
    )
  })
})

describe('a client', () => {
  async function setUp() {
    await fixture.grow(1)
    const [server] = fixture.servers
    if (!server) throw new Error('no instance')
    const proxy = await openProxy(server.url)
    onTestFinished(() => proxy.close())
    /** Bytes that pass the proxy to the client during `work`, and its result. */
    async function passing<T>(work: () => Promise<T>): Promise<[bytes: number, value: T]> {
      const before = proxy.passed.down
      const value = await work()
      await fixture.settled()
      return [proxy.passed.down - before, value]
    }
    async function join(url: string, name: string) {
      const client = await connectNative(url, name, NEWEST)
      await client.ask('room:list')
      await client.ask('room:open', { room: LOBBY })
      await fixture.pass(1)
      return client
    }
    return { server, proxy, passing, join }
  }

  it('receives as many bytes as measured.ts says', async () => {
    const { server, proxy, passing, join } = await setUp()
    const ana = await join(server.url, 'Person 101')
    const [joining, bo] = await passing(() => join(proxy.url, 'Person 102'))
    const [message] = await passing(() => ana.ask('message:send', { room: LOBBY, id: newId(), text }))
    const [typing] = await passing(() => ana.ask('typing:set', { room: LOBBY, on: true }))
    const [distance] = await passing(() => bo.ask('region:ping'))
    await fixture.pass(1)
    const [presence] = await passing(() => join(server.url, 'Person 103'))
    bo.close()
    for (const who of crowd) void server.people.arrive(LOBBY, who, who.key)
    await fixture.pass(2)
    const [joiningMany] = await passing(() => join(proxy.url, 'Person 104'))
    for (const { key } of crowd) server.people.leave(LOBBY, key, key, 'left')

    const measured = { join: joining, message, typing, distance, presence, named: (joiningMany - joining) / CROWD }
    console.log('bytes to a client:', measured)
    for (const [what, bytes] of Object.entries(measured))
      expectBytes(what, bytes, clientBytes[what as keyof typeof measured])
  })

  it('that is idle receives a heartbeat as often as measured.ts says', async () => {
    const { server, proxy } = await setUp()
    const handshake = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text()
    const { pingInterval } = JSON.parse(handshake.slice(1)) as { pingInterval: number }
    expect(3_600_000 / pingInterval).toBe(clientHourly.ping)

    const engine = server.gateway.io.engine as { opts: { pingInterval: number } }
    engine.opts.pingInterval = SOON_MS
    onTestFinished(() => void (engine.opts.pingInterval = pingInterval))
    const { socket } = await connectNative(proxy.url, 'Idle')
    const sentAtPing: number[] = []
    socket.io.on('ping', () => void sentAtPing.push(proxy.passed.down))
    await expect.poll(() => sentAtPing.length, { interval: 1 }).toBeGreaterThan(1)
    const [first = 0, second] = sentAtPing
    expect(second).toBe(first + clientBytes.ping)
  })
})

it('stored data takes as much memory as measured.ts says', async () => {
  const keyOf = (part: string) => `{taifas}:room:${LOBBY}:${part}`
  async function memory(...parts: string[]) {
    const sizes = parts.map((part) =>
      fixture.inside.sendCommand<number>(['MEMORY', 'USAGE', keyOf(part), 'SAMPLES', '0'])
    )
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  }
  const records = await fixture.inside.zCard(keyOf('aged'))
  const message = (await memory('messages', 'living', 'log')) / FULL_HISTORY
  const record = (await memory('records', 'aged')) / records
  console.log(`bytes stored per message: ${message}; per record (${records} records): ${record}`)
  expectBytes('a message', message, storedBytes.message, MEMORY_WITHIN)
  expectBytes('a record', record, storedBytes.record, MEMORY_WITHIN)
})
