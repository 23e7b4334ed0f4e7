import { afterEach, expect, test, vi } from 'vitest'
import type { SessionAnswer } from '../../src/contract.ts'
import { openSession } from './session.ts'
import { renewDaily, requestSession } from './session-client.ts'
import { memoryStorage } from './storage.ts'

const DAY_MS = 86_400_000

afterEach(() => vi.useRealTimers())

/** A server whose sessions last 30 days from each renewal. It refuses tokens whose time is over. */
function openServer() {
  const person = { id: 'ana', key: 'k', name: 'Ana', moderator: false }
  const state = { renewals: 0, answer: null as SessionAnswer | null }
  const fetch = async (_path: unknown, init: RequestInit = {}) => {
    const { answer } = state
    if (init.method === 'GET' && !(answer && answer.expiresAt > Date.now()))
      return Response.json({ reason: 'sign-in' }, { status: 401 })
    if (init.method === 'GET') state.renewals += 1
    state.answer = { person, token: `token ${state.renewals}`, expiresAt: Date.now() + 30 * DAY_MS }
    return Response.json(state.answer)
  }
  return { state, fetch: fetch as typeof globalThis.fetch }
}

test('a session that is used now and then is renewed when less than half of its life is left, and never ends', async () => {
  vi.useFakeTimers()
  const { state, fetch } = openServer()
  const session = openSession({ storage: memoryStorage(), browser: memoryStorage(), fetch })
  await session.signIn('Ana')
  for (let day = 0; day <= 90; day += 10) {
    expect(await session.token()).toBe(state.answer?.token)
    expect(state.answer?.expiresAt).toBeGreaterThan(Date.now())
    vi.setSystemTime(Date.now() + 10 * DAY_MS)
  }
  expect(state.renewals).toBe(4)
})

test('a page that stays connected for weeks renews its session without a handshake', async () => {
  vi.useFakeTimers()
  const { state, fetch } = openServer()
  const session = openSession({ storage: memoryStorage(), browser: memoryStorage(), fetch })
  await session.signIn('Ana')
  const stop = renewDaily(session.token)
  await vi.advanceTimersByTimeAsync(100 * DAY_MS)
  expect(state.renewals).toBe(6)
  stop()
  await vi.advanceTimersByTimeAsync(20 * DAY_MS)
  expect(state.renewals).toBe(6)
})

test('without the server, a new tab is the person who signed in last in this browser, until they sign out; its token comes with the cookie', async () => {
  const { fetch } = openServer()
  const browser = memoryStorage()
  let isAway = false
  const tab = () =>
    openSession({
      storage: memoryStorage(),
      browser,
      fetch: (...request) => (isAway ? Promise.reject(new Error('no network')) : fetch(...request))
    })
  await tab().signIn('Ana')
  isAway = true
  const cold = tab()
  await cold.begin()
  expect([cold.person.value?.name, await cold.token()]).toEqual(['Ana', null])
  isAway = false
  expect(await cold.token()).toMatch(/^token/)
  isAway = true
  await cold.signOut()
  const next = tab()
  await next.begin()
  expect(next.person.value).toBeNull()
})

test.each([
  ['invite', true],
  ['open', false],
  [undefined, false]
])('whether new people need an invitation is what the server says: %s', async (access, inviteOnly) => {
  const headers = access === undefined ? {} : { 'taifas-access': access }
  const fetch = () => Promise.resolve(Response.json(null, { headers }))
  const session = openSession({ storage: memoryStorage(), browser: memoryStorage(), fetch })
  await session.begin()
  expect(session.inviteOnly.value).toBe(inviteOnly)
})

test.each([
  [{ reason: 'name-bad', detail: 'name-reserved' }, { reason: 'name-reserved' }],
  [{ reason: 'name-bad', detail: 'of a newer server' }, { reason: 'name-bad' }],
  [
    { reason: 'name-taken', suggestion: 'Ana 2' },
    { reason: 'name-taken', suggestion: 'Ana 2' }
  ]
])('a refusal %j is shown as %j', async (body, shown) => {
  const fetch = () => Promise.resolve(Response.json(body, { status: 400 }))
  expect(await requestSession(fetch, 'POST')).toMatchObject({ ok: false, ...shown })
})
