// The contract of every people store, as tests against the real store.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../contract.ts'
import {
  BLOCKED_MAX,
  FOUND_PEOPLE_MAX,
  NAME_LASTS_MS,
  PEOPLE_MAX,
  SEEN_EVERY_MS,
  SWEEP_PEOPLE,
  UNUSED_NAME_LASTS_MS,
  type Claim,
  type PeopleStore
} from './store.ts'

export interface OpenPeople {
  /** The same store as several instances open it; an embedded one has one instance. */
  readonly stores: readonly [PeopleStore, ...PeopleStore[]]
  /** Closes what is open and opens the same store again, as after a restart. */
  reopen(): Promise<void>
  /** Rows or fields that are stored, of people and of names. */
  size(): Promise<{ people: number; names: number }>
  /** Stores that many people without a round trip for each; the first has the least time left. */
  fill(count: number): Promise<void>
  close(): Promise<void>
}

const START = Date.UTC(2026, 0, 1)
const RACES = 1_000
const IN_FLIGHT = 50
const MANY = 10_000
/** Less than the people themselves would take. */
const HEAP_GROWTH_MAX_BYTES = 1_000_000

/** What is in use after garbage was collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

export function peopleContract(name: string, open: (now: () => number) => Promise<OpenPeople>): void {
  describe(`people in ${name}`, () => {
    let opened: OpenPeople
    let now: number
    beforeEach(async () => {
      now = START
      opened = await open(() => now)
    })
    afterEach(() => opened.close())

    const store = () => opened.stores[0]
    const claim = (id: string, forms: string[], more: Partial<Claim> = {}) =>
      store().claim({ id, name: forms[0] ?? '', forms, forMs: NAME_LASTS_MS, ...more })

    test('own the names that they claim, even after a restart', async () => {
      expect(await claim('ana', ['ana'])).toBe('ana')
      expect(await claim('bo', ['bo', "b'o"], { name: 'Bo "' })).toBe('bo')
      await opened.reopen()
      expect(await store().person('bo')).toEqual({
        name: 'Bo "',
        createdAt: START,
        seenAt: START,
        expiresAt: START + NAME_LASTS_MS
      })
      expect(await claim('other', ['ana'])).toBeNull()
      expect(await claim('other', ['x', "b'o"])).toBeNull()
      expect(await store().person('other')).toBeNull()
      expect(await store().free([['ana'], ['x', "b'o"], ['x', 'y'], ['other']])).toEqual([false, false, true, true])
    })

    test('keep their names when they claim them again', async () => {
      await claim('ana', ['ana', 'anna'])
      expect(await claim('ana', ['ana', 'anna'])).toBe('ana')
      expect(await opened.size()).toEqual({ people: 1, names: 2 })
    })

    test('release the former name in the step that claims the new one, and keep it when that is refused', async () => {
      await claim('ana', ['ana', 'ana 2'])
      await claim('bo', ['bo'])
      expect(await claim('ana', ['x', 'bo'])).toBeNull()
      expect(await store().person('ana')).toMatchObject({ name: 'ana' })
      expect(await claim('cy', ['ana'])).toBeNull()
      expect(await claim('ana', ['ana 2', 'anna'])).toBe('ana')
      expect(await claim('cy', ['ana'])).toBe('cy')
      expect(await claim('cy', ['anna'])).toBeNull()
      expect(await opened.size()).toEqual({ people: 3, names: 4 })
    })

    test('are found again by the secret of their sign-in, and by no other', async () => {
      await claim('bot', ['echo'], { secret: 'one' })
      expect(await claim('again', ['echo', 'ech0'], { secret: 'one' })).toBe('bot')
      expect(await claim('thief', ['echo'], { secret: 'two' })).toBeNull()
      expect(await claim('thief', ['echo'], { secret: '' })).toBeNull()
      expect(await claim('thief', ['echo'])).toBeNull()
      expect(await store().person('again')).toBeNull()
      await claim('bot', ['echo'])
      expect(await claim('again', ['echo'], { secret: 'one' })).toBe('bot')
      // A session that is valid may bring its first secret, or a new one.
      await claim('bot', ['echo'], { secret: 'two' })
      expect(await claim('again', ['echo'], { secret: 'one' })).toBeNull()
      await store().forgetSecret('bot')
      await store().forgetSecret('nobody')
      expect(await claim('again', ['echo'], { secret: 'two' })).toBeNull()
      await claim('bot', ['echo'], { secret: 'two' })
      expect(await claim('again', ['echo'], { secret: 'two' })).toBe('bot')
      // Names of two people, of whom one has the secret, are nobody's.
      await claim('other', ['other'], { secret: 'two' })
      expect(await claim('again', ['echo', 'other'], { secret: 'two' })).toBeNull()
    })

    test('are written once a day, and lose the name when they stay away', async () => {
      await claim('ana', ['ana'], { forMs: UNUSED_NAME_LASTS_MS })
      now += UNUSED_NAME_LASTS_MS - 1
      await claim('ana', ['ana'])
      const first = now
      expect(await store().person('ana')).toMatchObject({ seenAt: first, expiresAt: first + NAME_LASTS_MS })
      now = first + SEEN_EVERY_MS - 1
      await claim('ana', ['ana'])
      await claim('ana', ['ana'], { forMs: UNUSED_NAME_LASTS_MS })
      expect(await store().person('ana')).toMatchObject({ seenAt: first, expiresAt: first + NAME_LASTS_MS })
      now += 1
      await claim('ana', ['ana'])
      expect(await store().person('ana')).toMatchObject({ createdAt: START, seenAt: now })
      now += NAME_LASTS_MS - 1
      expect(await claim('bo', ['ana'])).toBeNull()
      now += 1
      expect([await store().person('ana'), await store().free([['ana']])]).toEqual([null, [true]])
      expect(await claim('bo', ['ana'])).toBe('bo')
      expect(await opened.size()).toEqual({ people: 1, names: 1 })
    })

    test('whose names nobody used are gone after ten minutes, a few with each claim', async () => {
      for (let n = 0; n < SWEEP_PEOPLE + 1; n += 1)
        await claim(`unused ${n}`, [`a${n}`, `b${n}`], { forMs: UNUSED_NAME_LASTS_MS })
      now += UNUSED_NAME_LASTS_MS
      await claim('ana', ['ana'])
      expect(await opened.size()).toEqual({ people: 2, names: 3 })
      await claim('ana', ['ana'])
      expect(await opened.size()).toEqual({ people: 1, names: 1 })
    })

    test('are found by the beginning of their names without case and marks, in pages, under their newest name', async () => {
      for (const name of ['Łucja', 'lucia', 'LUCA 2', 'Bo', 'Lu', '名前']) await claim(`id ${name}`, [name])
      const found = async (prefix: string, from?: string) => {
        const { people, next } = await store().search(prefix, from)
        return { names: people.map(({ name }) => name), next }
      }
      expect(await found('lÚc')).toEqual({ names: ['LUCA 2', 'lucia', 'Łucja'] })
      expect(await found('名')).toEqual({ names: ['名前'] })
      expect(await found('x')).toEqual({ names: [] })
      await claim('id Bo', ['Lucas'])
      await store().remove('id lucia')
      expect(await found('luc')).toEqual({ names: ['LUCA 2', 'Lucas', 'Łucja'] })
      expect(await store().names(['id Bo', 'x', 'id Lu'])).toEqual([
        { id: 'id Bo', name: 'Lucas' },
        { id: 'id Lu', name: 'Lu' }
      ])
      await opened.reopen()
      for (let n = 0; n < FOUND_PEOPLE_MAX; n += 1) await claim(`twin ${n}`, [`twin ${n}`], { name: 'Lux' })
      const first = await found('')
      expect(first.names).toHaveLength(FOUND_PEOPLE_MAX)
      expect((await found('', first.next)).names.slice(-2)).toEqual(['Lux', '名前'])
      now += NAME_LASTS_MS
      expect([(await found('')).names, await store().names(['id Bo'])]).toEqual([[], []])
    })

    test('block others, and are gone with their blocks', async () => {
      await claim('ana', ['ana'])
      for (const other of ['bo', 'cy', 'bo']) await store().block('ana', other, true)
      await store().block('cy', 'bo', true)
      expect(await store().blockedBy(['ana', 'bo', 'cy'], 'bo')).toEqual(['ana', 'cy'])
      await store().block('ana', 'bo', false)
      await opened.reopen()
      expect([await store().blocked('ana'), await store().blockedBy(['ana'], 'bo')]).toEqual([['cy'], []])
      for (let n = 0; n < BLOCKED_MAX; n += 1) await store().block('bo', newId(), true)
      await store().block('bo', newId(), true)
      expect(await store().blocked('bo')).toHaveLength(BLOCKED_MAX)
      await store().remove('ana')
      expect(await store().blocked('ana')).toEqual([])
    })

    test('can be removed, and their names are free at once', async () => {
      await claim('ana', ['ana', 'anna'])
      await claim('bo', ['bo'])
      await store().remove('ana')
      await store().remove('ana')
      expect(await store().person('ana')).toBeNull()
      expect(await opened.size()).toEqual({ people: 1, names: 1 })
      expect(await claim('cy', ['anna'])).toBe('cy')
    })

    test(`are never more than ${PEOPLE_MAX}: those who have the least time left go first`, async () => {
      await opened.fill(PEOPLE_MAX)
      expect(await claim('ana', ['ana'])).toBe('ana')
      expect(await opened.size()).toEqual({ people: PEOPLE_MAX, names: PEOPLE_MAX })
      expect(await store().free([['filled 0'], ['filled 1'], ['ana']])).toEqual([true, false, false])
    })

    test(`are found in pages of ${FOUND_PEOPLE_MAX} at most when there are ${MANY}, and the memory stays flat`, async () => {
      await opened.fill(MANY)
      const before = heapBytes()
      let count = 0
      for (let from: string | undefined, isLast = false; !isLast;) {
        const { people, next } = await store().search('', from)
        expect(people.length).toBeLessThanOrEqual(FOUND_PEOPLE_MAX)
        count += people.length
        ;[from, isLast] = [next, next === undefined]
      }
      expect(count).toBe(MANY)
      expect(heapBytes() - before).toBeLessThan(HEAP_GROWTH_MAX_BYTES)
    })

    test(`claim one name at the same moment on all instances: one has it, in ${RACES} attempts`, async () => {
      const race = async (n: number) => {
        const ids = [newId(), newId(), newId()]
        const owners = await Promise.all(
          ids.map((id, place) =>
            opened.stores[place % opened.stores.length]!.claim({
              id,
              name: `racer ${place}`,
              forms: [`form ${place} ${n}`, `common ${n}`],
              forMs: NAME_LASTS_MS
            })
          )
        )
        const winners = owners.filter((owner) => owner !== null)
        expect(winners).toHaveLength(1)
        expect(owners.indexOf(winners[0]!)).toBe(ids.indexOf(winners[0]!))
      }
      for (let n = 0; n < RACES; n += IN_FLIGHT)
        await Promise.all(Array.from({ length: IN_FLIGHT }, (_, more) => race(n + more)))
      expect(await opened.size()).toEqual({ people: RACES, names: 2 * RACES })
    })
  })
}
