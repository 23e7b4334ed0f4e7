import { describe, expect, it } from 'vitest'
import {
  leasesIn,
  MESSAGE_MS,
  guest,
  person,
  standingSimulation,
  started,
  eastAndWest
} from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const LONG_MS = 120_000

describe('a client that only listens', () => {
  it('receives joins and leaves of other instances, and counts include everyone who was there before', async () => {
    const { clock, east, west } = await eastAndWest()
    await clock.advance(LONG_MS)
    await east.arrive(guest('early'))
    await clock.advance(LONG_MS)
    // Nobody receives what an instance without clients announces.
    const unheard = west.joined().length
    const joined = () => west.joined().slice(unheard)
    const stop = west.people.attend()
    await clock.advance(MESSAGE_MS)
    expect([joined(), west.count()]).toEqual([[], 1])
    await east.arrive(guest('ana'), 'tab')
    await clock.advance(MESSAGE_MS)
    expect([joined(), west.count()]).toEqual([['ana'], 2])
    east.people.leave('lobby', guest('ana').key, 'tab', 'left')
    await clock.advance(MESSAGE_MS)
    expect([west.left(), west.count()]).toEqual([['ana'], 1])
    stop()
  })

  it('costs as much as a person, and nothing afterwards', async () => {
    const { clock, simulation, memory } = standingSimulation()
    const west = simulation.instance('west')
    await started(west)
    await clock.advance(LONG_MS)
    west.store.asked.length = 0
    const stop = west.people.attend()
    await clock.advance(10 * presenceTiming.renewMs)
    expect(west.store.count()).toBe(11)
    stop()
    stop()
    await clock.advance(MESSAGE_MS)
    expect([west.store.asked.at(-1), await leasesIn(memory)]).toEqual(['end', []])
    west.store.asked.length = 0
    await clock.advance(LONG_MS)
    expect(west.store.asked).toEqual([])
  })

  it.each(['forgets everything', 'is unavailable until its leases are gone'])(
    'sees nobody leave when the store %s, and sees the people of a killed instance gone a lease time later',
    async (fault) => {
      const { clock, simulation, memory } = standingSimulation()
      const [east, west, south] = [
        simulation.instance('east'),
        simulation.instance('west'),
        simulation.instance('south')
      ]
      await started(east, west, south)
      await east.arrive(person('Ana'))
      await south.arrive(person('Cy'))
      west.people.attend()
      await clock.advance(60_000)
      const unavailable = (is: boolean) => [east, west, south].forEach(({ store }) => (store.unavailable = is))
      if (fault !== 'forgets everything') unavailable(true)
      await clock.advance(LONG_MS)
      memory.forget()
      unavailable(false)
      south.kill()
      await clock.advance(presenceTiming.leaseMs - 1)
      expect([west.left(), west.count(), west.people.isStale()]).toEqual([[], 2, true])
      await clock.advance(2 * presenceTiming.renewMs)
      expect([west.left(), west.count(), west.people.isStale()]).toEqual([['Cy'], 1, false])
    }
  )
})
