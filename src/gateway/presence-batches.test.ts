import { expect, it } from 'vitest'
import { person } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { PeopleChange } from '../presence/presence.ts'
import type { Present } from '../contract.ts'
import { createPresenceBatches } from './presence-batches.ts'

const EVERY_MS = 1_000
const [ANA, BO, CY] = [person('Ana'), person('Bo'), person('Cy')]
const IDLE = { idleSince: 60_000 }

function open() {
  const clock = standingClock()
  const told: PeopleChange[] = []
  const news = createPresenceBatches({ clock, everyMs: EVERY_MS, send: (change) => told.push(change) })
  return {
    clock,
    told,
    say: (change: Partial<PeopleChange>) => news.add({ room: 'lobby', joined: [], left: [], changed: [], ...change }),
    /** What a second of this comes to, after a first word. */
    async second(...changes: Partial<PeopleChange>[]) {
      this.say({ joined: [CY] })
      for (const change of changes) this.say(change)
      expect(told).toHaveLength(1)
      await clock.advance(1.5 * EVERY_MS)
      const { joined, left, changed } = told[1] ?? { joined: null, left: null, changed: null }
      return { joined, left, changed }
    }
  }
}

it('the first change is told at once, the others together with the next beat, and each room by itself', async () => {
  const { clock, told, say } = open()
  say({ joined: [ANA] })
  say({ joined: [BO] })
  say({ room: 'games', joined: [ANA] })
  say({ joined: [CY] })
  expect(told.map(({ room, joined }) => [room, joined])).toEqual([
    ['lobby', [ANA]],
    ['games', [ANA]]
  ])
  // The beat in half a second would come too soon after the first.
  await clock.advance(1.5 * EVERY_MS - 1)
  expect(told).toHaveLength(2)
  await clock.advance(1)
  expect(told.slice(2)).toEqual([{ room: 'lobby', joined: [BO, CY], left: [], changed: [] }])
  await clock.advance(2 * EVERY_MS)
  say({ left: [BO] })
  expect(told.at(-1)?.left).toEqual([BO])
})

it('a storm of a minute is a word a second, and ends with the truth', async () => {
  const { clock, told, say } = open()
  const here = new Map<string, Present>()
  for (let n = 0; n < 6_000; n += 1) {
    const who = person(`person ${(n * 7) % 50}`)
    if (here.delete(who.key)) say({ left: [who] })
    else {
      here.set(who.key, who)
      say({ joined: [who] })
    }
    await clock.advance(10)
  }
  await clock.advance(EVERY_MS)
  // The first, and one for each second of the storm and of the one after.
  expect(told.length).toBeLessThanOrEqual(1 + 61)
  const shown = new Set<string>()
  for (const { joined, left } of told) {
    for (const { key } of left) expect(shown.delete(key)).toBe(true)
    for (const { key } of joined) {
      expect(shown.has(key)).toBe(false)
      shown.add(key)
    }
  }
  expect([...shown].toSorted()).toEqual([...here.keys()].toSorted())
})

it.each<[string, Partial<PeopleChange>[], Omit<PeopleChange, 'room'>]>([
  ['came and went', [{ joined: [ANA] }, { left: [ANA] }], { joined: [], left: [], changed: [] }],
  ['went and came', [{ left: [ANA] }, { joined: [ANA] }], { joined: [], left: [], changed: [] }],
  [
    'went and came back idle',
    [{ left: [ANA] }, { joined: [{ ...ANA, ...IDLE }] }],
    { joined: [], left: [], changed: [{ ...ANA, ...IDLE }] }
  ],
  [
    'took another name twice',
    [
      { left: [ANA], joined: [{ ...ANA, name: 'Anna' }] },
      { left: [{ ...ANA, name: 'Anna' }], joined: [{ ...ANA, name: 'Anne' }] }
    ],
    { left: [ANA], joined: [{ ...ANA, name: 'Anne' }], changed: [] }
  ],
  [
    'came and took another name',
    [{ joined: [ANA] }, { left: [ANA], joined: [{ ...ANA, name: 'Anna' }] }],
    { left: [], joined: [{ ...ANA, name: 'Anna' }], changed: [] }
  ],
  [
    'came and became idle',
    [{ joined: [ANA] }, { changed: [{ ...ANA, ...IDLE }] }],
    { left: [], joined: [{ ...ANA, ...IDLE }], changed: [] }
  ],
  [
    'became idle and went',
    [{ changed: [{ ...ANA, ...IDLE }] }, { left: [{ ...ANA, ...IDLE }] }],
    { left: [{ ...ANA, ...IDLE }], joined: [], changed: [] }
  ],
  [
    'became idle and active again',
    [{ changed: [{ ...ANA, ...IDLE }] }, { changed: [ANA] }],
    { left: [], joined: [], changed: [ANA] }
  ],
  ['were many, and only a total is different', [{}], { left: [], joined: [], changed: [] }]
])('who %s within a second', async (_, changes, outcome) => {
  expect(await open().second(...changes)).toEqual(outcome)
})
