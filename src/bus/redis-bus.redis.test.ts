// Bus messages over a real Redis, and each way in which the stock adapter goes silent, spins or ends the process.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Server } from 'socket.io'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { openProxy } from '../../infra/testing/tcp-proxy.ts'
import { until } from '../../infra/testing/until.ts'
import { wallClock, type Clock } from '../clock.ts'
import { LOBBY, newId } from '../contract.ts'
import { createEncryption } from './encryption.ts'
import { encryptedIn, entryWith } from './entries.ts'
import type { BusMessage } from './messages.ts'
import { STREAM_MAX_BYTES } from './stream-client.ts'
import { REMEMBERED } from './replay-guard.ts'
import { createRedisBus, type RedisBus } from './redis-bus.ts'

const SECRET = 'a secret that all instances of this test share'
const STREAM = '{test}:letters'

describe('the Redis bus', () => {
  let redis: RedisServer
  const opened: { bus: RedisBus; io: Server }[] = []
  beforeEach(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    for (const { bus, io } of opened.splice(0)) {
      await bus.close()
      await io.close()
    }
    await redis.stop()
  })

  /** `reach`: how many instances a push has to reach; without it nothing is pushed. */
  type Way = { url?: string; writeWithinMs?: number; reach?: { needed: number } }
  function open(secret = SECRET, clock: Clock = wallClock, { reach, ...way }: Way = {}) {
    const received: BusMessage[] = []
    const errors: unknown[] = []
    let heals = 0
    const bus = createRedisBus({
      url: redis.url,
      prefix: 'test',
      ...way,
      region: 'waw',
      secret,
      clock,
      onError: (cause) => void errors.push(cause)
    })
    bus.onMessage((message) => void received.push(message))
    const io = new Server(createServer(), { adapter: bus.adapter })
    const onHeal = () => (heals += 1)
    bus.start(io, onHeal, () => reach?.needed ?? null)
    opened.push({ bus, io })
    return { bus, io, received, errors, heals: () => heals }
  }
  const typing = (name: string): BusMessage => ({
    v: 1,
    kind: 'typing',
    room: 'lobby',
    who: { key: 'k', name, guest: true, region: 'waw' },
    on: true
  })
  const bothReceive = (...both: ReturnType<typeof open>[]) =>
    until('both to receive', () => both.every(({ bus }) => bus.isReceiving))
  const names = (received: BusMessage[]) =>
    received.flatMap((message) => (message.kind === 'typing' ? [message.who.name] : []))

  it('delivers messages to the others in order, and not to the sender; a new reader misses none', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    for (let each = 0; each < 20; each += 1) one.bus.send(typing(`${each}`))
    await until('all to arrive', () => names(two.received).length === 20)
    expect(names(two.received)).toEqual(Array.from({ length: 20 }, (_, each) => `${each}`))
    expect(names(one.received)).toEqual([])
  })

  it('pushes typing past the stream; what does not reach every instance follows there, and then nothing is pushed', async () => {
    const reach = { needed: 2 }
    const [one, two] = [open(SECRET, wallClock, { reach }), open()]
    await bothReceive(one, two)
    const client = await lookInto(redis.url)
    const counted = async () => [await client.xLen(STREAM), commands(await client.info('commandstats'))['publish']]
    const [entries = 0] = await counted()
    for (const name of ['1', '2', '3']) one.bus.send(typing(name))
    await until('all to arrive', () => names(two.received).length === 3)
    expect([names(two.received), names(one.received), await counted()]).toEqual([['1', '2', '3'], [], [entries, 3]])

    reach.needed = 3
    one.bus.send(typing('4'))
    await until('both ways', () => names(two.received).length === 5)
    one.bus.send(typing('5'))
    await until('the stream alone', () => names(two.received).length === 6)
    expect([names(two.received).slice(3), await counted()]).toEqual([
      ['4', '4', '5'],
      [entries + 2, 4]
    ])
    await client.close()
  })

  it('takes an entry that is stored after more pushes than a receiver remembers', async () => {
    const [one, two] = [open(SECRET, wallClock, { reach: { needed: 2 } }), open()]
    await bothReceive(one, two)
    const by = { id: newId(), name: 'Ana' }
    const { fields } = one.bus.entryOf({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'slow' })
    for (let each = 0; each <= REMEMBERED; each += 1) one.bus.send(typing(`${each}`))
    await until('all pushes to arrive', () => names(two.received).length > REMEMBERED)
    const client = await lookInto(redis.url)
    await client.sendCommand(['XADD', STREAM, '*', ...fields, 'epoch', 'e', 'seq', '1', 'before', ''])
    await until('the entry to arrive', () => two.received.some(({ kind }) => kind === 'event'))
    await client.close()
  })

  it('takes from a push only what is pushed: a copy of an entry changes nothing, and a pushed entry counts once', async () => {
    const [{ bus, received }, other] = [open(), open()]
    const rejected: string[] = []
    bus.onRejected((why) => void rejected.push(why))
    await until('both to receive', () => bus.isReceiving && other.bus.isReceiving)
    const removed: BusMessage = { v: 1, kind: 'room-removed', room: 'copied' }
    const copy = createEncryption(SECRET).encrypt({ from: 'other', number: 1, at: Date.now(), letter: removed })
    const client = await lookInto(redis.url)
    await client.publish(STREAM, copy)
    const entry = entryWith('other', copy)
    await client.publish(STREAM, 'not one of ours')
    // As the append script does while readers may be on their way back: it is not read again.
    const id = '99999999999999-0'
    await client.publish(STREAM, JSON.stringify([id, Object.entries(entry).flat()]))
    const removals = () => received.filter(({ kind }) => kind === 'room-removed').length
    await until('the entry to be received', () => removals() === 1)
    await client.xAdd(STREAM, id, entry)
    other.bus.send(typing('after it'))
    await until('what follows to be read', () => names(received).length === 1)
    expect([removals(), rejected]).toEqual([1, ['foreign', 'undecryptable']])
    await client.close()
  })

  it('has the append script write what the adapter would write', async () => {
    const { bus } = open()
    await until('it to receive', () => bus.isReceiving)
    const client = await lookInto(redis.url)
    const [written] = (await client.xRange(STREAM, '-', '+')) ?? []
    const entry = { ...written?.message }
    expect(JSON.stringify(entryWith(entry['uid'] ?? '', encryptedIn(entry) ?? ''))).toBe(JSON.stringify(entry))
    await client.close()
  })

  it('shows no text to Redis, and ignores messages of another secret', async () => {
    const [one, stranger] = [open(), open('another secret that nobody shares')]
    await bothReceive(one, stranger)
    one.bus.send(typing('unreadable'))
    await until('an error', () => stranger.errors.length > 0)
    expect(names(stranger.received)).toEqual([])
    const client = await lookInto(redis.url)
    expect(JSON.stringify(await client.xRange(STREAM, '-', '+'))).not.toContain('unreadable')
    await client.close()
  })

  it('keeps reading after entries that nobody can apply', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    const client = await lookInto(redis.url)
    const poison: Record<string, string>[] = [
      { uid: 'x', nsp: '/', type: '3' },
      { uid: 'x', nsp: '/', type: '3', data: '{}' },
      { uid: 'x', nsp: '/', type: '3', data: 'not json' },
      { uid: 'x', nsp: '/', type: '4', data: '{"opts":null}' },
      { uid: 'x', nsp: '/', type: 'NaN', data: '{}' },
      entryWith('x', 'nonsense'),
      { other: 'thing' }
    ]
    for (const entry of poison) await client.xAdd(STREAM, '*', entry)
    const before = await reads(client)
    one.bus.send(typing('after the poison'))
    await until('the message after the poison', () => names(two.received).includes('after the poison'))
    await wait(500)
    expect((await reads(client)) - before).toBeLessThan(40)
    await client.close()
  })

  it('an idle instance sends one command and waits', async () => {
    const { bus } = open()
    await until('it to receive', () => bus.isReceiving)
    const client = await lookInto(redis.url)
    await client.sendCommand(['CONFIG', 'RESETSTAT'])
    await wait(3_000)
    const asked = commands(await client.info('commandstats'))
    expect(asked).toEqual({})
    await client.close()
  })

  it('waits for a Redis that is unreachable at startup', async () => {
    const { port } = redis
    await redis.stop()
    const { bus, errors } = open()
    await until('an error', () => errors.length > 0)
    expect([bus.isReceiving, bus.reachedAt]).toEqual([false, null])
    redis = await startRedis({ port })
    await until('it to receive', () => bus.isReceiving)
    expect(bus.reachedAt).toEqual(expect.any(Number))
  })

  it('continues after Redis restarts empty', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    await redis.restart()
    await until('a message to arrive again', async () => {
      one.bus.send(typing('again'))
      await wait(100)
      return names(two.received).includes('again')
    })
  })

  it('receives again when the stream restarts below the last read id', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    const client = await lookInto(redis.url)
    // As after a failover to a server whose clock is behind: the readers stand at an id that is far in the future.
    await client.xAdd(STREAM, `${Date.now() + 3_600_000}-0`, { uid: 'x', nsp: '/', type: '3', data: '{}' })
    await wait(200)
    await client.del(STREAM)
    const heals = two.heals()
    await until('both to receive again', async () => {
      one.bus.send(typing('received again'))
      two.bus.send(typing('received again'))
      await wait(200)
      return names(two.received).includes('received again') && names(one.received).includes('received again')
    })
    expect(two.heals()).toBeGreaterThan(heals)
    await client.close()
  }, 30_000)

  it('replaces a connection that dies without a reset while data is in flight', async () => {
    const proxy = await openProxy(redis.url)
    const [startedAt, speed] = [Date.now(), 20]
    const now = () => startedAt + (Date.now() - startedAt) * speed
    const quick: Clock = { now, after: (ms, work) => wallClock.after(ms / speed, work) }
    const reach = { needed: 2 }
    const behind = open(SECRET, quick, { url: proxy.url, writeWithinMs: 300, reach })
    const other = open(SECRET, quick, { reach })
    await bothReceive(behind, other)
    proxy.holePresent()
    await until('messages to arrive over new connections, and pushes', async () => {
      behind.bus.send(typing('found again'))
      other.bus.send(typing('found too'))
      await wait(100)
      return names(other.received).includes('found again') && names(behind.received).includes('found too')
    })
    await proxy.close()
  })

  it('survives a stream of the wrong type without spinning', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    const client = await lookInto(redis.url)
    await client.set(STREAM, 'not a stream')
    one.bus.send(typing('lost'))
    const before = await reads(client)
    await wait(2_000)
    expect((await reads(client)) - before).toBeLessThan(60)
    await client.del(STREAM)
    await until('a message to arrive again', async () => {
      one.bus.send(typing('found'))
      await wait(100)
      return names(two.received).includes('found')
    })
    await client.close()
  })

  it('closes at once', async () => {
    const { bus, io } = open()
    await until('it to receive', () => bus.isReceiving)
    opened.splice(0)
    await bus.close()
    await io.close()
    const client = await lookInto(redis.url)
    await until('its connections to be closed', async () => {
      const clients = await client.sendCommand<string>(['CLIENT', 'LIST'])
      return clients.trim().split('\n').length === 1
    })
    await client.close()
  })

  it('logs a flood of rejected entries once per kind, and counts each', async () => {
    const { bus, received, errors } = open()
    const rejected: string[] = []
    bus.onRejected((why) => void rejected.push(why))
    await until('it to receive', () => bus.isReceiving)
    const client = await lookInto(redis.url)
    const [own] = (await client.xRange(STREAM, '-', '+')) ?? []
    for (let each = 0; each < 20; each += 1) {
      await client.xAdd(STREAM, '*', { uid: 'x', nsp: '/', type: '3', data: '{"opts":{"rooms":[]},"packet":{}}' })
      await client.xAdd(STREAM, '*', own?.message ?? {})
    }
    await until('all to be read', () => rejected.length === 40)
    expect(rejected.filter((why) => why === 'repeated')).toHaveLength(20)
    expect(errors).toHaveLength(2)
    expect(received).toEqual([])
    await client.close()
  })

  it('keeps the stream below its bytes, and delivers every message of a moderate flood', async () => {
    const [one, two] = [open(), open()]
    await bothReceive(one, two)
    // 24 MB.
    const text = 'x'.repeat(15_000)
    for (let each = 0; each < 1_200; each += 1) {
      one.bus.send(typing(`${each} ${text}`))
      if (each % 100 === 99) await until('these to arrive', () => names(two.received).length === each + 1)
    }
    const client = await lookInto(redis.url)
    const entries = (await client.xRange(STREAM, '-', '+')) ?? []
    const bytes = entries.reduce((sum, { message }) => sum + JSON.stringify(message).length, 0)
    console.log(`${entries.length} entries, ${bytes} bytes`)
    expect(bytes).toBeGreaterThan(STREAM_MAX_BYTES / 2)
    expect(bytes).toBeLessThan(STREAM_MAX_BYTES * 1.02)
    await client.close()
  })

  it('removes messages when their time is over', async () => {
    // A minute passes in six tenths of a second.
    const quick: Clock = { ...wallClock, after: (ms, work) => wallClock.after(ms / 100, work) }
    const { bus } = open(SECRET, quick)
    await until('it to receive', () => bus.isReceiving)
    const client = await lookInto(redis.url)
    for (let each = 0; each < 300; each += 1) bus.send(typing(`${each}`))
    await until('messages', async () => (await client.xLen(STREAM)) > 0)
    await until('an empty stream', async () => (await client.xLen(STREAM)) === 0)
    // The append script writes this one.
    const by = { id: newId(), name: 'Ana' }
    const { fields } = bus.entryOf({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'stored' })
    await client.sendCommand(['XADD', STREAM, '*', ...fields])
    await until('an empty stream again', async () => (await client.xLen(STREAM)) === 0)
    await client.close()
  })
})

type Client = Awaited<ReturnType<typeof lookInto>>

async function reads(client: Client): Promise<number> {
  return commands(await client.info('commandstats'))['xread'] ?? 0
}

/** Calls by command, without those that the looking itself makes. */
function commands(stats: string): Record<string, number> {
  const found = [...stats.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)].map(([, name = '', calls]) => [
    name,
    Number(calls)
  ])
  return Object.fromEntries(found.filter(([name]) => !/^(info|config|client|hello|ping)/.test(String(name))))
}
