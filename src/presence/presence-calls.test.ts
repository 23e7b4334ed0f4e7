// How often the store is called, and what bus messages bring meanwhile.
import { describe, expect, it } from 'vitest'
import {
  crowd,
  guest,
  MESSAGE_MS,
  openSimulation,
  person,
  standingSimulation,
  started,
  twoInstances,
  eastAndWest
} from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const { renewMs, writeGapMs, lostGraceMs, provenMs } = presenceTiming

describe('bus messages', () => {
  it('the next read makes up for a lost message', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    simulation.loses = () => true
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    await clock.advance(MESSAGE_MS)
    expect(west.count()).toBe(2)
    await clock.advance(renewMs)
    expect([west.joined().at(-1), west.left().at(-1)]).toEqual(['Cy', 'Ana'])
    expect(west.shown()).toEqual(['Bo', 'Cy'])
  })

  it('a message after a lost one causes one call at once', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    const asked = west.store.count()
    simulation.loses = () => true
    await east.arrive(person('Cy'))
    simulation.loses = () => false
    await east.arrive(person('Dee'))
    await clock.advance(MESSAGE_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy', 'Dee'])
    expect(west.store.count()).toBe(asked + 1)
    await east.arrive(person('Eve'))
    await clock.advance(MESSAGE_MS)
    expect(west.store.count()).toBe(asked + 1)
  })

  it('a message about more than five hundred people names nobody, and the others read the store', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    const sizes: number[] = []
    simulation.loses = (message) => {
      sizes.push(JSON.stringify(message).length)
      return false
    }
    await Promise.all([crowd(east, 2_000), clock.advance(writeGapMs)])
    expect(Math.max(...sizes)).toBeLessThan(1_000)
    expect(west.count()).toBe(2_002)
  })

  it('messages that arrive twice or late change nothing', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    const messages: Parameters<typeof west.people.onMessage>[0][] = []
    simulation.loses = (message) => {
      if (message.kind === 'presence') messages.push(message)
      return false
    }
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
    await clock.advance(MESSAGE_MS)
    expect(messages).toHaveLength(2)
    for (const message of [...messages, ...messages]) west.people.onMessage(message)
    expect([west.joined().at(-1), west.left()]).toEqual(['Cy', ['Cy']])
    expect(simulation.faults).toEqual([])
  })
})

describe('calls to the store', () => {
  it('an instance without clients makes none', async () => {
    const { clock, east, west } = await twoInstances()
    west.people.leave('lobby', 'key-Bo', 'key-Bo', 'left')
    await clock.advance(MESSAGE_MS)
    expect(west.store.asked.at(-1)).toBe('end')
    const asked = west.store.count()
    await east.arrive(person('Cy'))
    await clock.advance(3_600_000)
    expect(west.store.count()).toBe(asked)
    await west.people.refresh()
    expect(west.store.count()).toBe(asked + 1)
    await west.people.refresh()
    expect(west.store.count()).toBe(asked + 1)
    expect(west.people.view('lobby').count).toBe(2)
  })

  it('an instance with people makes one for each renewal', async () => {
    const { clock, east } = await twoInstances()
    await clock.advance(60_000)
    const asked = east.store.count()
    await clock.advance(10 * presenceTiming.renewMs)
    expect(east.store.count() - asked).toBe(10)
  })

  it('connections that change nothing cause none', async () => {
    const { clock, east } = await twoInstances()
    const asked = east.store.count()
    for (let n = 0; n < 100; n += 1) {
      await east.arrive(person('Ana'), `tab ${n}`)
      east.people.leave('lobby', 'key-Ana', `tab ${n}`, 'left')
    }
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await clock.advance(1_000)
    await east.arrive(person('Ana'))
    expect(east.store.count()).toBe(asked)
  })

  it('a hundred people lost at once cause at most one write a second until they are gone', async () => {
    const { clock, memory } = standingSimulation()
    const east = openSimulation({ clock, makeStore: () => memory, timing: presenceTiming }).instance('east')
    await started(east)
    await Promise.all([crowd(east, 100), clock.advance(writeGapMs)])
    for (let n = 0; n < 100; n += 1) east.people.leave('lobby', `key-${n}`, `key-${n}`, 'lost')
    await clock.advance(lostGraceMs - provenMs - 1)
    const before = east.store.count('renew')
    await clock.advance(provenMs)
    expect(east.store.count('renew') - before).toBeLessThanOrEqual(1 + provenMs / writeGapMs)
    expect(east.count()).toBe(100)
    await clock.advance(1 + 2 * writeGapMs)
    expect([east.store.asked.at(-1), east.count()]).toEqual(['end', 0])
  })

  it('a storm of joins causes one write a second, and every join resolves and is counted', async () => {
    const { clock, memory } = standingSimulation()
    const simulation = openSimulation({ clock, makeStore: () => memory, timing: presenceTiming })
    const [east, west] = [simulation.instance('east'), simulation.instance('west')]
    await started(east, west)
    west.people.attend()
    await clock.advance(writeGapMs)
    const before = east.store.count('renew')
    const storm = 2_000
    let answered = 0
    for (let n = 0; n < storm; n += 1) {
      void east.arrive(guest(`guest ${n}`)).then(() => (answered += 1))
      await clock.advance(5)
    }
    await clock.advance(writeGapMs)
    const seconds = (storm * 5) / writeGapMs
    expect(answered).toBe(storm)
    expect(east.store.count('renew') - before).toBeLessThanOrEqual(seconds + 1)
    expect([east.count(), west.count()]).toEqual([storm, storm])
  })
})

