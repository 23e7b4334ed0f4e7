// Measures what cost-measured.ts says of an instance: what it asks of Redis with nobody, when something happens, and by itself.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAsked } from './checks.fixture.ts'
import { operations, hourly, type Asked } from './measured.ts'
import { openStage, text, type Stage } from './instances.fixture.ts'
import { connectNative } from '../testing/clients.ts'
import { LOBBY, newId } from '../../src/contract.ts'

/** Commands an hour that an instance with nobody may ask; the adapter by itself asks 720. */
const IDLE_BOUND = 70
const MINUTES = 10
const MESSAGES = 16

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.fillHistory()
})
afterAll(() => stage.close())

/** The reader of each instance stops waiting, as if its time were over. Returns how many waited. */
async function endBlocks() {
  const clients = await stage.inside.sendCommand<string>(['CLIENT', 'LIST'])
  const waiting = clients.split('\n').filter((line) => / flags=b /.test(line))
  for (const line of waiting)
    await stage.inside.sendCommand(['CLIENT', 'UNBLOCK', /id=(\d+)/.exec(line)?.[1] ?? '', 'TIMEOUT'])
  return waiting.length
}

describe('an instance with nobody', () => {
  it('costs less to start than to have for an hour', async () => {
    const { reads, writes, calls } = await stage.asked(() => stage.grow(1))
    console.log(`a start: ${reads + writes} commands`, calls)
    expect(reads + writes).toBeLessThanOrEqual(IDLE_BOUND)
  })

  it(`asks Redis at most ${IDLE_BOUND} commands an hour`, async () => {
    // What was told at the start is cleared away first.
    await stage.pass(180)
    const blocks: string[] = []
    const unwatch = await stage.watch((command) => {
      const [, ms] = /"xread" .*"block" "(\d+)"/i.exec(command) ?? []
      if (ms) blocks.push(ms)
    })
    const { reads, writes, up, down, calls } = await stage.asked(async () => {
      for (let minute = 1; minute <= 60; minute += 1) {
        await stage.pass(60)
        expect(await endBlocks()).toBe(1)
        await expect.poll(() => blocks.length, { interval: 1 }).toBe(minute)
      }
    })
    unwatch()
    console.log(`an idle hour: ${reads + writes} commands`, calls)
    expect(reads + writes).toBeLessThanOrEqual(IDLE_BOUND)
    expect(calls).toEqual({ xread: hourly.listening })
    // Each waits for a minute: an hour it was.
    expect([...new Set(blocks)]).toEqual(['60000'])
    const { once } = operations.listening
    expect([reads, writes, up, down]).toEqual([once.reads, 0, once.up, once.down].map((each) => each * 60))
  })
})

describe.each([1, 2, 3])('with %i instances', (instances) => {
  it('what happens asks of Redis what is written', async () => {
    await stage.grow(instances)
    const [ana] = await Promise.all(
      // Somebody everywhere, so that every instance has a lease.
      stage.servers.map(async ({ url }, place) => {
        const one = await connectNative(url, `Person ${instances} ${place}`)
        await one.ask('room:list')
        await one.ask('room:open', { room: LOBBY })
        return one
      })
    )
    const say = async () => ana?.ask('message:send', { room: LOBBY, id: newId(), text })
    await say()
    // What was read for the others is not shared with who comes now; and a lease is written once a second.
    await stage.pass(1)

    const bo = await connectNative(stage.servers[0]?.url ?? '', `Bo ${instances}`)
    const come = async () => {
      await bo.ask('room:list')
      await bo.ask('room:open', { room: LOBBY })
    }
    expectAsked('somebody comes', await stage.asked(come), operations.coming, instances)
    const type = (on: boolean) => async () => ana?.ask('typing:set', { room: LOBBY, on })
    expectAsked('somebody types', await stage.asked(type(true)), operations.typing, instances)
    expectAsked('and does no longer', await stage.asked(type(false)), operations.typing, instances)
    // Every fourth message drops old records as well, every sixteenth old events: two or three commands more.
    const said: Asked[] = []
    for (let n = 0; n < MESSAGES; n += 1) said.push(await stage.asked(say))
    const median = (of: keyof Asked) => said.map((one) => one[of]).toSorted((a, b) => a - b)[MESSAGES / 2] ?? 0
    const message = { reads: median('reads'), writes: median('writes'), up: median('up'), down: median('down') }
    expectAsked('a message', message, operations.message, instances)
    await stage.pass(1)
    const go = () => bo.ask('room:leave', { room: LOBBY })
    expectAsked('somebody goes', await stage.asked(go), operations.going, instances)
  })
})

it('with somebody here, an instance asks as often as is written', async () => {
  await stage.grow(1)
  const ana = await connectNative(stage.servers[0]?.url ?? '', 'Ana')
  await ana.ask('room:open', { room: LOBBY })
  await stage.pass(180)
  const { calls } = await stage.asked(async () => {
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await ana.ask('typing:set', { room: LOBBY, on: minute % 2 === 0 })
      await stage.pass(60)
    }
  })
  console.log(`${MINUTES} minutes with somebody here:`, calls)
  const {
    hset: renewal = 0,
    eval: scripts = 0,
    evalsha: comparing = 0,
    xrange: revoked = 0,
    xtrim: trimming = 0
  } = calls
  const anHour = (times: number) => (times * 60) / MINUTES
  expect({
    ...hourly,
    renewal: anHour(renewal),
    reading: anHour(scripts - renewal),
    comparing: anHour(comparing),
    revoked: anHour(revoked),
    trimming: anHour(trimming)
  }).toEqual(hourly)
})

it('what an instance does by itself costs what is written', async () => {
  await stage.grow(1)
  const [server] = stage.servers
  expectAsked('comparing', await stage.asked(async () => server?.chat.compareHeads()), operations.comparing, 1)
  expectAsked('revocations', await stage.asked(async () => server?.revocations.refresh()), operations.revoked, 1)
  await stage.pass(300)
  // A letter by itself, with nobody here.
  server?.chat.signOut('nobody', 'no session')
  await stage.settled()
  const { calls, up, down } = await stage.asked(() => stage.pass(300))
  const times = calls['xtrim'] ?? 0
  expect(calls).toEqual({ xtrim: times })
  expectAsked(
    'clearing letters away',
    { reads: 0, writes: 1, up: up / times, down: down / times },
    operations.trimming,
    1
  )
})
