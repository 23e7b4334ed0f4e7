import { describe, expect, it } from 'vitest'
import {
  crowd,
  guest,
  LETTER_MS,
  openSimulation,
  person,
  standingSimulation,
  started,
  twoPlaces,
  type Instance
} from '../../infra/testing/presence-simulation.ts'
import { presenceTiming } from './timing.ts'

const { leaseMs, readMs, writeGapMs, lostHoldMs, closedHoldMs, provenMs } = presenceTiming
type Store = Instance['store']
/** How long a maker waits for an answer, about. */
const PATIENCE_MS = 3_000

describe('a store in trouble', () => {
  it('a store away for a minute: nobody is said to have left, arrivals are answered, and trouble is told once', async () => {
    const { clock, simulation, memory, east, west } = await twoPlaces()
    await clock.advance(20_000)
    for (const { store } of [east, west]) store.away = true
    await clock.advance(readMs + 1)
    expect([east.people.stale, west.people.stale]).toEqual([true, true])
    await east.arrive(person('Cy'))
    await east.arrive(person('Dee'))
    expect(east.count()).toBe(4)
    east.people.leave('lobby', 'key-Dee', 'key-Dee', 'left')
    await clock.advance(60_000)
    expect(await memory.leases()).toEqual([])
    // The one that comes back first finds nobody there, and does not believe it.
    west.store.away = false
    await clock.advance(presenceTiming.retryMs + 3_000)
    east.store.away = false
    await clock.advance(2 * leaseMs)
    expect([east.left(), west.left()]).toEqual([['Dee'], []])
    expect([east.count(), west.count()]).toEqual([3, 3])
    expect([east.people.stale, west.people.stale]).toEqual([false, false])
    expect([east.troubles, west.troubles].map((troubles) => troubles.length)).toEqual([1, 1])
    expect(simulation.faults).toEqual([])
  })

  it('a store that forgot everything: nobody is said to have left, and who has really gone is gone a lease time later', async () => {
    const { clock, simulation, memory, east, west } = await twoPlaces()
    const south = simulation.instance('south')
    await south.people.start()
    await south.arrive(person('Cy'))
    await clock.advance(60_000)
    memory.forget()
    south.kill()
    await clock.advance(leaseMs - 1)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect([east.count(), west.count()]).toEqual([3, 3])
    expect(east.people.stale).toBe(true)
    await clock.advance(2 * readMs)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    await clock.advance(60_000)
    expect([east.left(), west.left()]).toEqual([['Cy'], ['Cy']])
    expect(east.people.stale).toBe(false)
  })

  it('what could not be written is told as soon as it was', async () => {
    const { clock, east, west } = await twoPlaces()
    east.store.away = true
    await east.arrive(person('Cy'))
    expect(east.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    const asked = west.store.count()
    east.store.away = false
    await clock.advance(presenceTiming.retryMs + LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    expect(west.store.count()).toBe(asked)
  })

  it('a write that was kept but not answered is put right by the next, everywhere', async () => {
    const { clock, memory, east, west } = await twoPlaces()
    east.store.deaf = true
    await east.arrive(person('Cy'))
    await clock.advance(readMs)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
    east.store.deaf = false
    const asked = west.store.count()
    await clock.advance(presenceTiming.retryMs + LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo'])
    // Read because of the letter, not because it was time to.
    expect(west.store.count()).toBe(asked + 1)
    const lease = (await memory.leases()).find(({ instance }) => instance === 'east')
    expect(lease?.rooms.get('lobby')?.keys).toEqual(['key-Ana'])
  })

  it('a store away for less than a lease time: leases that ended meanwhile prove nothing', async () => {
    const { clock, memory, east, west } = await twoPlaces()
    await clock.advance(presenceTiming.renewMs - 1_000)
    await east.arrive(person('Cy'))
    for (const { store } of [east, west]) store.away = true
    await clock.advance(leaseMs - presenceTiming.renewMs + 2_000)
    expect((await memory.leases()).map(({ instance }) => instance)).toEqual(['east'])
    east.store.away = false
    await clock.advance(presenceTiming.retryMs)
    expect(east.people.stale).toBe(true)
    west.store.away = false
    await clock.advance(60_000)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect(east.people.stale).toBe(false)
  })

  it('who notices that the store forgot tells it again at once', async () => {
    const { clock, memory, east } = await twoPlaces()
    await clock.advance(readMs - 100)
    memory.forget()
    const asked = east.store.count('renew')
    await clock.advance(200)
    expect(east.store.count('renew')).toBe(asked + 1)
    expect((await memory.leases()).map(({ instance }) => instance).toSorted()).toEqual(['east', 'west'])
  })

  it('with the store away and nobody here any more, nobody knocks for ever', async () => {
    const { clock, east } = await twoPlaces()
    east.store.away = true
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    await clock.advance(leaseMs)
    const asked = east.store.count()
    await clock.advance(3_600_000)
    expect(east.store.count()).toBe(asked)
  })

  it('an answer that letters have overtaken undoes nothing', async () => {
    const { clock, simulation, west } = await twoPlaces()
    const fresh = simulation.instance('south')
    west.store.lag = () => 1_000
    const asked = west.store.count()
    while (west.store.count() === asked) await clock.advance(100)
    // The question has been answered, and the answer is on its way.
    await clock.advance(1_500)
    await fresh.arrive(person('Cy'))
    await clock.advance(LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy'])
    await clock.advance(60_000)
    expect(west.left()).toEqual([])
  })

  it('a store that is away at the start stops nobody', async () => {
    const { clock, simulation } = standingSimulation()
    const here = simulation.instance('here')
    here.store.away = true
    await here.people.start()
    await here.arrive(person('Ana'))
    expect(here.count()).toBe(1)
    here.store.away = false
    await clock.advance(presenceTiming.retryMs)
    expect(here.people.stale).toBe(false)
  })
})

describe('letters', () => {
  it('a lost letter is healed by the next reading', async () => {
    const { clock, simulation, east, west } = await twoPlaces()
    simulation.loses = () => true
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
    await clock.advance(LETTER_MS)
    expect(west.count()).toBe(2)
    await clock.advance(readMs)
    expect([west.joined().at(-1), west.left().at(-1)]).toEqual(['Cy', 'Ana'])
    expect(west.shown()).toEqual(['Bo', 'Cy'])
  })

  it('a letter after a lost one has the world read at once, and only then', async () => {
    const { clock, simulation, east, west } = await twoPlaces()
    const reads = west.store.count('leases')
    simulation.loses = () => true
    await east.arrive(person('Cy'))
    simulation.loses = () => false
    await east.arrive(person('Dee'))
    await clock.advance(LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy', 'Dee'])
    expect(west.store.count('leases')).toBe(reads + 1)
    await east.arrive(person('Eve'))
    await clock.advance(LETTER_MS)
    expect(west.store.count('leases')).toBe(reads + 1)
  })

  it('a letter is short: of more than five hundred people the others read', async () => {
    const { clock, simulation, east, west } = await twoPlaces()
    const sizes: number[] = []
    simulation.loses = (letter) => {
      sizes.push(JSON.stringify(letter).length)
      return false
    }
    await Promise.all([crowd(east, 2_000), clock.advance(writeGapMs)])
    expect(Math.max(...sizes)).toBeLessThan(1_000)
    expect(west.count()).toBe(2_002)
  })

  it('letters twice, and late, change nothing', async () => {
    const { clock, simulation, east, west } = await twoPlaces()
    const kept: Parameters<typeof west.people.onMessage>[0][] = []
    simulation.loses = (letter) => {
      if (letter.kind === 'presence') kept.push(letter)
      return false
    }
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
    await clock.advance(LETTER_MS)
    expect(kept).toHaveLength(2)
    for (const letter of [...kept, ...kept]) west.people.onMessage(letter)
    expect([west.joined().at(-1), west.left()]).toEqual(['Cy', ['Cy']])
    expect(simulation.faults).toEqual([])
  })
})

describe('what it costs', () => {
  it('an instance with nobody here asks the store nothing', async () => {
    const { clock, east, west } = await twoPlaces()
    west.people.leave('lobby', 'key-Bo', 'key-Bo', 'left')
    await clock.advance(LETTER_MS)
    expect(west.store.asked.at(-1)).toBe('release')
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

  it('somebody here costs two requests in six seconds', async () => {
    const { clock, east } = await twoPlaces()
    await clock.advance(60_000)
    const asked = east.store.count()
    await clock.advance(60_000)
    expect(east.store.count() - asked).toBe(20)
  })

  it('what changes nothing writes nothing', async () => {
    const { clock, east } = await twoPlaces()
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

  it('a hundred who are lost at once cost no more than a write a second before they are given up', async () => {
    const { clock, memory } = standingSimulation()
    const east = openSimulation({ clock, makeStore: () => memory, timing: presenceTiming }).instance('east')
    await started(east)
    await Promise.all([crowd(east, 100), clock.advance(writeGapMs)])
    for (let n = 0; n < 100; n += 1) east.people.leave('lobby', `key-${n}`, `key-${n}`, 'lost')
    await clock.advance(lostHoldMs - provenMs - 1)
    const before = east.store.count('renew')
    await clock.advance(provenMs)
    expect(east.store.count('renew') - before).toBeLessThanOrEqual(1 + provenMs / writeGapMs)
    expect(east.count()).toBe(100)
    await clock.advance(1 + 2 * writeGapMs)
    expect([east.store.asked.at(-1), east.count()]).toEqual(['release', 0])
  })

  it('a storm is one write a second, and everybody in it is answered and counted', async () => {
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
  it('keeps nobody from being written, and no lease from being renewed', async () => {
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
    expect(east.store.count('renew') - before).toBe(60_000 / presenceTiming.renewMs)
    expect([east.people.stale, east.left()]).toEqual([false, []])
  })
})

describe('coming back while the store is away', () => {
  it('is told to nobody, here or elsewhere; who does not come back is gone soon after the store is', async () => {
    const { clock, simulation, east, west } = await twoPlaces()
    await east.arrive(person('Cy'))
    await clock.advance(20_000)
    for (const { store } of [east, west]) store.away = true
    await clock.advance(readMs + 1)
    for (const name of ['Ana', 'Cy']) east.people.leave('lobby', `key-${name}`, `key-${name}`, 'lost')
    await west.arrive(person('Ana'), 'elsewhere')
    await clock.advance(60_000)
    expect([east.left(), east.count()]).toEqual([[], 3])
    for (const { store } of [east, west]) store.away = false
    await clock.advance(2 * presenceTiming.retryMs + presenceTiming.lostHoldMs + LETTER_MS)
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

describe('coming back just as the store begins to', () => {
  // What is there can still be read from one that is full, so that all seems well to whoever has nothing to write.
  const troubles = {
    full: (store: Store, on: boolean) => (store.full = on),
    away: (store: Store, on: boolean) => (store.away = on),
    mute(store: Store, on: boolean) {
      store.away = on
      store.lag = () => (on ? PATIENCE_MS : 0)
    }
  }
  const absences = [
    ...[10, 1_000, 3_000, lostHoldMs - provenMs - 20].map((ms) => ['lost', ms] as const),
    ...[10, closedHoldMs - provenMs - 20].map((ms) => ['closed', ms] as const)
  ]
  const all = Object.entries(troubles).flatMap(([what, trouble]) =>
    absences.map(([how, ms]) => [what, how, ms, trouble] as const)
  )
  it.each(all)(
    'be %s is told to nobody: a page that was %s, back elsewhere after %i ms',
    async (_, how, awayMs, trouble) => {
      const { clock, simulation, east, west } = await twoPlaces()
      await east.arrive(person('Cy'))
      await clock.advance(20_000)
      east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
      // Written and taken: the next renewal, which would be refused, is further off than the end of any wait.
      east.people.leave('lobby', 'key-Cy', 'key-Cy', 'left')
      await clock.advance(awayMs)
      for (const { store } of [east, west]) trouble(store, true)
      void west.arrive(person('Ana'), 'elsewhere')
      await clock.advance(60_000)
      for (const { store } of [east, west]) trouble(store, false)
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
    const { clock, simulation } = standingSimulation()
    const [east, west] = [simulation.instance('east'), simulation.instance('west')]
    await started(east, west)
    const stop = west.people.attend()
    const names = ['ana', 'bo', 'cy']
    for (const name of names) await east.arrive(guest(name), `tab of ${name}`)
    await clock.advance(LETTER_MS)
    expect(west.count()).toBe(3)
    east.store.lag = () => 40
    // The first departure is on its way to the store when the others go.
    east.people.leave('lobby', guest('ana').key, 'tab of ana', 'left')
    await clock.advance(10)
    for (const name of ['bo', 'cy']) east.people.leave('lobby', guest(name).key, `tab of ${name}`, 'left')
    await clock.advance(2_000)
    expect([east.count(), west.count()]).toEqual([0, 0])
    stop()
  })
})

describe('the first to come to an instance that had nobody', () => {
  it('is known elsewhere by letter alone, however often its lease has come and gone', async () => {
    const { clock, east, west } = await twoPlaces()
    for (let n = 0; n < 3; n += 1) {
      east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
      await clock.advance(2 * readMs)
      expect(west.shown()).toEqual(['Bo'])
      // Right after a reading: the next one is far.
      const asked = west.store.count()
      while (west.store.count() === asked) await clock.advance(100)
      await east.arrive(person('Ana'))
      await clock.advance(LETTER_MS)
      expect([west.shown(), west.store.count()]).toEqual([['Ana', 'Bo'], asked + 1])
    }
  })
})
