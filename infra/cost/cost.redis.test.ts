// Measures the numbers in measured.ts about instances: what one asks of Redis when idle, for each operation, and periodically.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAsked, type Asked } from './checks.fixture.ts'
import { operations, hourly, type Load } from './measured.ts'
import { openInstances, PRESENCE_STEP_MS, text, type InstancesFixture } from './instances.fixture.ts'
import { asNative, connectClient, connectNative, request, signIn } from '../testing/clients.ts'
import { BLOCK_MS } from '../../src/bus/stream-client.ts'
import { END_FIELDS, headsKey } from '../../src/log/redis/keys.ts'
import { LOBBY, MENTIONS_MAX, newId, type Answers } from '../../src/contract.ts'
import { STORED_EVERY_MS } from '../../src/reads/reads.ts'
import { WRITTEN_EVERY_MS } from '../../src/sessions/devices.ts'

/** Commands per hour of an idle instance. Socket.IO's adapter alone would send 720. */
const IDLE_BOUND = 35
/** Commands of a start. Scripts that a connection sends for the first time count as any. */
const START_BOUND = 50
const MINUTES = 9
/** Commands more for a message that mentions as many people as it may. */
const MENTIONS_BOUND = 4
const MEASURED_TIMES = 3
/** Most work is done once in 16 messages, some once in 64. */
const MESSAGES = 64
/** Of each kind. */
const CHANGES = 8

let fixture: InstancesFixture
beforeAll(async () => {
  fixture = await openInstances()
  await fixture.fillHistory()
})
afterAll(() => fixture.close())

/** Ends every blocking read, as its timeout would. Returns how many there were. */
async function endBlocks() {
  const clients = await fixture.inside.sendCommand<string>(['CLIENT', 'LIST'])
  const waiting = clients.split('\n').filter((line) => / flags=b /.test(line))
  for (const line of waiting)
    await fixture.inside.sendCommand(['CLIENT', 'UNBLOCK', /id=(\d+)/.exec(line)?.[1] ?? '', 'TIMEOUT'])
  return waiting.length
}

describe('an idle instance', () => {
  it(`sends Redis at most ${START_BOUND} commands at its start`, async () => {
    const { reads, writes, calls } = await fixture.asked(() => fixture.grow(1))
    console.log(`a start: ${reads + writes} commands`, calls)
    expect(reads + writes).toBeLessThanOrEqual(START_BOUND)
  })

  it(`sends Redis at most ${IDLE_BOUND} commands per hour`, async () => {
    await fixture.grow(1)
    // The bus messages of its start are trimmed first.
    await fixture.pass(180)
    const blocks: string[] = []
    const unwatch = await fixture.watch((command) => {
      const [, ms] = /"xread" .*"block" "(\d+)"/i.exec(command) ?? []
      if (ms) blocks.push(ms)
    })
    const { reads, writes, up, down, calls } = await fixture.asked(async () => {
      for (let read = 1; read <= hourly.idleRead; read += 1) {
        await fixture.pass(BLOCK_MS / 1_000)
        expect(await endBlocks()).toBe(1)
        await expect.poll(() => blocks.length, { interval: 1 }).toBe(read)
      }
    })
    unwatch()
    console.log(`an idle hour: ${reads + writes} commands`, calls)
    expect(reads + writes).toBeLessThanOrEqual(IDLE_BOUND)
    expect(calls).toEqual({ xread: hourly.idleRead })
    expect([...new Set(blocks)]).toEqual([`${BLOCK_MS}`])
    expect([reads, writes, up, down]).toEqual(operations.idleRead.once.map((amount) => amount * hourly.idleRead))
  })
})

