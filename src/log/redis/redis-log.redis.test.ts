import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { openProxy } from '../../../infra/testing/tcp-proxy.ts'
import { FOR_GOOD, LOBBY, PRIVATE_PREFIX, TEXT_MAX_CODE_POINTS, newId } from '../../contract.ts'
import { ANSWER_MAX_BYTES } from '../answer-bytes.ts'
import { messageLogContract } from '../message-log.contract.ts'
import type { Appended, MessageLog } from '../message-log.ts'
import { COMPARE_EVERY } from '../limits.ts'
import { ana, START } from '../log.fixture.ts'
import { END_FIELDS, sharedKeys, sharedTableKey } from './keys.ts'
import { useRedisLog } from './redis-log.fixture.ts'
import { script } from '../../redis/scripts.ts'
import { appendScript } from './scripts/append.ts'

const POLL = { timeout: 30_000 }
const unavailable = { name: 'StoreUnavailable' }
const on = useRedisLog()

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'stored',
    (error: Error) => error.name
  )

/** Sends until it is stored: a busy machine easily misses a short deadline. */
async function sendFrom(far: MessageLog, text: string) {
  const id = newId()
  await expect.poll(() => outcome(on.send(text, id, far)), POLL).toBe('stored')
}

messageLogContract('Redis', async ({ historyLimit, now, ...bytes }) => {
  const prefix = newId()
  const open = (limit: number, limits = bytes) => {
    const options = { historyLimit: limit, now, ...limits }
    return Promise.all([on.openLog(prefix, options), on.openLog(prefix, options)])
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
    bytesUsed: async () => Number(/used_memory:(\d+)/.exec(await on.command<string>('INFO', 'memory'))?.[1]),
    async reopen(limit, limits) {
      await close()
      logs = await open(limit, limits)
    },
    async copy() {
      const keys = await on.keysUnder(prefix)
      const dumps = await Promise.all(keys.map(async (key) => ({ key, dump: await on.dumpOf(key) })))
      return async () => {
        await on.command('DEL', ...(await on.keysUnder(prefix)))
        for (const { key, dump } of dumps) await on.admin.restore(key, 0, dump)
      }
    },
    async close() {
      await close()
    }
  }
})

test('stores all its keys in one slot, under its prefix', async () => {
  await on.remove((await on.send('hello')).event.id)
  await on.send('on')
  const keys = await on.command<string[]>('KEYS', '*')
  const own = keys.filter((each) => each.includes(on.prefix))
  expect(own.length).toBeGreaterThan(5)
  for (const each of own) expect(each.startsWith(`{${on.prefix}}:`)).toBe(true)
  // The room's name is chosen by people, and may look like a pattern of keys but never leaves its place.
  expect(new Set(own.map((each) => each.split(':')[0])).size).toBe(1)
})

test('keeps nothing of a private room that nobody is in', async () => {
  const before = await on.keysUnder(on.prefix)
  const room = `${PRIVATE_PREFIX}cellar`
  const person = { id: ana.id!, name: ana.name }
  await on.log.createHidden({ id: room, title: 'Cellar', by: ana.id, at: START }, [person], 1)
  const verb = { room, by: ana, at: START }
  await on.log.append({ ...verb, id: newId(), kind: 'sent', text: '@Ana', mentions: [person] })
  await on.log.changeMembers({ ...verb, id: newId(), what: 'left', person })
  expect(await on.log.removeRooms([room], 'deserted')).toEqual([room])
  expect(await on.keysUnder(on.prefix)).toEqual(before)
})

test('is one command per append, sync, page, heads and rooms', async () => {
  const prefix = newId()
  // Without the work of a start, which has a timer.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const log = await on.openLog(prefix)
  vi.useRealTimers()
  const warm = on.send('warm', newId(), log)
  await Promise.all([warm, log.sync(LOBBY, null, 1), log.before(LOBBY, null, 1, { removed: false })])
  await Promise.all([log.heads(), log.rooms()])
  const done = newId()
  let seen = ''
  const watcher = connect(on.redis.port, '127.0.0.1')
  watcher.setEncoding('utf8').write('MONITOR\r\n')
  await once(watcher, 'data')
  const all = new Promise<void>((resolve) => {
    watcher.on('data', (lines: string) => {
      seen += lines
      if (seen.includes(done)) resolve()
    })
  })
  await Promise.all(Array.from({ length: 20 }, (_, n) => on.send(`${n}`, newId(), log)))
  const last = await on.send('last', newId(), log)
  await log.sync(LOBBY, last.before, 50)
  await log.before(LOBBY, null, 50, { removed: false })
  await log.heads()
  await log.rooms()
  await on.command('ECHO', done)
  await all
  watcher.destroy()
  // Lines with "lua" are what the scripts do inside.
  const commands = seen.split('\r\n').filter((line) => line.includes(prefix) && !line.includes(' lua] '))
  expect(
    commands.filter((line) => line.includes(`EVALSHA" "${script('-- here', appendScript.source).sha}`))
  ).toHaveLength(21)
  expect(commands).toHaveLength(25)
  await log.close()
})

