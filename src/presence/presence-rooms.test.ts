// People in several rooms: named once per lease, counted in at most twenty rooms, and right beside the previous build.
import { describe, expect, it } from 'vitest'
import { leasesIn, MESSAGE_MS, eastAndWest, person } from '../../infra/testing/presence-simulation.ts'
import { PERSON_ROOMS_MAX, STORED_VERSION } from '../contract.ts'
import { LEASE_VERSION, type Lease } from './lease.ts'
import { presenceTiming } from './timing.ts'

const { leaseMs, renewMs } = presenceTiming
const ROOMS = ['a', 'b', 'c']

async function openEastAndWest() {
  const all = await eastAndWest()
  const leaseOf = async (instance: string) => (await leasesIn(all.memory)).find((lease) => lease.instance === instance)
  return { ...all, leaseOf }
}

describe('a person in several rooms', () => {
  it('is named in all of them on an instance that only read the lease', async () => {
    const { clock, simulation, east, west, leaseOf } = await openEastAndWest()
    simulation.loses = () => true
    await west.arrive(person('Bo'))
    for (const room of ROOMS) await east.arrive(person('Ana'), 'one', room)
    await clock.advance(renewMs)
    const written = await leaseOf('east')
    expect(written?.v).toBe(LEASE_VERSION)
    expect([...(written?.rooms.values() ?? [])].flatMap(({ people }) => people)).toHaveLength(1)
    await clock.advance(renewMs)
    for (const room of ROOMS) expect(west.names(room)).toEqual(['Ana'])
  })

  it('is counted in the twenty they joined last, on every instance', async () => {
    const { clock, east, west } = await openEastAndWest()
    await west.arrive(person('Bo'))
    const rooms = Array.from({ length: PERSON_ROOMS_MAX + 5 }, (_, n) => `room-${n}`)
    for (const room of rooms) await east.arrive(person('Ana'), 'one', room)
    await clock.advance(MESSAGE_MS)
    for (const place of [east, west])
      expect(rooms.filter((room) => place.count(room) === 1)).toEqual(rooms.slice(-PERSON_ROOMS_MAX))
    // A room that is opened again counts again; the one that is now the oldest does not.
    await east.arrive(person('Ana'), 'one', 'room-0')
    await clock.advance(MESSAGE_MS)
    expect([west.count('room-0'), west.count('room-5'), west.count('room-6')]).toEqual([1, 0, 1])
    for (const room of rooms) east.people.leave(room, person('Ana').key, 'one', 'left')
    await clock.advance(MESSAGE_MS)
    expect(rooms.map((room) => west.count(room))).toEqual(rooms.map(() => 0))
  })
})

describe('beside an instance of the previous build', () => {
  const old = (version: number): Lease => {
    const cy = { count: 1, keys: ['cy'], people: [person('Cy', 'cy')] }
    const rooms = new Map(ROOMS.map((room) => [room, cy]))
    return { v: STORED_VERSION, instance: 'old', boot: 'before', region: 'here', version, moving: false, rooms }
  }

  it('names are written in every room while it is there, and once before and afterwards', async () => {
    const { clock, memory, east, leaseOf } = await openEastAndWest()
    for (const room of ROOMS) await east.arrive(person('Ana'), 'one', room)
    const namedIn = async () =>
      [...((await leaseOf('east'))?.rooms ?? [])].filter(([, { people }]) => people.length > 0).map(([room]) => room)
    await clock.advance(renewMs)
    expect(await namedIn()).toEqual(['a'])

    await memory.renew(old(1), leaseMs)
    await clock.advance(renewMs)
    expect(await namedIn()).toEqual(ROOMS)
    for (const room of ROOMS) expect(east.names(room)).toEqual(['Ana', 'Cy'])

    await clock.advance(leaseMs + 2 * renewMs)
    expect(await namedIn()).toEqual(['a'])
    for (const room of ROOMS) expect(east.names(room)).toEqual(['Ana'])
  })
})