describe('a clock that is set back by an hour', () => {
  it('delays neither writes nor renewals', async () => {
    const { clock, memory } = standingSimulation()
    let back = 0
    const wall = { now: () => clock.now() - back, after: clock.after }
    const east = openSimulation({ clock: wall, makeStore: () => memory, timing: presenceTiming }).instance('east')
    await started(east)
    void east.arrive(person('Ana'))
    await clock.advance(20_000)
    back = 3_600_000
    void east.arrive(person('Bo'))
    await clock.advance(presenceTiming.renewMs + writeGapMs)
    expect(east.count()).toBe(2)
    const before = east.store.count('renew')
    await clock.advance(60_000)
    expect(east.store.count('renew') - before).toBe(Math.floor(60_000 / presenceTiming.renewMs))
    expect([east.people.isStale(), east.left()]).toEqual([false, []])
  })
})

describe('a room that empties while the store answers', () => {
  it('is empty elsewhere at once, not when the lease has run out', async () => {
    const { clock, east, west } = await eastAndWest()
    const stop = west.people.attend()
    const names = ['ana', 'bo', 'cy']
    for (const name of names) await east.arrive(guest(name), `tab of ${name}`)
    await clock.advance(MESSAGE_MS)
    expect(west.count()).toBe(3)
    east.store.lag = () => 40
    // The first departure is in flight to the store when the others leave.
    east.people.leave('lobby', guest('ana').key, 'tab of ana', 'left')
    await clock.advance(10)
    for (const name of ['bo', 'cy']) east.people.leave('lobby', guest(name).key, `tab of ${name}`, 'left')
    await clock.advance(2_000)
    expect([east.count(), west.count()]).toEqual([0, 0])
    stop()
  })
})

describe('the first to come to an instance that had nobody', () => {
  it('is known elsewhere by a message alone, however often its lease was released', async () => {
    const { clock, east, west } = await twoInstances()
    for (let n = 0; n < 3; n += 1) {
      east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
      await clock.advance(2 * renewMs)
      expect(west.shown()).toEqual(['Bo'])
      // Right after a read: the next one is far.
      const asked = west.store.count()
      while (west.store.count() === asked) await clock.advance(100)
      await east.arrive(person('Ana'))
      await clock.advance(MESSAGE_MS)
      expect([west.shown(), west.store.count()]).toEqual([['Ana', 'Bo'], asked + 1])
    }
  })
})
