import { describe, expect, it } from 'vitest'
import {
  leasesIn,
  MESSAGE_MS,
  person,
  standingSimulation,
  twoInstances,
  type Instance
} from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const { leaseMs, renewMs, lostGraceMs, closedGraceMs, provenMs } = presenceTiming
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
