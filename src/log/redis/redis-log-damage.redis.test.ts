// What the log in Redis does with full memory, damaged keys and data of an earlier build.
import { expect, onTestFinished, test } from 'vitest'
import { lookInto } from '../../../infra/testing/chat-server.ts'
import { startRedis } from '../../../infra/testing/redis-server.ts'
import { LOBBY, newId, PRIVATE_PREFIX, type Author, type Message } from '../../contract.ts'
import { connectRedis } from '../../redis/connection.ts'
import { storedBytes, TRIM_SLICE } from '../limits.ts'
import { ana, bob, START } from '../log.fixture.ts'
import { roomKey } from './keys.ts'
import { createRedisLog } from './redis-log.ts'
import { useRedisLog } from './redis-log.fixture.ts'

const unavailable = { name: 'StoreUnavailable' }
const on = useRedisLog()

test('drops old records from both of their keys', async () => {
  let now = START
  const old = await on.openLog(on.prefix, { now: () => now, historyLimit: 2 })
  const sizes = async () => [
    Number(await on.command('HLEN', on.key('records'))),
    Number(await on.command('ZCARD', on.key('aged')))
  ]
  for (let n = 0; n < 6; n += 1) await on.send(`${n}`, newId(), old)
  expect(await sizes()).toEqual([4, 4])
  now += 8 * 24 * 60 * 60 * 1000
  for (let n = 0; n < 2; n += 1) await on.send('later', newId(), old)
  // Those of the messages which these made room for.
  expect(await sizes()).toEqual([2, 2])
  await old.close()
})

test('accepts only removals when Redis has no memory left, and still reads', async () => {
  const { event } = await on.send('one')
  await on.command('CONFIG', 'SET', 'maxmemory', '1mb')
  try {
    await expect(on.send('two')).rejects.toMatchObject({ ...unavailable, cause: { message: /OOM/ } })
    expect(await on.texts()).toEqual(['one'])
    // That frees memory.
    await on.remove(event.id)
    expect(await on.texts()).toEqual([''])
  } finally {
    await on.command('CONFIG', 'SET', 'maxmemory', '0')
  }
  expect((await on.send('two')).event.seq).toBe(3)
  expect(await on.log.sync(LOBBY, null, 10)).toMatchObject({ messages: [{ text: '' }, { text: 'two' }] })
})

/** Sends to a room that counts every message at once. */
async function sendToSmall() {
  const small = await on.openLog(on.prefix, { historyLimit: 900 })
  onTestFinished(() => small.close())
  return (text: string) => on.send(text, newId(), small)
}

test('counts short messages of a large room later, and all of them', async () => {
  const counted = async () => Number(await on.command('HGET', on.key('sizes'), '#'))
  for (let n = 1; n < TRIM_SLICE; n += 1) await on.send(`${n}`)
  expect(await counted()).toBe(0)
  await on.send('the last of a slice')
  const messages = await on.messages()
  expect(await counted()).toBe(messages.reduce((bytes, message) => bytes + storedBytes(message), 0))
  expect(Number(await on.command('ZCARD', on.key('authors')))).toBe(TRIM_SLICE)
})

test.each(['log', 'messages', 'living'])('stores nothing while its key %s holds something else', async (part) => {
  await on.send('one')
  await on.command('RENAME', on.key(part), on.key('aside'))
  await on.command('SET', on.key(part), 'something else')
  await expect(on.send('two')).rejects.toThrow(/WRONGTYPE/)
  await on.command('RENAME', on.key('aside'), on.key(part))
  expect((await on.send('three')).event.seq).toBe(2)
  expect(await on.texts()).toEqual(['one', 'three'])
})

test('counts the messages of an earlier build while people write, and again when that build trims', async () => {
  const parts = ['sizes', 'authors']
  const send = await sendToSmall()
  for (let n = 0; n < 2 * TRIM_SLICE; n += 1) await send(`${n}`)
  await on.command('DEL', ...parts.map(on.key))
  const counted = async () => Number(await on.command('HGET', on.key('sizes'), '#'))
  const sum = async () => {
    const messages = await on.messages()
    return messages.reduce((bytes, message) => bytes + storedBytes(message), 0)
  }
  await send('first of the new build')
  expect(await counted()).toBeLessThan(await sum())
  for (let n = 0; n < 5; n += 1) await send(`${n}`)
  expect(await counted()).toBe(await sum())
  const oldest = await on.command<string[]>('ZRANGE', on.key('living'), '0', '9')
  await on.command('ZREM', on.key('living'), ...oldest)
  await on.command('HDEL', on.key('messages'), ...oldest)
  expect(await counted()).toBeGreaterThan(await sum())
  for (let n = 0; n < 64; n += 1) await send(`${n}`)
  expect(await counted()).toBe(await sum())
})

