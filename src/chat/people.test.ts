import { describe, expect, it } from 'vitest'
import { standingClock } from './clock.ts'
import { forgetful, guest, openTown, person, type Instance } from './people.fixture.ts'
import { presenceTiming } from './presence-timing.ts'

const { leaseMs, readMs, closedHoldMs, lostHoldMs, writeBurst, writeGapMs } = presenceTiming
/** The post is slower than the store here, but not by much. */
const LETTER_MS = 5

function open() {
  const clock = standingClock()
  const memory = forgetful(clock.now)
  return { clock, memory, town: openTown({ clock, makeStore: () => memory }) }
}

/** Two instances that have known each other for a while: Ana is in the east, Bo in the west. */
async function twoPlaces() {
  const all = open()
  const [east, west] = [all.town.instance('east'), all.town.instance('west')]
  await started(east, west)
  await east.arrive(person('Ana'))
  await west.arrive(person('Bo'))
  await all.clock.advance(LETTER_MS)
  return { ...all, east, west }
}

async function started(...instances: Instance[]) {
  for (const { people } of instances) await people.start()
}

describe('counting', () => {
  it('twenty people joining over alternating instances are 1, 2, … 20, right at both', async () => {
    const { clock, town } = open()
    const [east, west] = [town.instance('east'), town.instance('west')]
    await started(east, west)
    for (let n = 1; n <= 20; n += 1) {
      const [here, there] = n % 2 ? [east, west] : [west, east]
      await here.arrive(guest(`guest ${n}`))
      expect(here.count()).toBe(n)
      await clock.advance(LETTER_MS)
      expect(there.count()).toBe(n > 1 ? n : there.count())
    }
    expect(east.joined()).toHaveLength(20)
    expect(west.joined().slice(-18)).toEqual(east.joined().slice(-18))
  })

  it('twenty people who come before any letter arrives are counted right when they are answered', async () => {
    const { town } = open()
    town.loses = () => true
    const [east, west] = [town.instance('east'), town.instance('west')]
    await started(east, west)
    for (let n = 1; n <= 20; n += 1) {
      const here = n % 2 ? east : west
      await here.arrive(guest(`guest ${n}`))
      expect(here.count()).toBe(n)
    }
  })

  it('one person in two tabs, on two devices, in two regions is one', async () => {
    const { clock, town } = open()
    const [east, west] = [town.instance('east', { region: 'waw' }), town.instance('west', { region: 'ord' })]
    await started(east, west)
    await east.arrive(person('Ana'), 'tab 1')
    await east.arrive(person('Ana'), 'tab 2')
    await west.arrive(person('Ana'), 'phone')
    await clock.advance(LETTER_MS)
    expect([east.count(), west.count(), east.people.everywhere().count]).toEqual([1, 1, 1])
    east.people.leave('lobby', 'key-Ana', 'tab 1', 'said')
    east.people.leave('lobby', 'key-Ana', 'tab 2', 'said')
    await clock.advance(LETTER_MS)
    expect([east.count(), west.count()]).toEqual([1, 1])
    west.people.leave('lobby', 'key-Ana', 'phone', 'said')
    await clock.advance(LETTER_MS)
    expect([east.count(), west.count()]).toEqual([0, 0])
  })

  it('a person with two tabs leaves when the second closes', async () => {
    const { clock, town } = open()
    const here = town.instance('here')
    await here.arrive(person('Bo'), 'watching')
    await here.arrive(person('Ana'), 'tab 1')
    await here.arrive(person('Ana'), 'tab 2')
    here.people.leave('lobby', 'key-Ana', 'tab 1', 'said')
    await clock.advance(60_000)
    expect(here.left()).toEqual([])
    here.people.leave('lobby', 'key-Ana', 'tab 2', 'said')
    expect(here.left()).toEqual(['Ana'])
    here.people.leave('lobby', 'key-Ana', 'tab 2', 'said')
    expect(here.left()).toEqual(['Ana'])
  })
})

