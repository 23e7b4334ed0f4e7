// The contract of every revocation store, as tests against the real store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ALL_TOKENS,
  REVOCATIONS_KEPT_MS,
  REVOCATIONS_MAX,
  REVOCATIONS_PAGE,
  type Revocation,
  type RevocationStore
} from './store.ts'

export interface OpenRevocations {
  readonly store: RevocationStore
  /** Closes what is open and opens the same store again, as after a restart. */
  reopen(): Promise<void>
  /** Stores entries that are `ageMs` old, without a round trip for each. */
  fill(revocations: Revocation[], ageMs: number): Promise<void>
  close(): Promise<void>
}

const START = Date.UTC(2026, 0, 1)

export function revocationsContract(name: string, open: (now: () => number) => Promise<OpenRevocations>): void {
  describe(`revocations in ${name}`, () => {
    let opened: OpenRevocations
    let now: number
    beforeEach(async () => {
      now = START
      opened = await open(() => now)
    })
    afterEach(() => opened.close())

    async function all(after: string | null = null) {
      const found: Revocation[] = []
      for (let place = after; ;) {
        const page = await opened.store.list(place)
        found.push(...page.revocations)
        place = page.place
        if (!page.more) return { found, place }
      }
    }
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ session: `s${n}`, before: n }))

    test('are none at first', async () => {
      expect(await opened.store.list(null)).toEqual({ revocations: [], place: null, more: false })
    })

    test('are listed in their order, even after a restart', async () => {
      const added = [
        { session: 'a', before: START },
        { session: 'b b "\'', before: ALL_TOKENS },
        { session: 'a', before: START + 5 }
      ]
      for (const each of added) await opened.store.add(each)
      expect((await all()).found).toEqual(added)
      await opened.reopen()
      expect((await all()).found).toEqual(added)
    })

    test('after a place are the later ones only, and the place stays when there are none', async () => {
      await opened.store.add({ session: 'a', before: 1 })
      const { place } = await all()
      expect(await opened.store.list(place)).toEqual({ revocations: [], place, more: false })
      await opened.store.add({ session: 'b', before: 2 })
      await opened.store.add({ session: 'c', before: 3 })
      expect((await all(place)).found.map(({ session }) => session)).toEqual(['b', 'c'])
    })

    test('come in pages', async () => {
      await opened.fill(many(REVOCATIONS_PAGE * 2 + 1), 0)
      const first = await opened.store.list(null)
      expect([first.revocations.length, first.more]).toEqual([REVOCATIONS_PAGE, true])
      expect((await all()).found).toEqual(many(REVOCATIONS_PAGE * 2 + 1))
    })

    test('are dropped by a later one once every token is older than they are', async () => {
      await opened.store.add({ session: 'old', before: 1 })
      now += REVOCATIONS_KEPT_MS
      await opened.store.add({ session: 'young', before: 2 })
      expect((await all()).found).toHaveLength(2)
      now += 1
      await opened.store.add({ session: 'youngest', before: 3 })
      expect((await all()).found.map(({ session }) => session)).toEqual(['young', 'youngest'])
    })

    test(`are never more than ${REVOCATIONS_MAX}: the oldest go first, and a reader misses no new one`, async () => {
      await opened.fill(many(REVOCATIONS_MAX), 1_000)
      const { place } = await all()
      await opened.store.add({ session: 'one more', before: 7 })
      expect((await all(place)).found).toEqual([{ session: 'one more', before: 7 }])
      const { found } = await all()
      expect([found.length, found[0]?.session, found.at(-1)?.session]).toEqual([REVOCATIONS_MAX, 's1', 'one more'])
    })
  })
}
