// The contract of every store of accounts, as tests against the real store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FOREVER, type AccountStore } from './account-store.ts'
import { NAME_LASTS_MS, type PeopleStore } from './store.ts'

export interface OpenAccounts {
  /** The same store as two instances open it; an embedded one has one instance. */
  readonly stores: readonly [AccountStore, AccountStore]
  readonly people: PeopleStore
  /** Moves the clock of what is remembered between two steps past this time. */
  pass(ms: number): Promise<unknown>
  close(): Promise<void>
}

const START = Date.UTC(2026, 0, 1)

export function accountsContract(name: string, open: (now: () => number) => Promise<OpenAccounts>): void {
  describe(`accounts in ${name}`, () => {
    let opened: OpenAccounts
    let now: number
    beforeEach(async () => {
      now = START
      opened = await open(() => now)
      await claim('ana')
      await claim('bo')
    })
    afterEach(() => opened.close())

    const store = () => opened.stores[0]
    const claim = (id: string, form = id) =>
      opened.people.claim({ id, name: form, forms: [form], forMs: NAME_LASTS_MS })
    const [one, two] = ['{"passkeys":[1]}', '{"passkeys":[1,2]}']
    const from = (subject: string) => JSON.stringify({ passkeys: [], subject })

    test('keep the name for good, and for 30 days after the account', async () => {
      expect(await store().replace({ person: 'ana', before: null, after: one })).toBe('done')
      expect(await store().read('ana')).toBe(one)
      expect(await opened.people.person('ana')).toMatchObject({ expiresAt: FOREVER })
      now += 2 * NAME_LASTS_MS
      expect(await claim('bo', 'ana')).toBeNull()
      // A sign-out leaves the person.
      expect(await opened.people.remove('ana')).toBe(false)
      expect(await claim('ana')).toBe('ana')
      expect(await opened.people.person('ana')).toMatchObject({ expiresAt: FOREVER })
      expect(await store().replace({ person: 'ana', before: one, after: null })).toBe('done')
      expect(await store().read('ana')).toBeNull()
      expect(await opened.people.person('ana')).toMatchObject({ expiresAt: now + NAME_LASTS_MS })
      expect(await opened.people.remove('ana')).toBe(true)
      expect(await claim('bo', 'ana')).toBe('bo')
    })

    test('change only as they were read, and only of people who are known', async () => {
      expect(await store().replace({ person: 'ana', before: one, after: two })).toBe('changed')
      expect(await store().replace({ person: 'nobody', before: null, after: one })).toBe('gone')
      const changes = opened.stores.map((each) => each.replace({ person: 'ana', before: null, after: one }))
      expect((await Promise.all(changes)).toSorted()).toEqual(['changed', 'done'])
      expect(await store().read('nobody')).toBeNull()
    })

    test('have a subject each, which finds its person', async () => {
      await store().replace({ person: 'ana', before: null, after: from('at home') })
      expect(await store().replace({ person: 'bo', before: null, after: from('at home') })).toBe('taken')
      expect([await store().bySubject('at home'), await store().read('bo')]).toEqual(['ana', null])
      await store().replace({ person: 'ana', before: from('at home'), after: from('at work') })
      expect([await store().bySubject('at home'), await store().bySubject('at work')]).toEqual([null, 'ana'])
      await store().replace({ person: 'ana', before: from('at work'), after: null })
      expect(await store().replace({ person: 'bo', before: null, after: from('at work') })).toBe('done')
    })

    test('remember a value between two steps, which one of many takes once, in time', async () => {
      await store().put('key', 'value "', 1_000)
      const taken = await Promise.all([...opened.stores, ...opened.stores].map((each) => each.take('key')))
      expect(taken.filter((value) => value !== null)).toEqual(['value "'])
      await store().put('late', 'value', 50)
      await opened.pass(51)
      expect([await store().take('late'), await store().take('unknown')]).toEqual([null, null])
    })
  })
}