describe('going', () => {
  it('who says so is gone everywhere at once', async () => {
    const { clock, east, west } = await twoPlaces()
    await east.arrive(guest('Cy'))
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'said')
    expect(east.left()).toEqual(['Cy'])
    await clock.advance(LETTER_MS)
    expect(west.left()).toEqual(['Cy'])
    expect([east.count(), west.count()]).toEqual([2, 2])
  })

  it.each([
    ['closed', closedHoldMs],
    ['lost', lostHoldMs]
  ] as const)('a %s page is waited for, and gone once when it does not come back', async (how, holdMs) => {
    const { clock, east, west } = await twoPlaces()
    east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
    await clock.advance(holdMs - 1)
    expect([...east.left(), ...west.left()]).toEqual([])
    expect([east.count(), west.count()]).toEqual([2, 2])
    await clock.advance(1 + LETTER_MS)
    expect([east.left(), west.left()]).toEqual([['Ana'], ['Ana']])
    expect([east.count(), west.count()]).toEqual([1, 1])
    await clock.advance(60_000)
    expect([east.left(), west.left()]).toEqual([['Ana'], ['Ana']])
  })

  it.each([
    ['closed', 'a reload', closedHoldMs - 500],
    ['lost', 'a blip of five seconds', 5_000]
  ] as const)('a %s page that is back after %s is told to nobody, wherever it comes back', async (how, _, awayMs) => {
    const { clock, east, west } = await twoPlaces()
    const told = east.told.length + west.told.length
    east.people.leave('lobby', 'key-Ana', 'key-Ana', how)
    await clock.advance(awayMs)
    await east.arrive(person('Ana'), 'again')
    east.people.leave('lobby', 'key-Ana', 'again', how)
    await clock.advance(awayMs)
    await west.arrive(person('Ana'), 'elsewhere')
    await clock.advance(60_000)
    expect(east.told.length + west.told.length).toBe(told)
    expect([east.count(), west.count()]).toEqual([2, 2])
  })

  it('a connection that is not known counts nobody out', async () => {
    const { east } = await twoPlaces()
    east.people.leave('lobby', 'key-Ana', 'another', 'said')
    east.people.leave('lobby', 'key-Nobody', 'another', 'said')
    east.people.leave('nowhere', 'key-Ana', 'key-Ana', 'said')
    expect(east.count()).toBe(2)
  })

  it('somebody who takes another name has left and joined, and is one', async () => {
    const { clock, east, west } = await twoPlaces()
    await east.arrive(person('Anna', 'key-Ana'))
    await clock.advance(LETTER_MS)
    expect([west.told.at(-1), east.told.at(-1)]).toEqual([
      { room: 'lobby', left: [person('Ana')], joined: [person('Anna', 'key-Ana')] },
      { room: 'lobby', left: [person('Ana')], joined: [person('Anna', 'key-Ana')] }
    ])
    expect([east.count(), west.count()]).toEqual([2, 2])
  })
})

