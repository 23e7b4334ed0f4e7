import { expect, onTestFinished, test } from 'vitest'
import { newId } from '../contract.ts'
import { StoreUnavailable } from '../errors.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { createRegistry } from './registry.ts'
import { openSqlitePeople } from './sqlite.ts'
import { NAME_LASTS_MS, SEEN_EVERY_MS, type PeopleStore } from './store.ts'

/** A registry on a real store; the clock moves when a test sets `now`, and the store fails while `down` is set. */
async function open() {
  const state = { now: Date.UTC(2026, 0, 1), down: false, claims: 0, errors: 0 }
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit: 100, now: () => state.now })
  onTestFinished(() => log.close())
  const store = openSqlitePeople(file)
  const claiming: PeopleStore['claim'] = (claim) => {
    state.claims += 1
    return state.down ? Promise.reject(new StoreUnavailable('test')) : store.claim(claim)
  }
  const registry = createRegistry({
    store: { ...store, claim: claiming },
    people: { named: () => undefined },
    clock: { now: () => state.now },
    onError: () => (state.errors += 1)
  })
  const signIn = async (name: string) => {
    const id = await registry.signIn({ name, moderator: false })
    return { id, key: id, name, moderator: false }
  }
  const isTaken = (name: string) =>
    signIn(name).then(
      ({ id }) => registry.leave(id).then(() => false),
      (cause: unknown) => (cause as { reason: string }).reason === 'name-taken'
    )
  return { state, registry, store, signIn, isTaken }
}

test('a session that is used daily keeps its name for good, and costs one store call a day', async () => {
  const { state, registry, signIn, isTaken } = await open()
  const ana = await signIn('Ana')
  state.claims = 0
  for (let hour = 0; hour < 24 * 40; hour += 1) {
    registry.seen(ana)
    await new Promise<void>((done) => setImmediate(done))
    state.now += 60 * 60_000
  }
  expect(state.claims).toBe(40)
  expect(await isTaken('Ana')).toBe(true)
  state.now += NAME_LASTS_MS - SEEN_EVERY_MS
  expect(await isTaken('Ana')).toBe(false)
})

test('a person of an earlier build, whose look-alike has taken the name, owns it once it is free', async () => {
  const { state, registry, store, signIn, isTaken } = await open()
  const other = await signIn('Ana')
  const ana = { id: newId(), key: 'k', name: 'ANA', moderator: false }
  registry.seen(ana)
  await registry.leave(other.id)
  expect(await store.person(ana.id)).toBeNull()
  state.now += SEEN_EVERY_MS
  registry.seen(ana)
  expect(await isTaken('Ana')).toBe(true)
  expect(await store.person(ana.id)).toMatchObject({ name: 'ANA' })
})

test('a use that could not be stored is stored at the next one', async () => {
  const { state, registry, store, isTaken } = await open()
  const ana = { id: newId(), key: 'k', name: 'Ana', moderator: false }
  state.down = true
  registry.seen(ana)
  state.down = false
  expect(await isTaken('Bo')).toBe(false)
  expect([state.errors, await store.person(ana.id)]).toEqual([1, null])
  registry.seen(ana)
  expect(await isTaken('Ana')).toBe(true)
})