test('makes Redis send no more than an answer holds', async () => {
  const start = (await on.log.heads()).get(LOBBY)
  if (!start) throw new Error('no lobby')
  for (let n = 0; n < 200; n += 20)
    await Promise.all(Array.from({ length: 20 }, () => on.send('🌻'.repeat(TEXT_MAX_CODE_POINTS))))
  const sentBytes = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await on.command<string>('INFO', 'stats'))?.[1])
  const reads = [
    () => on.log.sync(LOBBY, null, 500),
    () => on.log.sync(LOBBY, start, 50),
    () => on.log.before(LOBBY, null, 500, { removed: true }),
    () => on.log.before(LOBBY, null, 500, { removed: false })
  ]
  for (const read of reads) {
    await on.command('CONFIG', 'RESETSTAT')
    const before = await sentBytes()
    await read()
    expect((await sentBytes()) - before).toBeLessThan(ANSWER_MAX_BYTES * 1.05)
  }
})

test('continues when Redis forgets the scripts', async () => {
  await on.send('one')
  await on.command('SCRIPT', 'FLUSH')
  await Promise.all(Array.from({ length: 20 }, (_, n) => on.send(`${n}`)))
  expect(await on.texts()).toHaveLength(21)
  expect((await on.send('last')).event.seq).toBe(22)
})

test('keeps the order of calls when Redis forgets the scripts and another instance sends them again meanwhile', async () => {
  const way = await openProxy(on.redis.url, { delayMs: 30 })
  const far = await on.openLog(on.prefix, { instance: 'far' }, way.url)
  await far.heads()
  const refusals = async () =>
    Number(/cmdstat_evalsha:.*failed_calls=(\d+)/.exec(await on.command('INFO', 'commandstats'))?.[1] ?? 0)
  const calls: Promise<Appended>[] = []
  async function sendBoth() {
    calls.push(on.send('far', newId(), far))
    await on.send('between')
  }
  // The first calls of a connection; calls of one that has sent the script; and calls after a first refusal is known.
  await sendBoth()
  await on.command('SCRIPT', 'FLUSH')
  await Promise.all([sendBoth(), sendBoth()])
  await Promise.all(calls)
  const before = await refusals()
  await on.command('SCRIPT', 'FLUSH')
  const until = performance.now() + 150
  while (performance.now() < until) await sendBoth()
  await Promise.all(calls)
  expect(await refusals()).toBeGreaterThan(before + 1)
  const places = (await Promise.all(calls)).map(({ event }) => event.seq)
  expect(places).toEqual(places.toSorted((one, other) => one - other))
  await far.close()
  await way.close()
})

test('withdraws a command that was not written in time', async () => {
  const way = await openProxy(on.redis.url)
  const far = await on.openLog(on.prefix, { deadlineMs: 200 }, way.url)
  await sendFrom(far, 'one')
  way.cut()
  for (let n = 0; n < 3; n += 1) await expect(on.send('into the void', newId(), far)).rejects.toMatchObject(unavailable)
  way.mend()
  await expect.poll(() => outcome(far.heads()), POLL).toBe('stored')
  expect(await on.texts()).toEqual(['one'])
  await far.close()
  await way.close()
})

test('replaces a connection that stays silent', async () => {
  const way = await openProxy(on.redis.url)
  const far = await on.openLog(on.prefix, { deadlineMs: 100 }, way.url)
  await sendFrom(far, 'one')
  way.holePresent()
  await expect(on.send('swallowed', newId(), far)).rejects.toMatchObject(unavailable)
  await sendFrom(far, 'two')
  expect(await on.texts()).toEqual(['one', 'two'])
  await far.close()
  await way.close()
})

