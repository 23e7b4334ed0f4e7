import { describe, expect, it } from 'vitest'
import {
  MESSAGE_MS,
  crowd,
  guest,
  person,
  standingSimulation,
  started,
  twoInstances
} from '../../infra/testing/presence-simulation.ts'
import type { Instance } from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const { idleAfterMs, renewMs, lostGraceMs } = presenceTiming
const MINUTE_MS = 60_000
/** Idle times travel with renewals and reads, so by then they are known everywhere. */
const KNOWN_MS = 2 * renewMs

const idleOf = ({ people }: Instance, key: string, room = 'lobby') =>
  people.view(room).people.find((who) => who.key === key)?.idleSince

describe('a person without activity', () => {
  it('is idle everywhere, since a full minute, and active again everywhere after the next activity', async () => {
    const { clock, east, west } = await twoInstances()
    const since = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
    await clock.advance(idleAfterMs - MESSAGE_MS - 1)
    west.people.active('key-Bo')
    expect([idleOf(east, 'key-Ana'), idleOf(west, 'key-Ana')]).toEqual([undefined, undefined])
    await clock.advance(KNOWN_MS)
    for (const place of [east, west]) {
      expect([idleOf(place, 'key-Ana'), idleOf(place, 'key-Bo')]).toEqual([since, undefined])
      expect(place.announced.at(-1)).toEqual({
        room: 'lobby',
        joined: [],
        left: [],
        changed: [[person('Ana'), { ...person('Ana'), idleSince: since }]]
      })
    }
    const announced = east.announced.length
    east.people.active('key-Ana')
    expect([idleOf(east, 'key-Ana'), east.announced.length]).toEqual([undefined, announced + 1])
    await clock.advance(KNOWN_MS)
    expect([idleOf(west, 'key-Ana'), west.announced.at(-1)?.changed.map(([, is]) => is)]).toEqual([
      undefined,
      [person('Ana')]
    ])
    expect([...east.left(), ...west.left()]).toEqual([])
  })

  it('costs nothing: no additional write and no message', async () => {
    const { clock, simulation, east, west } = await twoInstances()
    let messages = 0
    simulation.loses = () => {
      messages += 1
      return false
    }
    await clock.advance(MINUTE_MS)
    const asked = [east.store.count(), west.store.count()]
    for (let n = 0; n < 600; n += 1) {
      east.people.active('key-Ana')
      await clock.advance(100)
    }
    await clock.advance(2 * idleAfterMs)
    east.people.active('key-Ana')
    await clock.advance(MINUTE_MS)
    const renewals = Math.round((2 * idleAfterMs + 2 * MINUTE_MS) / renewMs)
    // The renewals, as without activity.
    expect([east.store.count() - (asked[0] ?? 0), west.store.count() - (asked[1] ?? 0)]).toEqual([renewals, renewals])
    expect(messages).toBe(0)
  })

  it('on a phone is active at a laptop: the least idle device counts', async () => {
    const { clock, east, west } = await twoInstances()
    await west.arrive(person('Ana'), 'laptop')
    for (let n = 0; n < 2; n += 1) {
      await clock.advance(idleAfterMs)
      west.people.active('key-Ana')
    }
    await clock.advance(KNOWN_MS)
    expect([idleOf(east, 'key-Ana'), idleOf(west, 'key-Ana')]).toEqual([undefined, undefined])
    west.people.leave('lobby', 'key-Ana', 'laptop', 'left')
    await clock.advance(MESSAGE_MS)
    for (const place of [east, west]) expect(idleOf(place, 'key-Ana')).toEqual(expect.any(Number))
  })

  it('stays idle when the connection is lost and comes back by itself, here or elsewhere', async () => {
    const { clock, east, west } = await twoInstances()
    await clock.advance(idleAfterMs + KNOWN_MS)
    const since = idleOf(east, 'key-Ana')
    expect(since).toEqual(expect.any(Number))
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await clock.advance(lostGraceMs / 2)
    await east.arrive(person('Ana'), 'again')
    expect(idleOf(east, 'key-Ana')).toBe(since)
    await east.people.move()
    await clock.advance(MESSAGE_MS)
    await west.arrive(person('Ana'), 'elsewhere')
    await clock.advance(KNOWN_MS)
    expect([idleOf(west, 'key-Ana'), idleOf(east, 'key-Ana')]).toEqual([since, since])
  })

  it('is active after leaving and joining again', async () => {
    const { clock, east } = await twoInstances()
    await clock.advance(idleAfterMs + KNOWN_MS)
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    await east.arrive(person('Ana'), 'anew')
    expect(idleOf(east, 'key-Ana')).toBeUndefined()
    await east.arrive(guest('Gus'))
    await clock.advance(idleAfterMs + KNOWN_MS)
    east.people.active('key-Gus')
    expect(idleOf(east, 'key-Gus')).toBeUndefined()
    // Activity of a person who is not here, or whose join is pending, changes nothing.
    const announced = east.announced.length
    east.people.active('key-Nobody')
    void east.arrive(guest('Hal'))
    east.people.active('key-Hal')
    expect(east.announced.length).toBe(announced)
  })

  it('is idle in every room', async () => {
    const { clock, simulation } = standingSimulation()
    const here = simulation.instance('here')
    await started(here)
    await here.arrive(person('Ana'), 'tab')
    await here.arrive(person('Ana'), 'tab', 'games')
    await clock.advance(idleAfterMs + renewMs)
    expect([idleOf(here, 'key-Ana'), idleOf(here, 'key-Ana', 'games')].every(Number.isSafeInteger)).toBe(true)
    here.people.active('key-Ana')
    expect([idleOf(here, 'key-Ana'), idleOf(here, 'key-Ana', 'games')]).toEqual([undefined, undefined])
  })
})

describe('the place of a person', () => {
  it('a person who is now in another region is a change, and nobody joins or leaves', async () => {
    const { clock, simulation } = standingSimulation()
    const [waw, ord] = [simulation.instance('east', { region: 'waw' }), simulation.instance('west', { region: 'ord' })]
    await started(waw, ord)
    await waw.arrive(person('Ana', 'a', 'waw'), 'phone')
    await ord.arrive(person('Ana', 'a', 'ord'), 'laptop')
    await clock.advance(MESSAGE_MS)
    ord.people.leave('lobby', 'a', 'laptop', 'left')
    await clock.advance(MESSAGE_MS)
    for (const { people, announced } of [waw, ord]) {
      expect(people.view('lobby').regions).toEqual({ waw: 1 })
      const changed = [[person('Ana', 'a', 'ord'), person('Ana', 'a', 'waw')]]
      expect(announced.at(-1)).toEqual({ room: 'lobby', joined: [], left: [], changed })
    }
  })

  it('isHere knows everyone in a room, not only the two hundred who are named', async () => {
    const { clock, east, west } = await twoInstances()
    await Promise.all([crowd(east, 1_000), clock.advance(presenceTiming.writeGapMs)])
    await clock.advance(2 * renewMs)
    for (const { people } of [east, west]) {
      expect(people.view('lobby').people.some(({ key }) => key === 'key-999')).toBe(false)
      expect([people.isHere('lobby', 'key-999'), people.isHere('lobby', 'key-1000')]).toEqual([true, false])
      expect([people.isHere('games', 'key-999'), people.isHere('__proto__', 'key-999')]).toEqual([false, false])
    }
  })
})