describe('instances that end', () => {
  it('the people of a killed instance leave once, everywhere, within twenty seconds and not before their lease is over', async () => {
    const { clock, town, east, west } = await twoPlaces()
    const south = town.instance('south')
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

  it('the people of a killed instance that starts again are waited for', async () => {
    const { clock, town, east, west } = await twoPlaces()
    await east.arrive(person('Cy'))
    await clock.advance(30_000)
    east.kill()
    await clock.advance(2_000)
    const again = town.instance('east')
    await again.people.start()
    await again.arrive(person('Ana'), 'again')
    await clock.advance(readMs)
    expect(west.left()).toEqual([])
    expect(west.count()).toBe(3)
    await clock.advance(lostHoldMs)
    expect(west.left()).toEqual(['Cy'])
    expect([west.count(), again.count()]).toEqual([2, 2])
    await clock.advance(60_000)
    expect(west.left()).toEqual(['Cy'])
  })

  it('a rolling restart is told to nobody, be they people or guests, and no number is wrong meanwhile', async () => {
    const { clock, town, memory } = open()
    const places = ['east', 'west', 'south']
    const instances = places.map((name) => town.instance(name))
    await started(...instances)
    const homes = places.map((_, n) => [person(`person ${n}`), guest(`guest ${n}`), guest('User', `user-${n}`)])
    for (const [n, home] of homes.entries()) for (const who of home) await instances[n]?.arrive(who)
    await clock.advance(20_000)
    const counts = () => instances.map((instance) => instance.count())
    const keys = () =>
      instances.map(({ people }) =>
        people
          .view('lobby')
          .people.map(({ key }) => key)
          .toSorted()
      )
    const before = keys()
    for (const instance of instances) instance.told.splice(0)

    for (const [n, place] of places.entries()) {
      const old = instances[n]
      await old?.people.move()
      for (const { key, guest } of homes[n] ?? []) old?.people.leave('lobby', key, key, guest ? 'said' : 'lost')
      await old?.people.close()
      await clock.advance(1_000)
      const fresh = town.instance(place)
      instances[n] = fresh
      await fresh.people.start()
      expect(counts()).toEqual([9, 9, 9])
      // Guests come back to a neighbour and have nothing but their name; signed-in people to the machine itself.
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
    }
    expect(instances.flatMap((instance) => [...instance.joined(), ...instance.left()])).toEqual([])
    expect(keys()).toEqual(before)
    expect(town.faults).toEqual([])
    expect(await memory.world()).toHaveLength(3)
  })

  it('who was on a draining instance and does not come back has left when its lease is over', async () => {
    const { clock, east, west } = await twoPlaces()
    await east.arrive(person('Cy'))
    await east.people.move()
    await west.arrive(person('Ana'), 'moved')
    west.people.leave('lobby', 'key-Ana', 'moved', 'said')
    // Found elsewhere in between: the moving lease has no say about Ana any more.
    expect(west.left()).toEqual(['Ana'])
    await clock.advance(leaseMs - readMs)
    expect(west.left()).toEqual(['Ana'])
    await clock.advance(2 * readMs)
    expect(west.left()).toEqual(['Ana', 'Cy'])
    expect(west.count()).toBe(1)
  })

  it('an instance that closes without moving takes its people along', async () => {
    const { clock, memory, east, west } = await twoPlaces()
    await east.people.close()
    await clock.advance(LETTER_MS)
    expect(west.left()).toEqual(['Ana'])
    expect((await memory.world()).map(({ instance }) => instance)).toEqual(['west'])
  })

  it('earlier boots of a machine are dead to it, whatever the store still says', async () => {
    const { clock, town, east } = await twoPlaces()
    east.kill()
    const again = town.instance('east')
    again.store.away = true
    await again.people.start()
    again.store.away = false
    await clock.advance(presenceTiming.retryMs)
    await again.people.refresh()
    expect(again.people.view('lobby').people.map(({ name }) => name)).toEqual(['Bo'])
    await again.arrive(person('Ana'), 'again')
    expect(again.count()).toBe(2)
    await clock.advance(60_000)
    expect(again.count()).toBe(2)
  })
})

describe('a store in trouble', () => {
  it('a store away for a minute: nobody is said to have left, arrivals are answered, and trouble is told once', async () => {
    const { clock, town, memory, east, west } = await twoPlaces()
    await clock.advance(20_000)
    for (const { store } of [east, west]) store.away = true
    await clock.advance(readMs + 1)
    expect([east.people.stale, west.people.stale]).toEqual([true, true])
    await east.arrive(person('Cy'))
    await east.arrive(person('Dee'))
    expect(east.count()).toBe(4)
    east.people.leave('lobby', 'key-Dee', 'key-Dee', 'said')
    await clock.advance(60_000)
    expect(await memory.world()).toEqual([])
    // The one that comes back first finds nobody there, and does not believe it.
    west.store.away = false
    await clock.advance(presenceTiming.retryMs + 3_000)
    east.store.away = false
    await clock.advance(2 * leaseMs)
    expect([east.left(), west.left()]).toEqual([['Dee'], []])
    expect([east.count(), west.count()]).toEqual([3, 3])
    expect([east.people.stale, west.people.stale]).toEqual([false, false])
    expect([east.troubles, west.troubles].map((troubles) => troubles.length)).toEqual([1, 1])
    expect(town.faults).toEqual([])
  })

  it('a store that forgot everything: nobody is said to have left, and who has really gone is gone a lease time later', async () => {
    const { clock, town, memory, east, west } = await twoPlaces()
    const south = town.instance('south')
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
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'said')
    east.store.deaf = false
    const asked = west.store.count()
    await clock.advance(presenceTiming.retryMs + LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo'])
    // Read because of the letter, not because it was time to.
    expect(west.store.count()).toBe(asked + 1)
    const lease = (await memory.world()).find(({ instance }) => instance === 'east')
    expect(lease?.rooms.get('lobby')?.keys).toEqual(['key-Ana'])
  })

  it('a store away for less than a lease time: leases that ended meanwhile prove nothing', async () => {
    const { clock, memory, east, west } = await twoPlaces()
    await clock.advance(presenceTiming.renewMs - 1_000)
    await east.arrive(person('Cy'))
    for (const { store } of [east, west]) store.away = true
    await clock.advance(leaseMs - presenceTiming.renewMs + 2_000)
    expect((await memory.world()).map(({ instance }) => instance)).toEqual(['east'])
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
    expect((await memory.world()).map(({ instance }) => instance).toSorted()).toEqual(['east', 'west'])
  })

  it('with the store away and nobody here any more, nobody knocks for ever', async () => {
    const { clock, east } = await twoPlaces()
    east.store.away = true
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'said')
    await clock.advance(leaseMs)
    const asked = east.store.count()
    await clock.advance(3_600_000)
    expect(east.store.count()).toBe(asked)
  })

  it('an answer that letters have overtaken undoes nothing', async () => {
    const { clock, town, west } = await twoPlaces()
    const fresh = town.instance('south')
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
    const { clock, town } = open()
    const here = town.instance('here')
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
    const { clock, town, east, west } = await twoPlaces()
    town.loses = () => true
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'said')
    await clock.advance(LETTER_MS)
    expect(west.count()).toBe(2)
    await clock.advance(readMs)
    expect([west.joined().at(-1), west.left().at(-1)]).toEqual(['Cy', 'Ana'])
    expect(west.shown()).toEqual(['Bo', 'Cy'])
  })

  it('a letter after a lost one has the world read at once, and only then', async () => {
    const { clock, town, east, west } = await twoPlaces()
    const reads = west.store.count('world')
    town.loses = () => true
    await east.arrive(person('Cy'))
    town.loses = () => false
    await east.arrive(person('Dee'))
    await clock.advance(LETTER_MS)
    expect(west.shown()).toEqual(['Ana', 'Bo', 'Cy', 'Dee'])
    expect(west.store.count('world')).toBe(reads + 1)
    await east.arrive(person('Eve'))
    await clock.advance(LETTER_MS)
    expect(west.store.count('world')).toBe(reads + 1)
  })

  it('letters twice, and late, change nothing', async () => {
    const { clock, town, east, west } = await twoPlaces()
    const kept: Parameters<typeof west.people.hear>[0][] = []
    town.loses = (letter) => {
      if (letter.kind === 'presence') kept.push(letter)
      return false
    }
    await east.arrive(person('Cy'))
    east.people.leave('lobby', 'key-Cy', 'key-Cy', 'said')
    await clock.advance(LETTER_MS)
    expect(kept).toHaveLength(2)
    for (const letter of [...kept, ...kept]) west.people.hear(letter)
    expect([west.joined().at(-1), west.left()]).toEqual(['Cy', ['Cy']])
    expect(town.faults).toEqual([])
  })
})

