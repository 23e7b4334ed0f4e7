// Letters between instances over a real Redis, and each way in which the stock adapter falls silent, spins or ends the process.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Server } from 'socket.io'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { openProxy } from '../../infra/testing/tcp-proxy.ts'
import { until } from '../../infra/testing/until.ts'
import { wallClock, type Clock } from '../clock.ts'
import type { BusMessage } from './messages.ts'
import { STREAM_MAX_BYTES } from './stream-client.ts'
import { createRedisBus, type RedisBus } from './redis-bus.ts'

const SECRET = 'a secret that all instances of this test share'
const STREAM = '{test}:letters'

describe('the letter box', () => {
  let redis: RedisServer
  const boxes: { box: RedisBus; io: Server }[] = []
  beforeEach(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    for (const { box, io } of boxes.splice(0)) {
      await box.close()
      await io.close()
    }
    await redis.stop()
  })

  function open(secret = SECRET, clock: Clock = wallClock, way: { url?: string; writeWithinMs?: number } = {}) {
    const heard: BusMessage[] = []
    const troubles: unknown[] = []
    let heals = 0
    const box = createRedisBus({
      url: redis.url,
      prefix: 'test',
      ...way,
      region: 'waw',
      secret,
      clock,
      onError: (cause) => void troubles.push(cause)
    })
    box.post.onMessage((letter) => void heard.push(letter))
    const io = new Server(createServer(), { adapter: box.adapter })
    box.start(io, () => (heals += 1))
    boxes.push({ box, io })
    return { box, io, heard, troubles, heals: () => heals }
  }
  const typing = (name: string): BusMessage => ({
    v: 1,
    kind: 'typing',
    room: 'lobby',
    who: { key: 'k', name, guest: true, region: 'waw' },
    on: true
  })
  const bothHear = (...both: ReturnType<typeof open>[]) =>
    until('both to hear', () => both.every(({ box }) => box.hears))
  const names = (heard: BusMessage[]) => heard.flatMap((letter) => (letter.kind === 'typing' ? [letter.who.name] : []))

  it('carries letters to the others and not back to the writer; a fresh reader misses none', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    for (let each = 0; each < 20; each += 1) one.box.post.send(typing(`${each}`))
    await until('all to be heard', () => names(two.heard).length === 20)
    expect(names(two.heard)).toEqual(Array.from({ length: 20 }, (_, each) => `${each}`))
    expect(names(one.heard)).toEqual([])
  })

  it('shows no text to Redis, and another secret’s letters are not understood', async () => {
    const [one, stranger] = [open(), open('another secret that nobody shares')]
    await bothHear(one, stranger)
    one.box.post.send(typing('unreadable'))
    await until('trouble', () => stranger.troubles.length > 0)
    expect(names(stranger.heard)).toEqual([])
    const client = await lookInto(redis.url)
    expect(JSON.stringify(await client.xRange(STREAM, '-', '+'))).not.toContain('unreadable')
    await client.close()
  })

  it('entries that nobody can apply don’t stop the reading', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    const client = await lookInto(redis.url)
    const poison: Record<string, string>[] = [
      { uid: 'x', nsp: '/', type: '3' },
      { uid: 'x', nsp: '/', type: '3', data: '{}' },
      { uid: 'x', nsp: '/', type: '3', data: 'not json' },
      { uid: 'x', nsp: '/', type: '4', data: '{"opts":null}' },
      { uid: 'x', nsp: '/', type: 'NaN', data: '{}' },
      { uid: 'x', nsp: '/', type: '3', data: '{"opts":{"rooms":["letters"]},"packet":{"data":["letter","nonsense"]}}' },
      { other: 'thing' }
    ]
    for (const entry of poison) await client.xAdd(STREAM, '*', entry)
    const before = await reads(client)
    one.box.post.send(typing('after the poison'))
    await until('what comes after the poison', () => names(two.heard).includes('after the poison'))
    await wait(500)
    expect((await reads(client)) - before).toBeLessThan(40)
    await client.close()
  })

  it('an instance at rest asks once and waits', async () => {
    const { box } = open()
    await until('it to hear', () => box.hears)
    const client = await lookInto(redis.url)
    await client.sendCommand(['CONFIG', 'RESETSTAT'])
    await wait(3_000)
    const asked = commands(await client.info('commandstats'))
    expect(asked).toEqual({})
    await client.close()
  })

  it('a Redis that is silent at the start is waited for, and heard when it comes', async () => {
    const { port } = redis
    await redis.stop()
    const { box, troubles } = open()
    await until('trouble', () => troubles.length > 0)
    expect([box.hears, box.reachedAt]).toEqual([false, null])
    redis = await startRedis({ port })
    await until('it to hear', () => box.hears)
    expect(box.reachedAt).toEqual(expect.any(Number))
  })

  it('a Redis that starts again, empty and all, is heard again by everybody', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    await redis.restart()
    await until('somebody to be heard again', async () => {
      one.box.post.send(typing('again'))
      await wait(100)
      return names(two.heard).includes('again')
    })
  })

  it('a stream that begins anew below the place read so far makes nobody deaf for long', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    const client = await lookInto(redis.url)
    // As after a failover to a server whose clock is behind: the readers stand at an id that is far in the future.
    await client.xAdd(STREAM, `${Date.now() + 3_600_000}-0`, { uid: 'x', nsp: '/', type: '3', data: '{}' })
    await wait(200)
    await client.del(STREAM)
    const heals = two.heals()
    await until('both to be heard again', async () => {
      one.box.post.send(typing('heard again'))
      two.box.post.send(typing('heard again'))
      await wait(200)
      return names(two.heard).includes('heard again') && names(one.heard).includes('heard again')
    })
    expect(two.heals()).toBeGreaterThan(heals)
    await client.close()
  }, 30_000)

  it('a connection that dies without a reset while data is in flight is replaced', async () => {
    const proxy = await openProxy(redis.url)
    const [behind, other] = [open(SECRET, wallClock, { url: proxy.url, writeWithinMs: 300 }), open()]
    await bothHear(behind, other)
    proxy.holePresent()
    await until('messages to arrive over a new connection', async () => {
      behind.box.post.send(typing('found again'))
      await wait(100)
      return names(other.heard).includes('found again')
    })
    await proxy.close()
  })

  it('a stream of the wrong type neither spins nor ends the process, and is survived', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    const client = await lookInto(redis.url)
    await client.set(STREAM, 'not a stream')
    one.box.post.send(typing('lost'))
    const before = await reads(client)
    await wait(2_000)
    expect((await reads(client)) - before).toBeLessThan(60)
    await client.del(STREAM)
    await until('somebody to be heard again', async () => {
      one.box.post.send(typing('found'))
      await wait(100)
      return names(two.heard).includes('found')
    })
    await client.close()
  })

  it('ends at once', async () => {
    const { box, io } = open()
    await until('it to hear', () => box.hears)
    boxes.splice(0)
    await box.close()
    await io.close()
    const client = await lookInto(redis.url)
    await until('its connections to be closed', async () => {
      const clients = await client.sendCommand<string>(['CLIENT', 'LIST'])
      return clients.trim().split('\n').length === 1
    })
    await client.close()
  })

  it('a flood of entries that are not applied is logged once per kind, and counted', async () => {
    const { box, heard, troubles } = open()
    const rejected: string[] = []
    box.onRejected((why) => void rejected.push(why))
    await until('it to hear', () => box.hears)
    const client = await lookInto(redis.url)
    const [own] = (await client.xRange(STREAM, '-', '+')) ?? []
    for (let each = 0; each < 20; each += 1) {
      await client.xAdd(STREAM, '*', { uid: 'x', nsp: '/', type: '3', data: '{"opts":{"rooms":[]},"packet":{}}' })
      await client.xAdd(STREAM, '*', own?.message ?? {})
    }
    await until('all to be read', () => rejected.length === 40)
    expect(rejected.filter((why) => why === 'repeated')).toHaveLength(20)
    expect(troubles).toHaveLength(2)
    expect(heard).toEqual([])
    await client.close()
  })

  it('the stream stays below its bytes, and every message of a moderate flood is heard', async () => {
    const [one, two] = [open(), open()]
    await bothHear(one, two)
    // 24 MB.
    const text = 'x'.repeat(15_000)
    for (let each = 0; each < 1_200; each += 1) {
      one.box.post.send(typing(`${each} ${text}`))
      if (each % 100 === 99) await until('these to be heard', () => names(two.heard).length === each + 1)
    }
    const client = await lookInto(redis.url)
    const entries = (await client.xRange(STREAM, '-', '+')) ?? []
    const bytes = entries.reduce((sum, { message }) => sum + JSON.stringify(message).length, 0)
    console.log(`${entries.length} entries, ${bytes} bytes`)
    expect(bytes).toBeGreaterThan(STREAM_MAX_BYTES / 2)
    expect(bytes).toBeLessThan(STREAM_MAX_BYTES * 1.02)
    await client.close()
  })

  it('letters are gone when their time is over', async () => {
    // A minute passes in six tenths of a second.
    const quick: Clock = { ...wallClock, after: (ms, work) => wallClock.after(ms / 100, work) }
    const { box } = open(SECRET, quick)
    await until('it to hear', () => box.hears)
    const client = await lookInto(redis.url)
    for (let each = 0; each < 300; each += 1) box.post.send(typing(`${each}`))
    await until('letters', async () => (await client.xLen(STREAM)) > 0)
    await until('an empty stream', async () => (await client.xLen(STREAM)) === 0)
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
