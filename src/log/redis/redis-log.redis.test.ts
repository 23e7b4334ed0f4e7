import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lookInto } from '../../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../../infra/testing/redis-server.ts'
import { openProxy } from '../../../infra/testing/tcp-proxy.ts'
import { LOBBY, TEXT_MAX_CODE_POINTS, newId, type Author, type Message } from '../../contract.ts'
import { ANSWER_MAX_BYTES } from '../answer-bytes.ts'
import { appendScript } from './scripts/append.ts'
import { createRedisLog, type RedisLogOptions } from './redis-log.ts'
import { messageLogContract } from '../message-log.contract.ts'
import { ana, bob, START } from '../log.fixture.ts'
import type { Appended, MessageLog } from '../message-log.ts'
import { storedBytes } from '../limits.ts'
import { RESP_TYPES } from 'redis'
import { connectRedis } from '../../redis/connection.ts'

const HISTORY = 10_000
let redis: RedisServer
/** Looks into Redis beside the log. */
let admin: Awaited<ReturnType<typeof lookInto>>
const command = <T>(...words: string[]) => admin.sendCommand<T>(words)

beforeAll(async () => {
  redis = await startRedis({ rdb: true })
  admin = await lookInto(redis.url)
})
afterAll(async () => {
  admin.destroy()
  await redis.stop()
})

const keysUnder = (prefix: string) => command<string[]>('KEYS', `{${prefix}}:*`)
const dumpOf = (key: string) =>
  admin.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).sendCommand<Buffer>(['DUMP', key])

/** A log on a connection of its own. */
const openLog = (prefix: string, options: Partial<RedisLogOptions> = {}, url = redis.url) =>
  createRedisLog({
    client: connectRedis(url, { onError() {}, name: 'log' }),
    prefix,
    historyLimit: HISTORY,
    ...options
  })

const outcome = (asked: Promise<unknown>) =>
  asked.then(
    () => 'kept',
    (error: Error) => error.name
  )
const POLL = { timeout: 30_000 }

/** A way to Redis that can be cut and mended, or swallow everything on the connections that it has. */
async function openWay() {
  const ends = new Set<Socket>()
  const way = createServer((near) => {
    const far = connect(redis.port, '127.0.0.1')
    for (const end of [near, far]) ends.add(end.on('error', () => {}))
    near.pipe(far)
    far.pipe(near)
  })
  const mend = async (port = 0) => {
    way.listen(port, '127.0.0.1')
    await once(way, 'listening')
    return (way.address() as AddressInfo).port
  }
  const port = await mend()
  return {
    url: `redis://127.0.0.1:${port}`,
    mend: () => mend(port),
    cut() {
      way.close()
      for (const end of ends) end.destroy()
      ends.clear()
    },
    swallow() {
      for (const end of ends) end.unpipe().resume()
    }
  }
}

messageLogContract('Redis', async ({ historyLimit, now, ...bytes }) => {
  const prefix = newId()
  const open = (limit: number, limits = bytes) => {
    const options = { historyLimit: limit, now, ...limits }
    return Promise.all([openLog(prefix, options), openLog(prefix, options)])
  }
  let logs = await open(historyLimit)
  const close = () => Promise.all(logs.map((log) => log.close()))
  return {
    get log() {
      return logs[0]
    },
    get other() {
      return logs[1]
    },
    bytesUsed: async () => Number(/used_memory:(\d+)/.exec(await command<string>('INFO', 'memory'))?.[1]),
    async reopen(limit, limits) {
      await close()
      logs = await open(limit, limits)
    },
    async copy() {
      const keys = await keysUnder(prefix)
      const dumps = await Promise.all(keys.map(async (key) => ({ key, dump: await dumpOf(key) })))
      return async () => {
        await command('DEL', ...(await keysUnder(prefix)))
        for (const { key, dump } of dumps) await admin.restore(key, 0, dump)
      }
    },
    async close() {
      await close()
    }
  }
})