describe('what it costs', () => {
  it('an instance with nobody here asks the store nothing', async () => {
    const { clock, east, west } = await twoPlaces()
    west.people.leave('lobby', 'key-Bo', 'key-Bo', 'said')
    await clock.advance(LETTER_MS)
    expect(west.store.asked.at(-1)).toBe('release')
    const asked = west.store.count()
    await east.arrive(person('Cy'))
    await clock.advance(3_600_000)
    expect(west.store.count()).toBe(asked)
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
      east.people.leave('lobby', 'key-Ana', `tab ${n}`, 'said')
    }
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await clock.advance(1_000)
    await east.arrive(person('Ana'))
    expect(east.store.count()).toBe(asked)
  })

  it('a storm is one write a second, and everybody in it is answered and counted', async () => {
    const { clock, east, west } = await twoPlaces()
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
    expect(east.store.count('renew') - before).toBeLessThanOrEqual(writeBurst + seconds + 2)
    expect([east.count(), west.count()]).toEqual([storm + 2, storm + 2])
  })
})

describe('names', () => {
  const awkward = [
    '123',
    'true',
    'null',
    '__proto__',
    'constructor',
    '007',
    '1e3',
    '{"a":1}',
    '😀'.repeat(200),
    'ł ą',
    'Ana',
    'ana'
  ]

  it('names that naive code merges or changes stay what they are', async () => {
    const { clock, town } = open()
    const [east, west] = [town.instance('east'), town.instance('west')]
    await started(east, west)
    await west.arrive(person('Bo'))
    for (const name of awkward) await east.arrive(guest(name, name), name)
    for (const room of ['constructor', '123', 'null']) await east.arrive(person('Cy'), 'tab', room)
    await clock.advance(20_000)
    expect(west.shown()).toEqual(['Bo', ...awkward].toSorted())
    for (const room of ['constructor', '123', 'null']) expect(west.count(room)).toBe(1)
    expect([west.count('tostring'), west.people.view('__proto__').count]).toEqual([0, 0])
    expect(west.people.everywhere().count).toBe(awkward.length + 2)
  })

  it('a signed-in person holds a name everywhere, as names are compared, also while waited for', async () => {
    const { clock, town, east, west } = await twoPlaces()
    expect(west.people.named('ANA')?.key).toBe('key-Ana')
    expect(west.people.named('ana', 'key-Ana')).toBeUndefined()
    await east.arrive(guest('Guest'))
    await clock.advance(LETTER_MS)
    expect(west.people.named('guest')).toBeUndefined()
    east.people.leave('lobby', 'key-Ana', 'key-Ana', 'lost')
    await clock.advance(lostHoldMs - 1)
    expect(west.people.named('Ana')?.key).toBe('key-Ana')
    await clock.advance(1 + LETTER_MS)
    expect(west.people.named('Ana')).toBeUndefined()
    const arriving = town.instance('south')
    void arriving.arrive(person('Dee'))
    expect(arriving.people.named('dee')?.key).toBe('key-Dee')
  })

  it('a guest whose connection was lost has the same key again, once, and a present one keeps it alone', async () => {
    const { clock, east, west } = await twoPlaces()
    await east.arrive(guest('Gus', 'gus-1'), 'one')
    await east.arrive(guest('Gus', 'gus-2'), 'two')
    expect(east.people.inherit('lobby', 'Gus')).toBeNull()
    east.people.leave('lobby', 'gus-1', 'one', 'lost')
    expect([east.people.inherit('lobby', 'gus'), west.people.inherit('lobby', 'Gus')]).toEqual([null, null])
    expect(east.people.inherit('lobby', 'Gus')).toBe('gus-1')
    expect(east.people.inherit('lobby', 'Gus')).toBeNull()
    await east.arrive(guest('Gus', 'gus-1'), 'one again')
    await clock.advance(60_000)
    expect([...east.left(), ...west.left()]).toEqual([])
  })

  it('people are counted where they are', async () => {
    const { clock, town } = open()
    const [east, west] = [town.instance('east', { region: 'waw' }), town.instance('west', { region: 'ord' })]
    await started(east, west)
    await east.arrive(person('Ana', 'a', 'waw'), '1')
    await east.arrive(person('Ana', 'a', 'waw'), '1', 'games')
    await west.arrive(person('Ana', 'a', 'ord'), '2')
    await west.arrive(person('Bo', 'b', 'ord'), '3')
    await clock.advance(LETTER_MS)
    for (const { people } of [east, west]) {
      const { regions, count } = people.view('lobby')
      expect(Object.values(regions).reduce((sum, one) => sum + one)).toBe(count)
      expect(people.everywhere()).toMatchObject({ count: 2, about: false })
    }
    expect(east.people.view('games')).toMatchObject({ count: 1, regions: { waw: 1 } })
    west.people.leave('lobby', 'a', '2', 'said')
    await clock.advance(LETTER_MS)
    for (const { people } of [east, west]) expect(people.view('lobby').regions).toEqual({ waw: 1, ord: 1 })
  })
})