describe.each([1, 2, 3])('with %i instances', (instances) => {
  it('every operation asks of Redis what measured.ts says', async () => {
    await fixture.grow(instances)
    const [ana] = await Promise.all(
      // A person on each, so that every instance has a lease.
      fixture.servers.map(async ({ url }, place) => {
        const one = await connectNative(url, `Person ${instances} ${place}`)
        await one.ask('room:list')
        await one.ask('room:open', { room: LOBBY })
        return one
      })
    )
    await ana?.ask('message:send', { room: LOBBY, id: newId(), text })
    // Past the cached reads and the one lease write per second; the instances know from their leases that all of them take pushes.
    await fixture.pass(7)

    const bo = await connectNative(fixture.servers[0]?.url ?? '', `Bo ${instances}`)
    const join = async () => {
      for (const event of ['room:list', 'read:list', 'alerts:get', 'person:blocked']) await bo.ask(event)
      return bo.ask<Answers['room:open']>('room:open', { room: LOBBY })
    }
    const leave = async () => {
      await bo.ask('room:leave', { room: LOBBY })
      // Looks whether positions wait.
      await fixture.pass(0.5, 500)
    }
    /** All but some messages. */
    const read = async (left: number) => {
      const opened = await join()
      if (!opened.ok) throw new Error(opened.reason)
      await fixture.pass(2)
      const { epoch, seq } = opened.value.sync.cursor
      await bo.ask('read:move', { positions: [{ room: LOBBY, epoch, seq: seq - left, back: 0 }] })
    }
    // A connection sends each script in full once, and the first position has no end yet.
    for (const left of [3, 2]) {
      await read(left)
      await leave()
    }
    await fixture.pass(1)
    expectAsked('a join', await fixture.asked(join), operations.join, instances)
    const type = (on: boolean) => async () => ana?.ask('typing:set', { room: LOBBY, on })
    expectAsked('typing starts', await fixture.asked(type(true)), operations.typing, instances)
    expectAsked('typing stops', await fixture.asked(type(false)), operations.typing, instances)
    await fixture.pass(1)
    expectAsked('a leave', await fixture.asked(leave), operations.leave, instances)
    await read(1)
    const last = await fixture.asked(leave)
    const { leave: of, readLast } = operations
    const once = of.once.map((amount, n) => amount + (readLast.once[n] ?? 0)) as unknown as Load
    expectAsked('a leave after reading', last, { once, each: of.each }, instances)
  })
})

it('a message asks of Redis what measured.ts says, all that is done once in many included, and its readers’ levels change nothing', async () => {
  await fixture.grow(3)
  const people = await Promise.all(fixture.servers.map(({ url }, place) => connectNative(url, `Reader ${place}`)))
  for (const person of people) await person.ask('room:open', { room: LOBBY })
  let place = 0
  // In turn, so that nobody's rate limit is reached.
  const send = async (words = text) =>
    people[(place += 1) % people.length]?.ask('message:send', { room: LOBBY, id: newId(), text: words })
  // Scripts are sent whole once.
  for (const _ of people) await send()
  // Every chat has an owner at least, and so records in the shared table.
  await fixture.servers[0]?.table.transact((records) => records.put('test:record', {}))
  // The instances know from their leases that all of them read what the append script writes to the bus.
  await fixture.pass(7)
  const all: Asked = { reads: 0, writes: 0, up: 0, down: 0 }
  // So that no message follows another one soon.
  const forgetLast = () => fixture.inside.hDel(headsKey('taifas', LOBBY), END_FIELDS.bus)
  for (let n = 0; n < MESSAGES; n += 1) {
    await forgetLast()
    const { calls: _, ...asked } = await fixture.asked(() => send())
    for (const what of Object.keys(all) as (keyof Asked)[]) all[what] += asked[what] / MESSAGES
  }
  expectAsked('a message', all, operations.message, 3)
  await forgetLast()
  const { calls } = await fixture.asked(() => Promise.all([send(), send()]))
  expect(calls['publish']).toBe(operations.messageSoon.once[1])

  // Edits of a message, reactions to it, and its removal, in turn.
  const changed: Asked = { reads: 0, writes: 0, up: 0, down: 0 }
  // The first one counts the messages before it, which are counted already.
  for (let n = -1; n < CHANGES; n += 1) {
    const [author] = people
    const message = newId()
    const about = { room: LOBBY, message }
    const events = {
      'message:edit': { text: `${text}!` },
      'message:react': { emoji: '👍', on: true },
      'message:remove': {}
    }
    await author?.ask('message:send', { room: LOBBY, id: message, text })
    for (const [event, what] of Object.entries(events)) {
      const { calls: _, ...asked } = await fixture.asked(async () =>
        author?.ask(event, { ...about, id: newId(), ...what })
      )
      if (n < 0) continue
      for (const each of Object.keys(changed) as (keyof Asked)[])
        changed[each] += asked[each] / CHANGES / Object.keys(events).length
    }
  }
  expectAsked('a change', changed, operations.change, 3)
  // The author may do as much again.
  await fixture.pass(10)

  const names = Array.from({ length: MENTIONS_MAX }, (_, n) => `Mentioned ${n}`)
  for (const name of names) await signIn(fixture.servers[0]?.url ?? '', name)
  // Without what is done once in many messages.
  const least = async (words: string) => {
    const costs: number[] = []
    for (let n = 0; n < MEASURED_TIMES; n += 1) {
      await forgetLast()
      const { reads, writes } = await fixture.asked(() => send(words))
      costs.push(reads + writes)
    }
    return Math.min(...costs)
  }
  const plain = await least(text)
  const more = (await least(names.map((name) => `@${name},`).join(' '))) - plain
  console.log(`${MENTIONS_MAX} mentions in a message: ${more} commands more`)
  expect(more).toBeLessThanOrEqual(MENTIONS_BOUND)

  for (const level of ['all', 'nothing']) {
    for (const person of people) await person.ask('alerts:set', { level: { room: LOBBY, level } })
    expect([level, await least(text)]).toEqual([level, plain])
  }
})