test.each(['sizes', 'authors'])('continues when its key %s holds something else, and counts again', async (part) => {
  const send = await sendToSmall()
  await send('one')
  await on.command('DEL', on.key(part))
  await on.command('SET', on.key(part), 'something else')
  await send('two')
  await send('three')
  const messages = await on.messages()
  expect(messages).toHaveLength(3)
  const bytes = messages.reduce((sum, message) => sum + storedBytes(message), 0)
  expect(Number(await on.command('HGET', on.key('sizes'), '#'))).toBe(bytes)
  expect(Number(await on.command('ZCARD', on.key('authors')))).toBe(3)
})

test('continues when a deployment’s counts hold something else', async () => {
  const long = 'x'.repeat(15_000)
  for (let n = 0; n < 3; n += 1) {
    await on.send(long)
    for (const part of ['heavy', 'weights']) {
      await on.command('DEL', `{${on.prefix}}:${part}`)
      if (n < 2) await on.command('SET', `{${on.prefix}}:${part}`, 'something else')
    }
  }
  for (let n = 0; n < 3; n += 1) await on.send(long)
  expect(await on.command('ZRANGE', `{${on.prefix}}:heavy`, '0', '-1', 'WITHSCORES')).toEqual([
    `${LOBBY} ${ana.id}`,
    '5'
  ])
  expect(await on.command('ZSCORE', `{${on.prefix}}:weights`, ana.id ?? '')).toBe('5')
})

test('continues for others when one author has filled the memory of Redis', async () => {
  const small = await startRedis()
  const inside = await lookInto(small.url)
  const full = await on.openLog(on.prefix, {}, small.url)
  const sendBy = (by: Author, text: string) =>
    full.append({ room: LOBBY, id: newId(), by, at: START, kind: 'sent', text }).then(({ event }) => event.id)
  const sent: [id: string, text: string][] = []
  for (let n = 0; n < 40; n += 1) {
    sent.push([await sendBy(bob, `${n}`), `${n}`])
    await Promise.all(Array.from({ length: 20 }, () => sendBy(ana, 'x'.repeat(15_000))))
  }
  const used = Number(/used_memory:(\d+)/.exec(await inside.info('memory'))?.[1])
  await inside.sendCommand(['CONFIG', 'SET', 'maxmemory', `${used - 500_000}`])
  for (let n = 40; n < 60; n += 1) sent.push([await sendBy(bob, `${n}`), `${n}`])
  const stored: Message[] = []
  for (let older = true; older;) {
    const page = await full.before(LOBBY, stored[0] ? { seq: stored[0].seq } : null, 500, { removed: true })
    stored.unshift(...page.messages)
    older = page.older
  }
  expect(stored.filter(({ by }) => by.id === bob.id).map(({ id, text }) => [id, text])).toEqual(sent)
  expect(stored.filter(({ by }) => by.id === ana.id).length).toBeGreaterThan(10)
  inside.destroy()
  await full.close()
  await small.stop()
})

