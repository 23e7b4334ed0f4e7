import { describe, expect, it } from 'vitest'
import {
  leasesIn,
  guest,
  MESSAGE_MS,
  person,
  standingSimulation,
  started,
  twoInstances
} from '../../infra/testing/presence-simulation.ts'
import { createPresenceMemory } from './store.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { createPeople } from './presence.ts'
import { presenceTiming } from './timing.ts'

const { leaseMs, renewMs, retryMs, lostGraceMs } = presenceTiming

describe('instances that end', () => {
  it('the people of a killed instance leave once, everywhere, within twenty seconds and not before their lease is over', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    const south = simulation.instance('south')
    await south.people.start()
    await south.arrive(person('Cy'))
    await east.arrive(person('Dee'))
    await west.arrive(person('Dee'), 'phone')
    await clock.advance(30_000)
    east.kill()
    await clock.advance(leaseMs - presenceTiming.renewMs - 1)
    expect([...west.left(), ...south.left()]).toEqual([])
    await clock.advance(20_000 - leaseMs + presenceTiming.renewMs + 1)
    expect([west.left(), south.left()]).toEqual([['Ana'], ['Ana']])
    expect([west.count(), south.count()]).toEqual([3, 3])
    await clock.advance(60_000)
    expect([west.left(), south.left()]).toEqual([['Ana'], ['Ana']])
  })

  it('the people of an instance whose lease was over, as after it stood still, are back as soon as it writes', async () => {
    const { clock, east, west } = await twoInstances()
    west.announced.splice(0)
    east.store.unavailable = true
    // The third renewal finds that the lease is over.
    await clock.advance(3 * renewMs + 1_000)
    expect(west.left()).toEqual(['Ana'])
    east.store.unavailable = false
    await clock.advance(retryMs + MESSAGE_MS)
    expect(west.joined()).toEqual(['Ana'])
  })

  it('the people of a killed instance that restarts have a grace period', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    await east.arrive(person('Cy'))
    await clock.advance(30_000)
    east.kill()
    await clock.advance(2_000)
    const again = simulation.instance('east')
    await again.people.start()
    await again.arrive(person('Ana'), 'again')
    await clock.advance(renewMs)
    expect(west.left()).toEqual([])
    expect(west.count()).toBe(3)
    await clock.advance(lostGraceMs)
    expect(west.left()).toEqual(['Cy'])
    expect([west.count(), again.count()]).toEqual([2, 2])
    await clock.advance(60_000)
    expect(west.left()).toEqual(['Cy'])
  })

  it('nobody sees a rolling restart of instances with people and guests, and every count is right meanwhile', async () => {
    const { clock, simulation, memory } = standingSimulation()
    const places = ['east', 'west', 'south']
    const instances = places.map((name) => simulation.instance(name))
    await started(...instances)
    const homes = places.map((_, n) => [person(`person ${n}`), guest(`guest ${n}`), guest('User', `user-${n}`)])
    for (const [n, home] of homes.entries()) for (const who of home) await instances[n]?.arrive(who)
    await clock.advance(20_000)
    const counts = () => instances.map((instance) => instance.count())
    const keys = () => instances.map((instance) => instance.keys())
    const before = keys()
    for (const instance of instances) instance.announced.splice(0)

    for (const [n, place] of places.entries()) {
      const old = instances[n]
      await old?.people.move()
      await clock.advance(MESSAGE_MS)
      for (const { key, guest } of homes[n] ?? []) old?.people.leave('lobby', key, key, guest ? 'left' : 'lost')
      await clock.advance(lostGraceMs)
      await old?.people.close()
      await clock.advance(1_000)
      const fresh = simulation.instance(place)
      instances[n] = fresh
      await fresh.people.start()
      expect(counts()).toEqual([9, 9, 9])
      // Guests come back to a neighbor and have only their name; signed-in people come back to the same machine.
      const next = (n + 1) % places.length
      for (const who of (homes[n] ?? []).splice(0)) {
        const home = who.guest ? next : n
        const key = who.guest ? (instances[home]?.people.inherit('lobby', who.name) ?? 'none') : who.key
        homes[home]?.push({ ...who, key })
        await instances[home]?.arrive({ ...who, key })
        expect(instances[home]?.count()).toBe(9)
      }
      await clock.advance(20_000)
      expect(counts()).toEqual([9, 9, 9])
      expect(instances.flatMap((instance) => [...instance.joined(), ...instance.left()])).toEqual([])
    }
    expect(keys()).toEqual(before)
    expect(simulation.faults).toEqual([])
    expect(await leasesIn(memory)).toHaveLength(3)
  })

  it('a bus message announces a draining instance, and the key of each of its guests is given once', async () => {
    const { clock, east, west } = await twoInstances()
    await east.arrive(guest('Gus'))
    await clock.advance(MESSAGE_MS)
    const asked = west.store.count()
    expect(west.people.inherit('lobby', 'Gus')).toBeNull()
    await east.people.move()
    await clock.advance(MESSAGE_MS)
    expect(west.people.inherit('lobby', 'Gus')).toBe('key-Gus')
    expect(west.store.count()).toBe(asked)
    const arrived = west.arrive(guest('Gus'), 'again')
    expect(west.people.inherit('lobby', 'Gus')).toBeNull()
    await arrived
    expect(west.people.inherit('lobby', 'Gus')).toBeNull()
    expect([west.count(), west.left()]).toEqual([3, []])
  })

  it('a person in a grace period when the instance drains has left when the lease is over, like the others', async () => {
    const { clock, east, west } = await twoInstances()
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await east.people.move()
    await clock.advance(lostGraceMs + MESSAGE_MS)
    expect([...east.left(), ...west.left()]).toEqual([])
    await clock.advance(leaseMs)
    expect(west.left()).toEqual(['Ana'])
  })

  it('the people of a draining instance move and leave elsewhere; the others have left when its lease is over', async () => {
    const { clock, east, west } = await twoInstances()
    await east.arrive(person('Cy'))
    await east.people.move()
    await west.arrive(person('Ana'), 'moved')
    west.people.leave('lobby', 'key-Ana', 'moved', 'left')
    // Ana was in another lease in between, so the moving lease no longer counts for her.
    expect(west.left()).toEqual(['Ana'])
    await clock.advance(MESSAGE_MS)
    expect([east.left(), east.shown()]).toEqual([['Ana'], ['Bo', 'Cy']])
    await clock.advance(leaseMs - renewMs - MESSAGE_MS)
    expect(west.left()).toEqual(['Ana'])
    await clock.advance(2 * renewMs)
    expect(west.left()).toEqual(['Ana', 'Cy'])
    expect(west.count()).toBe(1)
  })

  it('an instance that closes without moving takes its people along, resolves every call and counts nobody', async () => {
    const { clock, memory, east, west } = await twoInstances()
    await east.people.close()
    await clock.advance(MESSAGE_MS)
    expect(west.left()).toEqual(['Ana'])
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    expect(east.joined()).not.toContain('Cy')
    expect((await leasesIn(memory)).map(({ instance }) => instance)).toEqual(['west'])
  })

  it('an instance ignores the leases of earlier boots of its machine', async () => {
    const { clock, simulation, east } = await twoInstances()
    east.kill()
    const again = simulation.instance('east')
    again.store.unavailable = true
    await again.people.start()
    again.store.unavailable = false
    await clock.advance(presenceTiming.retryMs)
    await again.people.refresh()
    expect(again.names()).toEqual(['Bo'])
    await again.arrive(person('Ana'), 'again')
    expect(again.count()).toBe(2)
    await clock.advance(60_000)
    expect(again.count()).toBe(2)
  })
})

describe('a single instance', () => {
  it('reports an error of its listener and goes on', async () => {
    const clock = standingClock()
    const errors: unknown[] = []
    const people = createPeople({
      store: createPresenceMemory(clock.now),
      bus: noBus,
      clock,
      instance: 'here',
      boot: 'boot',
      region: 'here',
      timing: { writeGapMs: 0 },
      onChange: () => {
        throw new Error('mine')
      },
      onError: (cause) => errors.push(cause)
    })
    await people.start()
    await people.arrive('lobby', person('Ana'), 'tab')
    people.leave('lobby', 'key-Ana', 'tab', 'lost')
    await clock.advance(lostGraceMs)
    expect([people.view('lobby').count, people.isStale()]).toEqual([0, false])
    expect(errors).toHaveLength(2)
  })
})
