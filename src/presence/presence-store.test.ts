import { describe, expect, it } from 'vitest'
import {
  leasesIn,
  crowd,
  guest,
  MESSAGE_MS,
  openSimulation,
  person,
  standingSimulation,
  started,
  twoInstances,
  type Instance,
  eastAndWest
} from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const { leaseMs, renewMs, writeGapMs, lostGraceMs, closedGraceMs, provenMs } = presenceTiming
type Store = Instance['store']
/** About as long as a store waits for an answer. */
const WITHIN_MS = 3_000

describe('an unavailable store', () => {
  it('for a minute: nobody is shown as gone, joins resolve, and one error is reported', async () => {
    const { clock, simulation, memory, east, west } = await twoInstances()
    await clock.advance(20_000)
    for (const { store } of [east, west]) store.unavailable = true
    await clock.advance(renewMs + 1)
    expect([east.people.isStale(), west.people.isStale()]).toEqual([true, true])
    await east.arrive(person('Cy'))
    await east.arrive(person('Dee'))
    expect(east.count()).toBe(4)
    east.people.leave('lobby', 'key-Dee', 'key-Dee', 'left')
    await clock.advance(60_000)
    expect(await leasesIn(memory)).toEqual([])
    // The first instance to reach the store again finds no leases, and does not believe it.
    west.store.unavailable = false
    await clock.advance(presenceTiming.retryMs + 3_000)
    east.store.unavailable = false
    await clock.advance(2 * leaseMs)
    expect([east.left(), west.left()]).toEqual([['Dee'], []])
    expect([east.count(), west.count()]).toEqual([3, 3])
    expect([east.people.isStale(), west.people.isStale()]).toEqual([false, false])
    expect([east.errors, west.errors].map((errors) => errors.length)).toEqual([1, 1])
    expect(simulation.faults).toEqual([])
  })

  it('that forgot everything: nobody is shown as gone, and the people of a killed instance are gone a lease time later', async () => {
    const { clock, simulation, memory, east, west } = await twoInstances()
    const south = simulation.instance('south')
    await south.people.start()
    await south.arrive(person('Cy'))
    await clock.advance(60_000)
    memory.forget()
    south.kill()
    await clock.advance(leaseMs - 1)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect([east.count(), west.count()]).toEqual([3, 3])
    expect(east.people.isStale()).toBe(true)
    await clock.advance(2 * renewMs)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    await clock.advance(60_000)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    expect(east.people.isStale()).toBe(false)
  })

  it('a change that could not be written is published as soon as it is written', async () => {
    const { clock, east, west } = await twoInstances()
    east.store.unavailable = true
    await east.arrive(person('Cy'))
    expect(east.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    const asked = west.store.count()
    east.store.unavailable = false
    await clock.advance(presenceTiming.retryMs + MESSAGE_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    expect(west.store.count()).toBe(asked)
  })

  it('a write that took effect without an answer is corrected by the next one, everywhere', async () => {
    const { clock, memory, east, west } = await twoInstances()
    east.store.deaf = true
    await east.arrive(person('Cy'))
    await clock.advance(renewMs)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
    east.store.deaf = false
    const asked = west.store.count()
    await clock.advance(presenceTiming.retryMs + MESSAGE_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo'])
    // It read because of the message, not because a read was due.
    expect(west.store.count()).toBe(asked + 1)
    const lease = (await leasesIn(memory)).find(({ instance }) => instance === 'east')
    expect(lease?.rooms.get('lobby')?.keys).toEqual(['key-Ana'])
  })

  it('for less than a lease time: leases that expired meanwhile prove nothing', async () => {
    const { clock, memory, east, west } = await twoInstances()
    await clock.advance(presenceTiming.renewMs - 1_000)
    await east.arrive(person('Cy'))
    for (const { store } of [east, west]) store.unavailable = true
    await clock.advance(leaseMs - presenceTiming.renewMs + 2_000)
    expect((await leasesIn(memory)).map(({ instance }) => instance)).toEqual(['east'])
    east.store.unavailable = false
    await clock.advance(presenceTiming.retryMs)
    expect(east.people.isStale()).toBe(true)
    west.store.unavailable = false
    await clock.advance(60_000)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect(east.people.isStale()).toBe(false)
  })

  it('an instance that notices that the store forgot writes its lease again at once', async () => {
    const { clock, memory, east } = await twoInstances()
    await clock.advance(renewMs - 100)
    memory.forget()
    const asked = east.store.count('renew')
    await clock.advance(200)
    expect(east.store.count('renew')).toBe(asked + 1)
    expect((await leasesIn(memory)).map(({ instance }) => instance).toSorted()).toEqual(['east', 'west'])
  })

  it('an instance without people stops calling an unavailable store after a lease time', async () => {
    const { clock, east } = await twoInstances()
    east.store.unavailable = true
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    await clock.advance(leaseMs + presenceTiming.retryMs)
    const asked = east.store.count()
    await clock.advance(3_600_000)
    expect(east.store.count()).toBe(asked)
  })

  it('an answer that arrives after newer messages undoes nothing', async () => {
    const { clock, simulation, west } = await twoInstances()
    const fresh = simulation.instance('south')
    west.store.lag = () => 1_000
    const asked = west.store.count()
    while (west.store.count() === asked) await clock.advance(100)
    // The store has answered, and the answer is in flight.
    await clock.advance(1_500)
    await fresh.arrive(person('Cy'))
    await clock.advance(MESSAGE_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    await clock.advance(60_000)
    expect(west.left()).toEqual([])
  })

  it('does not prevent a start', async () => {
    const { clock, simulation } = standingSimulation()
    const here = simulation.instance('here')
    here.store.unavailable = true
    await here.people.start()
    await here.arrive(person('Ana'))
    expect(here.count()).toBe(1)
    here.store.unavailable = false
    await clock.advance(presenceTiming.retryMs)
    expect(here.people.isStale()).toBe(false)
  })
})

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

describe('coming back while the store is unavailable', () => {
  it('is seen by nobody; a person who does not come back is gone soon after the store answers', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    await east.arrive(person('Cy'))
    await clock.advance(20_000)
    for (const { store } of [east, west]) store.unavailable = true
    await clock.advance(renewMs + 1)
    for (const name of ['Ana', 'Cy']) east.people.leave('lobby', `key-${name}`, `key-${name}`, 'lost')
    await west.arrive(person('Ana'), 'elsewhere')
    await clock.advance(60_000)
    expect([east.left(), east.count()]).toEqual([[], 3])
    for (const { store } of [east, west]) store.unavailable = false
    await clock.advance(2 * presenceTiming.retryMs + presenceTiming.lostGraceMs + MESSAGE_MS)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    await clock.advance(2 * leaseMs)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    expect([east.shown(), west.shown()]).toEqual([
      ['Ana', 'Bo'],
      ['Ana', 'Bo']
    ])
    expect(simulation.faults).toEqual([])
  })
})

describe('coming back just when the store becomes', () => {
  const faults = {
    unavailable: (store: Store, on: boolean) => (store.unavailable = on),
    mute(store: Store, on: boolean) {
      store.unavailable = on
      store.lag = () => (on ? WITHIN_MS : 0)
    }
  }
  const absences = [
    ...[10, 1_000, 3_000, lostGraceMs - provenMs - 20].map((ms) => ['lost', ms] as const),
    ...[10, closedGraceMs - provenMs - 20].map((ms) => ['closed', ms] as const)
  ]
  const all = Object.entries(faults).flatMap(([what, fault]) =>
    absences.map(([how, ms]) => [what, how, ms, fault] as const)
  )
  it.each(all)(
    '%s is seen by nobody: a page that was %s, back elsewhere after %i ms',
    async (_, how, awayMs, fault) => {
      const { clock, simulation, east, west } = await twoInstances()
      await east.arrive(person('Cy'))
      await clock.advance(20_000)
      east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
      // This write succeeds: the next renewal, which would fail, comes after the end of every grace period.
      east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
      await clock.advance(awayMs)
      for (const { store } of [east, west]) fault(store, true)
      void west.arrive(person('Ana'), 'elsewhere')
      await clock.advance(60_000)
      for (const { store } of [east, west]) fault(store, false)
      await clock.advance(60_000)
      expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
      expect([east.shown(), west.shown()]).toEqual([
        ['Ana', 'Bo'],
        ['Ana', 'Bo']
      ])
      expect(simulation.faults).toEqual([])
    }
  )
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