test('nothing of a connection that was given up is stored after a change of a newer one', async () => {
  const way = await openProxy(on.redis.url)
  const far = await on.openLog(on.prefix, { deadlineMs: 100 }, way.url)
  await sendFrom(far, 'first')
  const connections = async () => (await on.command<string>('CLIENT', 'LIST')).matchAll(/ name=log /g).toArray().length
  const open = await connections()
  // What is written now arrives after what the next connection carries.
  way.delay(1_500)
  let late = 0
  do {
    late += 1
    await expect(on.send(`late ${late}`, newId(), far)).rejects.toMatchObject(unavailable)
  } while (way.connections === 1)
  way.delay(0)
  await sendFrom(far, 'newer')
  await expect.poll(connections, POLL).toBe(open + 1)
  await expect.poll(connections, POLL).toBe(open)
  await sendFrom(far, 'newest')
  expect(late).toBeGreaterThan(1)
  expect(await on.texts()).toEqual(['first', 'newer', 'newest'])
  await far.close()
  await way.close()
})

test('a change that comes while Redis frees memory does not overtake the one that was refused', async () => {
  const way = await openProxy(on.redis.url)
  const far = await on.openLog(on.prefix, {}, way.url)
  await sendFrom(far, 'first')
  way.delay(20)
  const used = Number(/used_memory:(\d+)/.exec(await on.command<string>('INFO', 'memory'))?.[1])
  await on.command('CONFIG', 'SET', 'maxmemory', `${Math.round(used * 0.9)}`)
  const reliefs = async () =>
    Number(/cmdstat_zrevrange:calls=(\d+)/.exec(await on.command('INFO', 'commandstats'))?.[1] ?? 0)
  const before = await reliefs()
  const refused = on.send('refused at first', newId(), far)
  await expect.poll(reliefs, POLL).toBeGreaterThan(before)
  await on.command('CONFIG', 'SET', 'maxmemory', '0')
  await Promise.all([refused, on.send('later', newId(), far)])
  expect(await on.texts()).toEqual(['first', 'refused at first', 'later'])
  await far.close()
  await way.close()
})

test('refuses somebody whom a record of the shared table mutes or bans, before this instance has read it', async () => {
  const { log, send, prefix } = on
  const record = (standing: object) =>
    on.command('HSET', sharedTableKey(prefix), `person:${ana.id}`, JSON.stringify(standing))
  const { event } = await send('before')
  const remove = { room: LOBBY, by: ana, at: 0, kind: 'removed', message: event.id } as const
  const ends = Date.now() + 60_000
  await record({ role: 'visitor', mutedUntil: ends, reason: 'Loud' })
  await expect(send('muted')).rejects.toMatchObject({ reason: 'muted', why: 'Loud' })
  await record({ role: 'visitor', bannedUntil: FOR_GOOD, mutedUntil: ends })
  await expect(send('banned')).rejects.toMatchObject({ reason: 'banned', retryAfterMs: undefined })
  await expect(log.append({ ...remove, id: newId() })).rejects.toMatchObject({ reason: 'banned' })
  await record({ role: 'visitor', bannedUntil: Date.now() - 1, mutedUntil: ends })
  expect((await log.append({ ...remove, id: newId() })).event.kind).toBe('removed')
  const sendAsOf = (tableRevision: number) =>
    log.append({ room: LOBBY, id: newId(), by: ana, at: 0, kind: 'sent', text: 'as of', tableRevision })
  const headsOf = sharedKeys(prefix, LOBBY)[0]
  await on.command('HSET', headsOf, END_FIELDS.table, '- 0 8')
  await expect(sendAsOf(7)).rejects.toMatchObject({ reason: 'muted' })
  // It has read all that there is, so this is not looked at.
  expect((await sendAsOf(8)).event.kind).toBe('sent')
  await record({ role: 'member' })
  expect((await send('after')).event.seq).toBe(4)
})

test('settings by an earlier build, which notes no change, count at once while it is known to be there, and soon in any case', async () => {
  const prefix = newId()
  const log = await on.openLog(prefix)
  const room = 'garden'
  await log.createRoom({ id: room, title: 'Garden', by: ana.id, at: START }, 10)
  const send = (settingsNoted: boolean) =>
    log.append({ room, id: newId(), by: ana, at: 0, kind: 'sent', text: 'hello', settingsNoted })
  await send(true)
  const [, rooms] = sharedKeys(prefix, LOBBY)
  const stored = JSON.parse(await on.command<string>('HGET', rooms, room)) as object
  const write = (settings: object) => on.command('HSET', rooms, room, JSON.stringify({ ...stored, ...settings }))
  await write({ archived: true, rev: 1 })
  await expect(send(false)).rejects.toMatchObject({ reason: 'room-closed' })
  await write({})
  await send(true)
  await write({ archived: true, rev: 1 })
  const closed = async () => {
    for (let n = 0; n < COMPARE_EVERY; n += 1) await send(true)
  }
  await expect(closed()).rejects.toMatchObject({ reason: 'room-closed' })
  await log.close()
})
