// Measures what cost-measured.ts says of leases, of clients, and of what is kept.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { expectAsked, expectBytes } from './checks.fixture.ts'
import { operations, inLease, kept, sent, toClientHourly } from './measured.ts'
import { FULL_HISTORY, openStage, text, type Stage } from './instances.fixture.ts'
import { openRedisRest } from '../world/redis-rest.ts'
import { connectNative } from '../testing/clients.ts'
import { openProxy } from '../testing/tcp-proxy.ts'
import { LOBBY, newId, type Present } from '../../src/contract.ts'
import { createPresenceRedis } from '../../src/presence/redis.ts'
import { createPresenceUpstash } from '../../src/presence/upstash.ts'
import { LEASE_MS, type Lease, type LeaseRoom, type PresenceStore } from '../../src/presence/store.ts'
import { connectRedis } from '../../src/redis/redis.ts'

const CROWD = 100
/** A heartbeat after this long is soon enough for a test. */
const SOON_MS = 50
/** Redis and Valkey, old and new, each keep things in their own way. */
const MEMORY_WITHIN = 0.3
const TOKEN = 'a token for the door of this test'

const crowd = Array.from({ length: CROWD }, (_, n): Present => ({
  key: newId().slice(0, 11),
  name: `Person ${500 + n}`,
  guest: false,
  region: 'ams'
}))

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.fillHistory()
})
afterAll(() => stage.close())

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
      const renew = () => store.renew(lease(instance), LEASE_MS)
      await renew()
      expectIt('a renewal', await stage.asked(renew), operations.renewal, place + 1)
      expectIt('a reading', await stage.asked(() => store.world()), operations.reading, place + 1)
    }
  }

  it('cost what is written, and are as heavy as their people', async () => {
    const client = connectRedis(stage.redisUrl, { onError: () => {}, name: 'leases' })
    onTestFinished(() => client.destroy())
    const store = createPresenceRedis({ client, prefix: 'tcp' })
    await measured(store, expectAsked)

    async function weight(here: LeaseRoom) {
      await store.renew(lease('testams', here), LEASE_MS)
      return (await stage.asked(() => store.world())).down
    }
    const empty = await weight(nobody)
    const keys = crowd.map(({ key }) => key)
    const named = await weight({ count: CROWD, keys, people: crowd })
    const unnamed = await weight({ count: CROWD, keys, people: [] })
    expectBytes('a named person in a lease', (named - empty) / CROWD, inLease.named)
    expectBytes('a person in a lease without a name', (unnamed - empty) / CROWD, inLease.unnamed)
  })

  it('ask the same commands over REST', async () => {
    const door = await openRedisRest({ redisUrl: stage.redisUrl, token: TOKEN })
    onTestFinished(() => door.close())
    const store = createPresenceUpstash({ url: door.url, token: TOKEN, prefix: 'rest' })
    await measured(store, (what, { reads, writes }, { once }) =>
      expect([what, reads, writes]).toEqual([what, once.reads, once.writes])
    )
  })
})

describe('a client', () => {
  async function place() {
    await stage.grow(1)
    const [server] = stage.servers
    if (!server) throw new Error('there is no instance')
    const way = await openProxy(server.url)
    onTestFinished(() => way.close())
    /** Bytes that come this way to the client, and what else comes of it. */
    async function passing<T>(work: () => Promise<T>): Promise<[bytes: number, value: T]> {
      const before = way.passed.down
      const value = await work()
      await stage.settled()
      return [way.passed.down - before, value]
    }
    async function come(url: string, name: string) {
      const client = await connectNative(url, name)
      await client.ask('room:list')
      await client.ask('room:open', { room: LOBBY })
      await stage.pass(1)
      return client
    }
    return { server, way, passing, come }
  }

  it('is sent what is written', async () => {
    const { server, way, passing, come } = await place()
    const ana = await come(server.url, 'Person 101')
    const [coming, bo] = await passing(() => come(way.url, 'Person 102'))
    const [message] = await passing(() => ana.ask('message:send', { room: LOBBY, id: newId(), text }))
    const [typing] = await passing(() => ana.ask('typing:set', { room: LOBBY, on: true }))
    const [distance] = await passing(() => bo.ask('region:ping'))
    await stage.pass(1)
    const [change] = await passing(() => come(server.url, 'Person 103'))
    bo.close()
    for (const who of crowd) void server.people.arrive(LOBBY, who, who.key)
    await stage.pass(2)
    const [comingToMany] = await passing(() => come(way.url, 'Person 104'))
    for (const { key } of crowd) server.people.leave(LOBBY, key, key, 'said')

    const measured = { coming, message, typing, distance, change, named: (comingToMany - coming) / CROWD }
    console.log('bytes to a client:', measured)
    for (const [what, bytes] of Object.entries(measured)) expectBytes(what, bytes, sent[what as keyof typeof measured])
  })

  it('that only rests is sent a heartbeat, as often as is written', async () => {
    const { server, way } = await place()
    const handshake = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text()
    const { pingInterval } = JSON.parse(handshake.slice(1)) as { pingInterval: number }
    expect(3_600_000 / pingInterval).toBe(toClientHourly.ping)

    const engine = server.gateway.io.engine as { opts: { pingInterval: number } }
    engine.opts.pingInterval = SOON_MS
    onTestFinished(() => void (engine.opts.pingInterval = pingInterval))
    const { socket } = await connectNative(way.url, 'Rest')
    const sentAtPing: number[] = []
    socket.io.on('ping', () => void sentAtPing.push(way.passed.down))
    await expect.poll(() => sentAtPing.length, { interval: 1 }).toBeGreaterThan(1)
    const [first = 0, second] = sentAtPing
    expect(second).toBe(first + sent.ping)
  })
})

it('what is kept takes as much memory as is written', async () => {
  const keyOf = (part: string) => `{taifas}:room:${LOBBY}:${part}`
  async function memory(...parts: string[]) {
    const sizes = parts.map((part) =>
      stage.inside.sendCommand<number>(['MEMORY', 'USAGE', keyOf(part), 'SAMPLES', '0'])
    )
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  }
  const records = await stage.inside.zCard(keyOf('aged'))
  const message = (await memory('messages', 'living', 'log')) / FULL_HISTORY
  const record = (await memory('records', 'aged')) / records
  console.log(`bytes kept of a message: ${message}; of a record, of which there are ${records}: ${record}`)
  expectBytes('a message', message, kept.message, MEMORY_WITHIN)
  expectBytes('a record', record, kept.record, MEMORY_WITHIN)
})
