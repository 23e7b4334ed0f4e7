import { expect, test } from 'vitest'
import { leasesIn, watched } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { createPeople } from '../presence/presence.ts'
import { presenceTiming } from '../presence/timing.ts'
import { LOBBY } from '../contract.ts'
import type { PresenceStore } from '../presence/store.ts'
import { createPresenceMemory } from '../presence/store.ts'
import { StoreUnavailable } from '../errors.ts'
import { GUEST_PAGE, openApp, outcome, OWN_PAGE, UNKNOWN_PAGE } from './app.fixture.ts'

async function open() {
  const app = await openApp()
  const [ana, bea] = [await app.signIn('Ana'), await app.signIn('Bea')]
  await app.ask('POST', '/api/rooms', { token: ana.token, body: { title: 'Books' } })
  await app.arrive(ana)
  await app.arrive(ana, 'books')
  await app.arrive(bea, 'books')
  return { ...app, ana, bea }
}

const two = { count: 2, about: false, regions: { waw: 2 } }
const one = { count: 1, about: false, regions: { waw: 1 } }

test('counts by region are public, each person once', async () => {
  const { ask } = await open()
  for (const headers of [{}, OWN_PAGE, GUEST_PAGE, UNKNOWN_PAGE] as Record<string, string>[]) {
    const answer = await ask('GET', '/api/presence', { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=2')
    expect(await answer.json()).toEqual({ everywhere: two, lobby: one, stale: false })
  }
})

/** Of several processes: one without a bus is alone, and nobody reads its lease. */
const bus = { ...noBus }

test('the answer does not wait for the store, and is marked as stale until the store has answered', async () => {
  const memory = createPresenceMemory()
  const gate = { opens: Promise.resolve() }
  const renew: PresenceStore['renew'] = (...lease) => gate.opens.then(() => memory.renew(...lease))
  const presenceStore = { ...memory, renew }
  const { ask, clock, people } = await openApp({ presenceStore })
  const elsewhere = { instance: 'two', boot: 'boot', region: 'ord' }
  const others = createPeople({ ...elsewhere, store: memory, bus, clock, onChange() {} })
  await others.arrive(LOBBY, { key: 'ana', name: 'Ana', guest: false, region: 'ord' }, 'a connection')
  const read = async () => (await ask('GET', '/api/presence')).json()
  const nobody = { count: 0, about: false, regions: {} }
  const ana = { count: 1, about: false, regions: { ord: 1 } }

  // Without clients nothing was read since the start.
  await clock.advance(presenceTiming.renewMs)
  const { promise, resolve } = Promise.withResolvers<undefined>()
  gate.opens = promise
  const fromEarlier = { everywhere: nobody, lobby: nobody, stale: true }
  expect(await read()).toEqual(fromEarlier)
  expect(await read()).toEqual(fromEarlier)
  resolve(undefined)
  await people.refresh()
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: false })

  await clock.advance(presenceTiming.renewMs)
  gate.opens = Promise.reject(new StoreUnavailable('gone'))
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: true })
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: true })
  await others.close()
})

test('an instance without clients does not believe a store that comes back empty that nobody is anywhere', async () => {
  const clock = standingClock()
  const memory = createPresenceMemory(clock.now)
  // Like a full store: leases can be read, and expire.
  const [store, others] = [watched(memory, clock), watched(memory, clock)]
  const { ask, people } = await openApp({ presenceStore: store, clock })
  const elsewhere = createPeople({
    instance: 'two',
    boot: 'boot',
    region: 'ord',
    store: others,
    bus,
    clock,
    onChange() {}
  })
  await elsewhere.arrive(LOBBY, { key: 'ana', name: 'Ana', guest: false, region: 'ord' }, 'a connection')
  /** The answer after memory has been refreshed. */
  async function read() {
    await ask('GET', '/api/presence')
    await people.refresh()
    return (await ask('GET', '/api/presence')).json()
  }
  const ana = { count: 1, about: false, regions: { ord: 1 } }

  await clock.advance(presenceTiming.renewMs)
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: false })
  for (const one of [store, others]) one.unavailable = true
  await clock.advance(2 * presenceTiming.leaseMs)
  expect(await leasesIn(memory)).toEqual([])
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: true })
  await clock.advance(presenceTiming.leaseMs)
  expect(await read()).toMatchObject({ stale: true })
  // Nor when the store answers again, before the others have written.
  store.unavailable = false
  await clock.advance(presenceTiming.retryMs)
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: true })
  others.unavailable = false
  await clock.advance(presenceTiming.renewMs)
  expect(await read()).toEqual({ everywhere: ana, lobby: ana, stale: false })
  await elsewhere.close()
})

test('an empty room and an unknown room get the same answer', async () => {
  const { ask, ana } = await open()
  const answer = await ask('GET', '/api/presence?room=nowhere', { token: ana.token })
  expect(await answer.json()).toEqual({ count: 0, about: false, regions: {} })
})

test.each([
  ['nobody', {}],
  ['a forger', { token: 'forged' }],
  ['a guest’s page', { headers: GUEST_PAGE, token: true }],
  ['a page of an unknown origin', { headers: UNKNOWN_PAGE, token: true }]
])(
  '%s gets nothing about a room',
  async (_who, { token, ...more }: { token?: string | boolean; headers?: Record<string, string> }) => {
    const { ask, bea } = await open()
    const given = token === true ? bea.token : token
    const answer = await ask('GET', '/api/presence?room=books', { ...more, ...(given && { token: given }) })
    expect(await outcome(answer)).toEqual([401, { reason: 'sign-in', message: 'Sign in first' }])
  }
)

test.each(['', 'No such', '__proto__', '../lobby', 'a'.repeat(65)])('%j is not a room id', async (room) => {
  const { ask, ana } = await open()
  const answer = await ask('GET', `/api/presence?room=${encodeURIComponent(room)}`, { token: ana.token })
  expect(await outcome(answer)).toEqual([400, { reason: 'bad-request', message: 'room must be a room id' }])
})