test('makes room in what an earlier build stored, in a few round trips however many rooms there are', async () => {
  const small = await startRedis()
  const inside = await lookInto(small.url)
  const client = connectRedis(small.url, { onError() {}, name: 'log' })
  const full = await createRedisLog({ client, prefix: on.prefix, instance: 'here', historyLimit: 1_000 })
  const room = `${PRIVATE_PREFIX}cellar`
  const members = [ana, bob].map(({ id, name }) => ({ id: id!, name }))
  await full.createHidden({ id: room, title: 'Cellar', by: ana.id, at: START }, members, 1)
  const send = (by: Author, text: string) => full.append({ room, id: newId(), by, at: START, kind: 'sent', text })
  await Promise.all(Array.from({ length: 400 }, () => send(ana, 'x'.repeat(4_000))))
  for (let n = 0; n < 15; n += 1)
    await full.createRoom({ id: `room${n}`, title: `Room ${n}`, by: `person ${n}`, at: 0 }, 100)
  const counts = ['sizes', 'authors'].map((part) => roomKey(on.prefix, room, part))
  await inside.del([...counts, `{${on.prefix}}:heavy`, `{${on.prefix}}:weights`])
  await inside.set('something else', Buffer.alloc(2_000_000))
  const used = Number(/used_memory:(\d+)/.exec(await inside.info('memory'))?.[1])
  await inside.sendCommand(['CONFIG', 'SET', 'maxmemory', `${used - 1_000}`])
  let [unanswered, roundTrips] = [0, 0]
  const { sendCommand } = client
  client.sendCommand = async <T>(...command: Parameters<typeof sendCommand>) => {
    if (unanswered === 0) roundTrips += 1
    unanswered += 1
    return sendCommand
      .apply<typeof client, typeof command, Promise<T>>(client, command)
      .finally(() => (unanswered -= 1))
  }
  await send(bob, 'the newest')
  expect(roundTrips).toBeLessThanOrEqual(8)
  const { messages } = await full.before(room, null, 500, { removed: true })
  expect(messages.length).toBeLessThanOrEqual(201)
  expect(messages.at(-1)?.text).toBe('the newest')
  inside.destroy()
  await full.close()
  await small.stop()
})

test('loses nothing when the memory of Redis is limited to less than half of what it uses', async () => {
  for (let n = 0; n < 20; n += 1) await on.send('x'.repeat(15_000))
  await on.command('CONFIG', 'SET', 'maxmemory', '1mb')
  try {
    const more = { room: LOBBY, by: bob, at: START, kind: 'sent', text: 'more' } as const
    for (let n = 0; n < 3; n += 1)
      await expect(on.log.append({ ...more, id: newId() })).rejects.toMatchObject(unavailable)
    expect(await on.command('ZCARD', on.key('living'))).toBe(20)
  } finally {
    await on.command('CONFIG', 'SET', 'maxmemory', '0')
  }
})

test('reports data that it can’t read, and not as an unavailable store', async () => {
  const { event } = await on.send('one')
  await on.command('HSET', on.key('messages'), event.id, '{"id":7}')
  await expect(on.log.before(LOBBY, null, 10, { removed: true })).rejects.toThrow('does not understand')
  await expect(on.log.sync(LOBBY, null, 10)).rejects.toThrow('does not understand')
})

test('starts a new epoch with the lobby when everything is flushed', async () => {
  await on.send('one')
  const before = (await on.log.heads()).get(LOBBY)
  await on.command('DEL', ...(await on.keysUnder(on.prefix)))
  const again = await on.send('two')
  expect(again).toMatchObject({ event: { seq: 1 }, repeated: false })
  expect(again.before.epoch).not.toBe(before?.epoch)
  expect(await on.log.rooms()).toMatchObject([{ id: LOBBY }])
})

test('rebuilds a lost head under a new epoch', async () => {
  await on.send('one')
  const two = await on.send('two')
  await on.command('DEL', `{${on.prefix}}:heads`)
  const heads = await on.log.heads()
  expect(heads.get(LOBBY)).toMatchObject({ seq: 2, id: two.event.id })
  expect(heads.get(LOBBY)?.epoch).not.toBe(two.before.epoch)
  expect((await on.send('three')).event.seq).toBe(3)
  expect(await on.texts()).toEqual(['one', 'two', 'three'])
})

test('answers `fresh` when the stream has a gap', async () => {
  const one = await on.send('one')
  await on.send('two')
  await on.send('three')
  await on.command('XDEL', on.key('log'), '2-0')
  expect(await on.log.sync(LOBBY, one.before, 10)).toMatchObject({ kind: 'fresh' })
})

test('stores no more events than a catch-up may ask for', async () => {
  const { event } = await on.send('popular')
  for (let n = 0; n < 25; n += 1) {
    await Promise.all(
      Array.from({ length: 100 }, (_, m) =>
        on.log.append({
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
  expect(Number(await on.command('XLEN', on.key('log')))).toBeLessThanOrEqual(
    2_000 + STREAM_NODE_ENTRIES + BETWEEN_TRIMS
  )
  expect(await on.texts()).toEqual(['popular'])
}, 60_000)
