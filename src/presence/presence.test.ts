import { describe, expect, it } from 'vitest'
import {
  leasesIn,
  crowd,
  guest,
  MESSAGE_MS,
  person,
  standingSimulation,
  started,
  twoInstances,
  eastAndWest
} from '../../infra/testing/presence-simulation.ts'
import { LEASE_KEYS_MAX } from './lease.ts'
import { presenceTiming } from './timing.ts'

const { renewMs, closedGraceMs, lostGraceMs, writeGapMs } = presenceTiming

describe('counting', () => {
  it('twenty people who join before any message arrives are counted right when their joins resolve', async () => {
    const { simulation } = standingSimulation()
    simulation.loses = () => true
    const [east, west] = [simulation.instance('east'), simulation.instance('west')]
    await started(east, west)
    for (let n = 1; n <= 20; n += 1) {
      const here = n % 2 ? east : west
      await here.arrive(guest(`guest ${n}`))
      expect(here.count()).toBe(n)
    }
  })

  it('one person in two tabs, on two devices, in two regions is one', async () => {
    const { clock, east, west } = await eastAndWest({ east: 'waw', west: 'ord' })
    await east.arrive(person('Ana'), 'tab 1')
    await east.arrive(person('Ana'), 'tab 2')
    await west.arrive(person('Ana'), 'phone')
    await clock.advance(MESSAGE_MS)
    expect([east.count(), west.count(), east.people.everywhere().count]).toEqual([1, 1, 1])
    east.people.leave('lobby', 'key-Ana', 'tab 1', 'left')
    east.people.leave('lobby', 'key-Ana', 'tab 2', 'left')
    await clock.advance(60_000)
    expect([east.count(), west.count(), west.left()]).toEqual([1, 1, []])
    for (const _ of ['once', 'twice']) west.people.leave('lobby', 'key-Ana', 'phone', 'left')
    await clock.advance(MESSAGE_MS)
    expect([east.count(), west.count(), west.left()]).toEqual([0, 0, ['Ana']])
  })
})

describe('leaving', () => {
  it('a person who leaves is gone everywhere at once', async () => {
    const { clock, east, west } = await twoInstances()
    await east.arrive(guest('Cy'))
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
    expect(east.left()).toEqual(['Cy'])
    await clock.advance(MESSAGE_MS)
    expect(west.left()).toEqual(['Cy'])
    expect([east.count(), west.count()]).toEqual([2, 2])
  })

  it.each([
    ['closed', closedGraceMs],
    ['lost', lostGraceMs]
  ] as const)('a %s page has a grace period, and is gone once when it does not come back', async (how, holdMs) => {
    const { clock, east, west } = await twoInstances()
    east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
    await clock.advance(holdMs - 1)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect([east.count(), west.count()]).toEqual([2, 2])
    await clock.advance(1 + MESSAGE_MS)
    expect([east.left(), west.left()]).toEqual([['Ana'], ['Ana']])
    expect([east.count(), west.count()]).toEqual([1, 1])
    await clock.advance(60_000)
    expect([east.left(), west.left()]).toEqual([['Ana'], ['Ana']])
  })

  it.each([
    ['closed', 'a reload', closedGraceMs - 500],
    ['lost', 'a blip of five seconds', 5_000]
  ] as const)('nobody sees a %s page that is back after %s, wherever it comes back', async (how, _, awayMs) => {
    const { clock, east, west } = await twoInstances()
    const announced = east.announced.length + west.announced.length
    east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
    await clock.advance(awayMs)
    await east.arrive(person('Ana'), 'again')
    east.people.leave('lobby', 'key-Ana', 'again', how)
    await clock.advance(awayMs)
    await west.arrive(person('Ana'), 'elsewhere')
    await clock.advance(60_000)
    expect(east.announced.length + west.announced.length).toBe(announced)
    expect([east.count(), west.count()]).toEqual([2, 2])
  })

  it('an unknown connection counts nobody out', async () => {
    const { east } = await twoInstances()
    east.people.leave('lobby', 'key-Ana', 'another', 'left')
    east.people.leave('lobby', 'key-Nobody', 'another', 'left')
    east.people.leave('nowhere', 'key-Ana', 'key-Ana', 'left')
    expect(east.count()).toBe(2)
  })

  it('a person who takes another name has left and joined, and is one', async () => {
    const { clock, east, west } = await twoInstances()
    await east.arrive(person('Anna', 'key-Ana'))
    await clock.advance(MESSAGE_MS)
    expect([west.announced.at(-1), east.announced.at(-1)]).toEqual([
      { room: 'lobby', left: [person('Ana')], joined: [person('Anna', 'key-Ana')], changed: [] },
      { room: 'lobby', left: [person('Ana')], joined: [person('Anna', 'key-Ana')], changed: [] }
    ])
    expect([east.count(), west.count()]).toEqual([2, 2])
  })
})

