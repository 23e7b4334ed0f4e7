import { expect, it } from 'vitest'
import { person } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { PeopleChange } from '../presence/presence.ts'
import type { Present } from '../contract.ts'
import { NAMED_PEOPLE } from '../presence/lease.ts'
import { createPresenceBatches } from './presence-batches.ts'

const EVERY_MS = 1_000
const [ANA, BO, CY] = [person('Ana'), person('Bo'), person('Cy')]
const IDLE_ANA = { ...ANA, idleSince: 60_000 }

function open() {
  const clock = standingClock()
  const sent: PeopleChange[] = []
  const batches = createPresenceBatches({ clock, everyMs: EVERY_MS, send: (change) => sent.push(change) })
  return {
    clock,
    sent,
    add: (change: Partial<PeopleChange>) =>
      batches.add({ room: 'lobby', joined: [], left: [], changed: [], ...change }),
    /** The list for a second with these changes, after a first change. */
    async second(...changes: Partial<PeopleChange>[]) {
      this.add({ joined: [CY] })
      for (const change of changes) this.add(change)
      expect(sent).toHaveLength(1)
      await clock.advance(1.5 * EVERY_MS)
      const { joined, left, changed } = sent[1] ?? { joined: null, left: null, changed: null }
      return { joined, left, changed }
    }
  }
}

it('the first change is sent at once, later ones together at the next tick, for each room separately', async () => {
  const { clock, sent, add } = open()
  add({ joined: [ANA] })
  add({ joined: [BO] })
  add({ room: 'games', joined: [ANA] })
  add({ joined: [CY] })
  expect(sent.map(({ room, joined }) => [room, joined])).toEqual([
    ['lobby', [ANA]],
    ['games', [ANA]]
  ])
  // The tick in half a second would come too soon after the first list.
  await clock.advance(1.5 * EVERY_MS - 1)
  expect(sent).toHaveLength(2)
  await clock.advance(1)
  expect(sent.slice(2)).toEqual([{ room: 'lobby', joined: [BO, CY], left: [], changed: [] }])
  await clock.advance(2 * EVERY_MS)
  add({ left: [BO] })
  expect(sent.at(-1)?.left).toEqual([BO])
})

it('a storm of a minute is one event a second, and the view is right afterwards', async () => {
  const { clock, sent, add } = open()
  const here = new Map<string, Present>()
  for (let n = 0; n < 6_000; n += 1) {
    const who = person(`person ${(n * 7) % 50}`)
    if (here.delete(who.key)) add({ left: [who] })
    else {
      here.set(who.key, who)
      add({ joined: [who] })
    }
    await clock.advance(10)
  }
  await clock.advance(EVERY_MS)
  // The first, and one for each second of the storm and of the one after.
  expect(sent.length).toBeLessThanOrEqual(1 + 61)
  const shown = new Set<string>()
  for (const { joined, left } of sent) {
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
    [{ left: [ANA] }, { joined: [IDLE_ANA] }],
    { joined: [], left: [], changed: [[ANA, IDLE_ANA]] }
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
    [{ joined: [ANA] }, { changed: [[ANA, IDLE_ANA]] }],
    { left: [], joined: [IDLE_ANA], changed: [] }
  ],
  [
    'became idle and went',
    [{ changed: [[ANA, IDLE_ANA]] }, { left: [IDLE_ANA] }],
    { left: [ANA], joined: [], changed: [] }
  ],
  [
    'became idle and active again',
    [{ changed: [[ANA, IDLE_ANA]] }, { changed: [[IDLE_ANA, ANA]] }],
    { left: [], joined: [], changed: [] }
  ],
  ['were many, and only a total is different', [{}], { left: [], joined: [], changed: [] }]
])('a person who %s within a second', async (_, changes, outcome) => {
  expect(await open().second(...changes)).toEqual(outcome)
})

it('a list names no more of those who join than a room is opened with', async () => {
  const { sent, add, clock } = open()
  const crowd = Array.from({ length: NAMED_PEOPLE + 50 }, (_, n) => person(`person ${n}`))
  add({ joined: crowd })
  for (const one of crowd) add({ left: [one] })
  for (const one of crowd) add({ joined: [{ ...one, name: `${one.name} again` }] })
  await clock.advance(1.5 * EVERY_MS)
  expect(sent.map(({ joined, left }) => [joined.length, left.length])).toEqual([
    [NAMED_PEOPLE, 0],
    [NAMED_PEOPLE, crowd.length]
  ])
})