it('how far people have read waits while they are in one place; in two it costs each of them what measured.ts says', async () => {
  await fixture.grow(2)
  const [here = '', there = ''] = fixture.servers.map(({ url }) => url)
  const readers = await Promise.all(['one', 'two', 'three'].map((nth) => connectNative(here, `Reader ${nth}`)))
  for (const reader of readers) await reader.ask('room:open', { room: LOBBY })
  /** Commands about the positions of people, after all have read a new message. */
  const read = async () => {
    const opened = await readers[0]?.ask<Answers['room:open']>('room:open', { room: LOBBY })
    const sent = await readers[0]?.ask<Answers['message:send']>('message:send', { room: LOBBY, id: newId(), text })
    if (!sent?.ok || !opened?.ok) throw new Error('nothing to read')
    const positions = [{ room: LOBBY, epoch: opened.value.sync.cursor.epoch, seq: sent.value.seq, back: 0 }]
    const commands: string[] = []
    const unwatch = await fixture.watch((command) => {
      const [, name] = / lua\] "([a-z]+)" "[^"]*:reads:/i.exec(command) ?? []
      if (name) commands.push(name.toLowerCase())
    })
    await fixture.asked(async () => {
      for (const reader of readers) await reader.ask('read:move', { positions })
      await fixture.pass((2 * STORED_EVERY_MS) / 1_000)
    })
    unwatch()
    return commands.toSorted()
  }
  await fixture.pass(1)
  expect(await read()).toEqual([])

  const others = await Promise.all(readers.map(({ session }) => connectClient(there, asNative(session.token))))
  for (const other of others) await other.ask('room:open', { room: LOBBY })
  await fixture.pass(1)
  await read()
  const [reads, writes] = operations.readPosition.once
  expect(await read()).toEqual([...times('hmget', reads), ...times('hset', writes)])
  function times(command: string, each: number) {
    return readers.flatMap(() => Array.from({ length: each }, () => command))
  }
})

it('an instance with a person online sends its periodic commands as often as measured.ts says', async () => {
  await fixture.grow(1)
  const ana = await connectNative(fixture.servers[0]?.url ?? '', 'Ana')
  await ana.ask('room:open', { room: LOBBY })
  await fixture.pass(180)
  const { calls } = await fixture.asked(async () => {
    for (let minute = 0; minute < MINUTES; minute += 1) {
      // A bus message.
      fixture.servers[0]?.chat.signOut('nobody', 'no session')
      // An instance that waits for its own message in vain starts a new reader, and its feeds read the log.
      await fixture.settled()
      await fixture.pass(60, PRESENCE_STEP_MS)
    }
  })
  console.log(`${MINUTES} minutes with a person online:`, calls)
  const { hset: leaseRenewal = 0, hgetall: hashes = 0, xrange, zrangebyscore, xtrim } = calls
  // Nothing else is read while the heads show nothing new, and the bus is trimmed by what is written to it.
  expect([xrange, zrangebyscore, xtrim]).toEqual([undefined, undefined, undefined])
  const anHour = (times: number) => (times * 60) / MINUTES
  expect({
    ...hourly,
    leaseRenewal: anHour(leaseRenewal),
    headCheck: anHour(hashes - leaseRenewal)
  }).toEqual(hourly)
})

it('every periodic operation asks of Redis what measured.ts says', async () => {
  await fixture.grow(2)
  const [server, other] = fixture.servers
  expectAsked('a head check', await fixture.asked(async () => server?.chat.compareHeads()), operations.headCheck, 1)
  const { token } = await signIn(server?.url ?? '', 'Zoe')
  // Without anybody there, it would read first which sessions have ended.
  const somebody = await connectNative(other?.url ?? '', 'Somebody')
  const use = () => request('GET', `${other?.url}/api/session`, { token })
  // The name lasts minutes before; as much is written as when it has lasted for days.
  expectAsked('a first use in a day', await fixture.asked(use), operations.firstUse, 1)
  await fixture.pass(WRITTEN_EVERY_MS / 1_000, WRITTEN_EVERY_MS)
  expectAsked('a device is used', await fixture.asked(use), operations.deviceUse, 1)
  somebody.close()
  await fixture.pass(300)
  // A bus message to trim.
  server?.chat.signOut('nobody', 'no session')
  await fixture.settled()
  const { calls, up, down } = await fixture.asked(() => fixture.pass(300))
  const times = calls['xtrim'] ?? 0
  expect(calls).toEqual({ xtrim: times })
  expectAsked('a trim of the bus', { reads: 0, writes: 1, up: up / times, down: down / times }, operations.trim, 1)
})