describe('the log in Redis', () => {
  let prefix: string
  let log: MessageLog
  beforeEach(async () => {
    prefix = newId()
    log = await openLog(prefix)
  })
  afterEach(() => log.close())

  const send = (text: string, id = newId(), to = log) =>
    to.append({ room: LOBBY, id, by: ana, at: START, kind: 'sent', text })
  /** Says it until it is kept: a short deadline passes easily on a busy machine. */
  async function sayFrom(far: MessageLog, text: string) {
    const id = newId()
    await expect.poll(() => outcome(send(text, id, far)), POLL).toBe('kept')
  }
  const remove = (message: string): Promise<unknown> =>
    log.append({ room: LOBBY, id: newId(), by: ana, at: START, kind: 'removed', message, asModerator: false })
  const texts = async (from = log) =>
    (await from.before(LOBBY, null, 500, { removed: true })).messages.map(({ text }) => text)
  const key = (part: string) => `{${prefix}}:room:${LOBBY}:${part}`
  const away = { name: 'StoreUnavailable' }

  test('keeps all its keys in one slot, under its prefix', async () => {
    await remove((await send('hello')).event.id)
    await send('on')
    const keys = await command<string[]>('KEYS', '*')
    const own = keys.filter((each) => each.includes(prefix))
    expect(own.length).toBeGreaterThan(5)
    for (const each of own) expect(each.startsWith(`{${prefix}}:`)).toBe(true)
    // The room's name is chosen by people, and may look like a pattern of keys but never leaves its place.
    expect(new Set(own.map((each) => each.split(':')[0])).size).toBe(1)
  })

  test('is one command per append, sync, page, heads and rooms', async () => {
    await Promise.all([send('warm'), log.sync(LOBBY, null, 1), log.before(LOBBY, null, 1, { removed: false })])
    await Promise.all([log.heads(), log.rooms()])
    const done = newId()
    let heard = ''
    const watcher = connect(redis.port, '127.0.0.1')
    watcher.setEncoding('utf8').write('MONITOR\r\n')
    await once(watcher, 'data')
    const all = new Promise<void>((resolve) => {
      watcher.on('data', (lines: string) => {
        heard += lines
        if (heard.includes(done)) resolve()
      })
    })
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(`${n}`)))
    const last = await send('last')
    await log.sync(LOBBY, last.before, 50)
    await log.before(LOBBY, null, 50, { removed: false })
    await log.heads()
    await log.rooms()
    await command('ECHO', done)
    await all
    watcher.destroy()
    // Lines with "lua" are what the scripts do inside.
    const commands = heard.split('\r\n').filter((line) => line.includes(prefix) && !line.includes(' lua] '))
    expect(commands.filter((line) => line.includes(`EVALSHA" "${appendScript.sha}`))).toHaveLength(21)
    expect(commands).toHaveLength(25)
  })

  test('has Redis read and send no more than an answer holds', async () => {
    const start = (await log.heads()).get(LOBBY)
    if (!start) throw new Error('no lobby')
    for (let n = 0; n < 200; n += 20)
      await Promise.all(Array.from({ length: 20 }, () => send('🌻'.repeat(TEXT_MAX_CODE_POINTS))))
    const sentBytes = async () =>
      Number(/total_net_output_bytes:(\d+)/.exec(await command<string>('INFO', 'stats'))?.[1])
    const reads = [
      () => log.sync(LOBBY, null, 500),
      () => log.sync(LOBBY, start, 50),
      () => log.before(LOBBY, null, 500, { removed: true }),
      () => log.before(LOBBY, null, 500, { removed: false })
    ]
    for (const read of reads) {
      await command('CONFIG', 'RESETSTAT')
      const before = await sentBytes()
      await read()
      expect((await sentBytes()) - before).toBeLessThan(ANSWER_MAX_BYTES * 1.05)
    }
  })

  test('goes on when Redis forgets the scripts', async () => {
    await send('one')
    await command('SCRIPT', 'FLUSH')
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(`${n}`)))
    expect(await texts()).toHaveLength(21)
    expect((await send('last')).event.seq).toBe(22)
  })

  test('keeps the order of speaking, though another instance brings the script between two words', async () => {
    const way = await openProxy(redis.url, { delayMs: 60 })
    const far = await openLog(prefix, {}, way.url)
    // Has the connection made.
    await far.heads()
    await command('SCRIPT', 'FLUSH')
    const said = (text: string) =>
      far.append({ room: LOBBY, id: newId(), by: { id: null, name: 'far' }, at: 0, kind: 'sent', text })
    const first = said('first')
    // Has reached Redis, and its answer is on the way back.
    await new Promise((done) => setTimeout(done, 80))
    await send('between')
    await Promise.all([first, said('second')])
    expect((await texts()).filter((text) => text !== 'between')).toEqual(['first', 'second'])
    await far.close()
    await way.close()
  })

  test('forgets what was removed: it is in no key, no dump of a key, no dump of all', async () => {
    const gone = `gone-${newId()}`
    const kept = `kept-${newId()}`
    const { event } = await send(gone)
    await send(kept)
    await log.append({
      room: LOBBY,
      id: newId(),
      by: ana,
      at: START,
      kind: 'edited',
      message: event.id,
      text: `${gone}!`
    })
    const everywhere = async () => {
      await command('SAVE')
      const files = readdirSync(redis.dir).map((file) => readFileSync(join(redis.dir, file)))
      const keys = await command<string[]>('KEYS', '*')
      const dumps = await Promise.all(keys.map((each) => dumpOf(each)))
      const all = Buffer.concat([...files, ...dumps])
      return [all.includes(gone), all.includes(kept)]
    }
    expect(await everywhere()).toEqual([true, true])
    await remove(event.id)
    expect(await everywhere()).toEqual([false, true])
  })

  test('acknowledges nothing while Redis stands still, and has each message once after', async () => {
    const late: Appended[] = []
    const patient = await openLog(prefix, { deadlineMs: 300 })
    patient.onLate((kept) => late.push(kept))
    await send('before')
    await expect.poll(() => outcome(patient.heads()), POLL).toBe('kept')
    const ids = Array.from({ length: 20 }, () => newId())
    redis.kill('SIGSTOP')
    try {
      const outcomes = await Promise.allSettled(ids.map((id) => send(id, id, patient)))
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: away })
    } finally {
      redis.kill('SIGCONT')
    }
    // What was written before it stood still is executed now. Tried again with the same ids it is there once.
    await expect.poll(() => late.map(({ event }) => event.id), POLL).toEqual(ids)
    const again = await Promise.all(ids.map((id) => send(id, id)))
    expect(again.every(({ repeated }) => repeated)).toBe(true)
    expect(await texts()).toEqual(['before', ...ids])
    await patient.close()
  })

  test('withdraws what was not written in time', async () => {
    const way = await openWay()
    const far = await openLog(prefix, { deadlineMs: 200 }, way.url)
    await sayFrom(far, 'one')
    way.cut()
    for (let n = 0; n < 3; n += 1) await expect(send('into the void', newId(), far)).rejects.toMatchObject(away)
    await way.mend()
    await expect.poll(() => outcome(far.heads()), POLL).toBe('kept')
    expect(await texts()).toEqual(['one'])
    await far.close()
    way.cut()
  })

  test('finds another way when a connection is silent for good', async () => {
    const way = await openWay()
    const far = await openLog(prefix, { deadlineMs: 100 }, way.url)
    await sayFrom(far, 'one')
    way.swallow()
    await expect(send('swallowed', newId(), far)).rejects.toMatchObject(away)
    await sayFrom(far, 'two')
    expect(await texts()).toEqual(['one', 'two'])
    await far.close()
    way.cut()
  })

  test('drops old records from both of their keys', async () => {
    let now = START
    const old = await openLog(prefix, { now: () => now, historyLimit: 2 })
    const sizes = async () => [
      Number(await command('HLEN', key('records'))),
      Number(await command('ZCARD', key('aged')))
    ]
    for (let n = 0; n < 6; n += 1) await send(`${n}`, newId(), old)
    expect(await sizes()).toEqual([4, 4])
    now += 8 * 24 * 60 * 60 * 1000
    for (let n = 0; n < 2; n += 1) await send('later', newId(), old)
    // Those of the messages which these made room for.
    expect(await sizes()).toEqual([2, 2])
    await old.close()
  })

  test.each(['log', 'messages', 'living', 'tombs', 'records', 'aged'])(
    'stores nothing, and reports the cause, when its key %s holds something else',
    async (part) => {
      await remove((await send('one')).event.id)
      const { event } = await send('two')
      const head = (await log.heads()).get(LOBBY)
      await command('RENAME', key(part), 'aside')
      await command('SET', key(part), 'something else')
      await expect(send('three')).rejects.toThrow(/^WRONGTYPE/)
      await expect(remove(event.id)).rejects.toThrow(/^WRONGTYPE/)
      await command('DEL', key(part))
      await command('RENAME', 'aside', key(part))
      expect((await log.heads()).get(LOBBY)).toEqual(head)
      expect(await texts()).toEqual(['', 'two'])
      expect((await send('three')).event.seq).toBe(4)
    }
  )

  test('takes nothing but removals when Redis has no memory left, and reads on', async () => {
    const { event } = await send('one')
    await command('CONFIG', 'SET', 'maxmemory', '1mb')
    try {
      await expect(send('two')).rejects.toMatchObject({ ...away, cause: { message: /OOM/ } })
      expect(await texts()).toEqual(['one'])
      // That frees memory.
      await remove(event.id)
      expect(await texts()).toEqual([''])
    } finally {
      await command('CONFIG', 'SET', 'maxmemory', '0')
    }
    expect((await send('two')).event.seq).toBe(3)
    expect(await log.sync(LOBBY, null, 10)).toMatchObject({ messages: [{ text: '' }, { text: 'two' }] })
  })

  test('of an earlier build, which counts nothing, is counted while people speak, and again when that build trims', async () => {
    const parts = ['sizes', 'authors']
    for (let n = 0; n < 50; n += 1) await send(`${n}`)
    await command('DEL', ...parts.map(key))
    const counted = async () => Number(await command('HGET', key('sizes'), '#'))
    const sum = async () => {
      const { messages } = await log.before(LOBBY, null, 500, { removed: true })
      return messages.reduce((bytes, message) => bytes + storedBytes(message), 0)
    }
    await send('first of the new build')
    expect(await counted()).toBeLessThan(await sum())
    for (let n = 0; n < 5; n += 1) await send(`${n}`)
    expect(await counted()).toBe(await sum())
    const oldest = await command<string[]>('ZRANGE', key('living'), '0', '9')
    await command('ZREM', key('living'), ...oldest)
    await command('HDEL', key('messages'), ...oldest)
    expect(await counted()).toBeGreaterThan(await sum())
    for (let n = 0; n < 64; n += 1) await send(`${n}`)
    expect(await counted()).toBe(await sum())
  })

  test.each(['sizes', 'authors'])('goes on when its key %s holds something else, and counts anew', async (part) => {
    await send('one')
    await command('DEL', key(part))
    await command('SET', key(part), 'something else')
    await send('two')
    await send('three')
    const { messages } = await log.before(LOBBY, null, 500, { removed: true })
    expect(messages).toHaveLength(3)
    const bytes = messages.reduce((sum, message) => sum + storedBytes(message), 0)
    expect(Number(await command('HGET', key('sizes'), '#'))).toBe(bytes)
    expect(Number(await command('ZCARD', key('authors')))).toBe(3)
  })

  test('goes on when a deployment’s counts hold something else', async () => {
    const long = 'x'.repeat(15_000)
    for (let n = 0; n < 3; n += 1) {
      await send(long)
      for (const part of ['heavy', 'weights']) {
        await command('DEL', `{${prefix}}:${part}`)
        if (n < 2) await command('SET', `{${prefix}}:${part}`, 'something else')
      }
    }
    for (let n = 0; n < 3; n += 1) await send(long)
    expect(await command('ZRANGE', `{${prefix}}:heavy`, '0', '-1', 'WITHSCORES')).toEqual([`${LOBBY} ${ana.id}`, '5'])
    expect(await command('ZSCORE', `{${prefix}}:weights`, ana.id ?? '')).toBe('5')
  })

  test('goes on for others when one author has filled the memory of Redis', async () => {
    const small = await startRedis()
    const inside = await lookInto(small.url)
    const full = await openLog(prefix, {}, small.url)
    const say = (by: Author, text: string) =>
      full.append({ room: LOBBY, id: newId(), by, at: START, kind: 'sent', text }).then(({ event }) => event.id)
    const said: [id: string, text: string][] = []
    for (let n = 0; n < 40; n += 1) {
      said.push([await say(bob, `${n}`), `${n}`])
      await Promise.all(Array.from({ length: 10 }, () => say(ana, 'x'.repeat(15_000))))
    }
    const used = Number(/used_memory:(\d+)/.exec(await inside.info('memory'))?.[1])
    await inside.sendCommand(['CONFIG', 'SET', 'maxmemory', `${used - 500_000}`])
    for (let n = 40; n < 60; n += 1) said.push([await say(bob, `${n}`), `${n}`])
    const kept: Message[] = []
    for (let older = true; older;) {
      const page = await full.before(LOBBY, kept[0] ? { seq: kept[0].seq } : null, 500, { removed: true })
      kept.unshift(...page.messages)
      older = page.older
    }
    expect(kept.filter(({ by }) => by.id === bob.id).map(({ id, text }) => [id, text])).toEqual(said)
    expect(kept.filter(({ by }) => by.id === ana.id).length).toBeGreaterThan(10)
    inside.destroy()
    await full.close()
    await small.stop()
  })

  test('loses nothing when the memory of Redis is limited to less than half of what it uses', async () => {
    for (let n = 0; n < 20; n += 1) await send('x'.repeat(15_000))
    await command('CONFIG', 'SET', 'maxmemory', '1mb')
    try {
      const more = { room: LOBBY, by: bob, at: START, kind: 'sent', text: 'more' } as const
      for (let n = 0; n < 3; n += 1) await expect(log.append({ ...more, id: newId() })).rejects.toMatchObject(away)
      expect(await command('ZCARD', key('living'))).toBe(20)
    } finally {
      await command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  test('is away when Redis is only a replica', async () => {
    await send('one')
    await command('REPLICAOF', '127.0.0.1', '1')
    try {
      await expect(send('two')).rejects.toMatchObject({ ...away, cause: { message: /READONLY/ } })
      expect(await texts()).toEqual(['one'])
    } finally {
      await command('REPLICAOF', 'NO', 'ONE')
    }
  })

  test('reports data that it can’t read, and not as an unavailable store', async () => {
    const { event } = await send('one')
    await command('HSET', key('messages'), event.id, '{"id":7}')
    await expect(log.before(LOBBY, null, 10, { removed: true })).rejects.toThrow('does not understand')
    await expect(log.sync(LOBBY, null, 10)).rejects.toThrow('does not understand')
  })

  test('begins a new epoch when everything is flushed, with the lobby there', async () => {
    await send('one')
    const before = (await log.heads()).get(LOBBY)
    await command('DEL', ...(await keysUnder(prefix)))
    const again = await send('two')
    expect(again).toMatchObject({ event: { seq: 1 }, repeated: false })
    expect(again.before.epoch).not.toBe(before?.epoch)
    expect(await log.rooms()).toMatchObject([{ id: LOBBY }])
  })

  test('finds its head again, under a new epoch, when only that was lost', async () => {
    await send('one')
    const two = await send('two')
    await command('DEL', `{${prefix}}:heads`)
    const heads = await log.heads()
    expect(heads.get(LOBBY)).toMatchObject({ seq: 2, id: two.event.id })
    expect(heads.get(LOBBY)?.epoch).not.toBe(two.before.epoch)
    expect((await send('three')).event.seq).toBe(3)
    expect(await texts()).toEqual(['one', 'two', 'three'])
  })

  test('starts clients afresh when the stream has a hole', async () => {
    const one = await send('one')
    await send('two')
    await send('three')
    await command('XDEL', key('log'), '2-0')
    expect(await log.sync(LOBBY, one.before, 10)).toMatchObject({ kind: 'fresh' })
  })

  test('keeps no more events than a catch-up may ask for', async () => {
    const { event } = await send('popular')
    for (let n = 0; n < 25; n += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, m) =>
          log.append({
            room: LOBBY,
            id: newId(),
            // Two, because nobody may change as much in a day.
            by: n % 2 ? ana : bob,
            at: START,
            kind: 'reacted',
            message: event.id,
            emoji: '👍',
            on: m % 2 === 0
          })
        )
      )
    }
    const STREAM_NODE_ENTRIES = 100
    const BETWEEN_TRIMS = 16
    expect(Number(await command('XLEN', key('log')))).toBeLessThanOrEqual(2_000 + STREAM_NODE_ENTRIES + BETWEEN_TRIMS)
    expect(await texts()).toEqual(['popular'])
  }, 60_000)
})