describe('a crowd', () => {
  it('six thousand people in one room of one instance are a number, about', async () => {
    const { clock, memory, east, west } = await twoPlaces()
    await Promise.all([crowd(east, 6_000), clock.advance(writeGapMs)])
    await clock.advance(readMs)
    for (const { people } of [east, west])
      expect(people.view('lobby')).toMatchObject({ count: 6_002, about: true, regions: { here: 6_002 } })
    expect(west.people.everywhere()).toMatchObject({ count: 6_002, about: true })
    expect(west.people.view('lobby').people.length).toBeLessThanOrEqual(200)
    const lease = (await memory.world()).find(({ instance }) => instance === 'east')
    expect(lease?.rooms.get('lobby')).toMatchObject({ count: 6_001, keys: [] })
    expect(west.left()).toEqual([])
  })

  it('a room that becomes a crowd, and is none again, is told to nobody as coming and going', async () => {
    const { clock, town, east, west } = await twoPlaces()
    await Promise.all([crowd(east, 4_990), clock.advance(writeGapMs)])
    await clock.advance(readMs)
    expect(west.people.view('lobby')).toMatchObject({ count: 4_992, about: false })
    const joined = west.joined().length
    await Promise.all([crowd(east, 100, 'more'), clock.advance(writeGapMs)])
    await clock.advance(2 * readMs)
    expect(west.people.view('lobby')).toMatchObject({ count: 5_092, about: true })
    for (let n = 0; n < 100; n += 1) east.people.leave('lobby', `more-${n}`, `more-${n}`, 'said')
    await clock.advance(2 * readMs)
    expect(west.people.view('lobby')).toMatchObject({ count: 4_992, about: false })
    expect(west.joined()).toHaveLength(joined)
    expect(west.left()).toEqual([])
    expect(town.faults).toEqual([])
  })

  it('names beyond the first two hundred are not known to who reads, and are counted', async () => {
    const { clock, town, east } = await twoPlaces()
    town.loses = () => true
    await Promise.all([crowd(east, 1_000), clock.advance(writeGapMs)])
    const late = town.instance('late')
    await late.people.start()
    expect(late.count()).toBe(1_002)
    expect(late.people.view('lobby').people).toHaveLength(200)
    await late.arrive(guest('Gus'))
    await clock.advance(20_000)
    expect(late.count()).toBe(1_003)
    expect([...late.joined(), ...late.left()]).toEqual(['Gus'])
  })

  async function crowd(place: Instance, size: number, key = 'key') {
    await Promise.all(Array.from({ length: size }, (_, n) => place.arrive(person(`${key} ${n}`, `${key}-${n}`))))
  }
})