describe('names', () => {
  it('a signed-in person holds a name everywhere, as names are compared, also in a grace period', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    expect(west.people.named('ANA')?.key).toBe('key-Ana')
    expect(west.people.named('ana', 'key-Ana')).toBeUndefined()
    // With a Cyrillic А, and with an invisible character.
    for (const like of ['Аna', 'An\u200ba']) expect(west.people.named(like)?.key).toBe('key-Ana')
    await east.arrive(guest('Guest'))
    await clock.advance(MESSAGE_MS)
    expect(west.people.named('guest')).toBeUndefined()
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await clock.advance(lostGraceMs - 1)
    expect(west.people.named('Ana')?.key).toBe('key-Ana')
    await clock.advance(1 + MESSAGE_MS)
    expect(west.people.named('Ana')).toBeUndefined()
    const arriving = simulation.instance('south')
    void arriving.arrive(person('Dee'))
    expect(arriving.people.named('dee')?.key).toBe('key-Dee')
  })

  it('a guest whose connection was lost has the same key again, once, and a present one keeps it alone', async () => {
    const { clock, east, west } = await twoInstances()
    await east.arrive(guest('Gus', 'gus-1'), 'one')
    await east.arrive(guest('Gus', 'gus-2'), 'two')
    expect(east.people.inherit('lobby', 'Gus')).toBeNull()
    east.people.leave('lobby', 'gus-1', 'one', 'lost')
    expect([east.people.inherit('lobby', 'gus'), west.people.inherit('lobby', 'Gus')]).toEqual([null, null])
    expect(east.people.inherit('lobby', 'Gus')).toBe('gus-1')
    const arrived = east.arrive(guest('Gus', 'gus-1'), 'one again')
    expect(east.people.inherit('lobby', 'Gus')).toBeNull()
    await arrived
    east.people.leave('lobby', 'gus-1', 'one again', 'lost')
    expect(east.people.inherit('lobby', 'Gus')).toBe('gus-1')
    await east.arrive(guest('Gus', 'gus-1'), 'one more time')
    await clock.advance(60_000)
    expect([...east.left(), ...west.left()]).toEqual([])
  })

  it('people are counted where they are', async () => {
    const { clock, east, west } = await eastAndWest({ east: 'waw', west: 'ord' })
    await east.arrive(person('Ana', 'a', 'waw'), '1')
    await east.arrive(person('Ana', 'a', 'waw'), '1', 'games')
    await west.arrive(person('Ana', 'a', 'ord'), '2')
    await west.arrive(person('Bo', 'b', 'ord'), '3')
    await clock.advance(MESSAGE_MS)
    for (const { people } of [east, west]) {
      const { regions, count } = people.view('lobby')
      expect(Object.values(regions).reduce((sum, one) => sum + one)).toBe(count)
      expect(people.everywhere()).toMatchObject({ count: 2, about: false })
    }
    expect(east.people.view('games')).toMatchObject({ count: 1, regions: { waw: 1 } })
    west.people.leave('lobby', 'a', '2', 'left')
    await clock.advance(MESSAGE_MS)
    for (const { people } of [east, west]) expect(people.view('lobby').regions).toEqual({ waw: 1, ord: 1 })
  })
})

describe('a crowd', () => {
  it('a room with more people than a lease has keys is a number elsewhere, and nobody is told that people come or go', async () => {
    const { clock, memory, simulation, east, west } = await twoInstances()
    const lobby = async () => (await leasesIn(memory)).find(({ instance }) => instance === 'east')?.rooms.get('lobby')
    await Promise.all([crowd(east, LEASE_KEYS_MAX - 1), clock.advance(writeGapMs)])
    await clock.advance(2 * renewMs)
    expect(west.people.view('lobby')).toMatchObject({ count: LEASE_KEYS_MAX + 1, about: false })
    const joined = west.joined().length
    await Promise.all([crowd(east, 10, 'more'), clock.advance(writeGapMs)])
    await clock.advance(2 * renewMs)
    expect(await lobby()).toMatchObject({ count: LEASE_KEYS_MAX + 10, keys: [] })
    expect(west.people.view('lobby')).toMatchObject({ count: LEASE_KEYS_MAX + 11, about: true })
    expect(west.people.everywhere()).toMatchObject({ count: LEASE_KEYS_MAX + 11, about: true })
    expect(west.people.view('lobby').people.length).toBeLessThanOrEqual(200)
    for (let n = 0; n < 10; n += 1) east.people.leave('lobby', `more-${n}`, `more-${n}`, 'left')
    await clock.advance(2 * renewMs)
    expect(west.people.view('lobby')).toMatchObject({ count: LEASE_KEYS_MAX + 1, about: false })
    expect(west.joined()).toHaveLength(joined)
    expect(west.left()).toEqual([])
    expect(simulation.faults).toEqual([])
  })

  it('a name that was announced stays known as long as its person stays, however many join', async () => {
    const { clock, east, west } = await twoInstances()
    await Promise.all([crowd(east, 400), clock.advance(writeGapMs)])
    await clock.advance(2 * renewMs)
    expect(west.joined()).toHaveLength(401)
    east.people.leave('lobby', 'key-399', 'key-399', 'left')
    await clock.advance(MESSAGE_MS)
    expect(west.left()).toEqual(['key 399'])
    await crowd(east, 1, 'last')
    await clock.advance(2 * renewMs)
    const announced = west.announced.length
    await clock.advance(2 * renewMs)
    expect(west.announced).toHaveLength(announced)
  })

  it('an instance that reads a lease knows the first two hundred names and counts everyone', async () => {
    const { clock, simulation, east } = await twoInstances()
    simulation.loses = () => true
    await Promise.all([crowd(east, 1_000), clock.advance(writeGapMs)])
    const late = simulation.instance('late')
    await late.people.start()
    expect(late.count()).toBe(1_002)
    expect(late.people.view('lobby').people).toHaveLength(200)
    await late.arrive(guest('Gus'))
    await clock.advance(20_000)
    expect(late.count()).toBe(1_003)
    expect([...late.joined(), ...late.left()]).toEqual(['Gus'])
  })
})
