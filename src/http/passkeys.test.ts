// Passkeys over HTTP, with an authenticator in software.
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON
} from '@simplewebauthn/server'
import { describe, expect, test } from 'vitest'
import { createAuthenticator } from '../accounts/authenticator.fixture.ts'
import type { SessionAnswer } from '../contract.ts'
import type { PasskeySummary } from '../contract/accounts.ts'
import { StoreUnavailable } from '../errors.ts'
import { FOREVER } from '../people/account-store.ts'
import { openApp, OWN_PAGE, UNKNOWN_PAGE, type Ask } from './app.fixture.ts'

const HERE = { origin: OWN_PAGE.origin }
const EXPIRED_AFTER_MS = 3 * 60_000

async function openPasskeys(options: Parameters<typeof openApp>[0] = {}) {
  const app = await openApp(options)
  const authenticator = createAuthenticator()
  const ana = await app.signIn('Ana')
  const post = (path: string, body?: unknown, more: Ask = {}) =>
    app.ask('POST', path, { headers: OWN_PAGE, ...(body !== undefined && { body }), ...more })
  const mine = (token = ana.token) => ({ headers: OWN_PAGE, token })
  async function json<T>(answer: Promise<Response>): Promise<T> {
    const got = await answer
    expect(got.ok).toBe(true)
    return (await got.json()) as T
  }
  const addOptions = (token?: string) =>
    json<PublicKeyCredentialCreationOptionsJSON>(post('/api/passkeys/options', {}, mine(token)))
  const usedOptions = () => json<PublicKeyCredentialRequestOptionsJSON>(post('/api/session/passkey/options', {}))
  return {
    ...app,
    ana,
    authenticator,
    post,
    mine,
    addOptions,
    usedOptions,
    add: (response: unknown, more: Ask = {}) =>
      post('/api/passkeys', { response, name: 'My phone' }, { ...mine(), ...more }),
    use: (response: unknown, more: Ask = {}) => post('/api/session/passkey', { response }, more),
    /** Ana has one passkey. */
    async withPasskey() {
      await json(this.add(authenticator.create(await addOptions(), HERE)))
      return this
    },
    list: async (token?: string) =>
      (await json<{ passkeys: PasskeySummary[] }>(app.ask('GET', '/api/passkeys', mine(token)))).passkeys
  }
}
const failure = async (answer: Promise<Response>) => {
  const { status, ...rest } = await answer.then(async (got) => ({
    status: got.status,
    ...((await got.json()) as { detail?: string; reason: string })
  }))
  return [status, rest.detail ?? rest.reason]
}

test('a person keeps the name for good with a passkey, and signs in with it on another device as the same person', async () => {
  const app = await (await openPasskeys()).withPasskey()
  expect(await app.list()).toEqual([
    { id: app.authenticator.id, name: 'My phone', createdAt: app.clock.now(), usedAt: null }
  ])
  await app.clock.advance(60_000)
  const answer = await app.use(app.authenticator.get(await app.usedOptions(), HERE))
  expect(answer.status).toBe(201)
  const there = (await answer.json()) as SessionAnswer
  expect(there.person).toEqual({ ...app.ana.person, role: 'member' })
  expect(answer.headers.getSetCookie()[0]).toContain(there.token)
  expect(await app.list(there.token)).toMatchObject([{ usedAt: app.clock.now() }])
  expect((await (await app.ask('GET', '/api/devices', app.mine())).json()) as object).toMatchObject({
    devices: [expect.anything(), expect.anything()]
  })
  // Signing out leaves the name.
  expect((await app.ask('DELETE', '/api/session', app.mine())).status).toBe(204)
  expect((await app.ask('POST', '/api/session', { body: { name: 'Ana' } })).status).toBe(409)
  expect(await app.registry.nameOf(app.ana.person.id)).toBe('Ana')
  expect(FOREVER).toBeGreaterThan(Date.UTC(9_000, 0))
})

test('passkeys are named and removed, the last one only when that is meant', async () => {
  const app = await (await openPasskeys()).withPasskey()
  const other = createAuthenticator()
  await app.add(other.create(await app.addOptions(), HERE))
  const path = `/api/passkeys/${other.id}`
  expect((await app.ask('PATCH', path, { ...app.mine(), body: { name: '  Laptop \n of Ana' } })).status).toBe(204)
  expect((await app.list()).map(({ name }) => name)).toEqual(['My phone', 'Laptop of Ana'])
  const remove = (id: string, query = '') => app.ask('DELETE', `/api/passkeys/${id}${query}`, app.mine())
  expect((await remove(other.id)).status).toBe(204)
  expect(await failure(remove(other.id))).toEqual([403, 'passkey-unknown'])
  expect(await failure(remove(app.authenticator.id))).toEqual([403, 'last-passkey'])
  expect((await remove(app.authenticator.id, '?last=true')).status).toBe(204)
  expect(await failure(app.use(app.authenticator.get(await app.usedOptions(), HERE)))).toEqual([403, 'passkey-unknown'])
  // As before the first one.
  expect((await app.ask('DELETE', '/api/session', app.mine())).status).toBe(204)
  expect((await app.ask('POST', '/api/session', { body: { name: 'Ana' } })).status).toBe(201)
})

describe('a passkey is not added', () => {
  test('without a session, twice, late, by another person, or for another address', async () => {
    const app = await openPasskeys()
    const { authenticator, addOptions, add } = app
    expect(await failure(app.post('/api/passkeys/options', {}))).toEqual([401, 'sign-in'])
    expect(await failure(app.post('/api/passkeys/options', {}, { token: app.ana.token, headers: {} }))).toEqual([
      403,
      'no-passkeys-here'
    ])
    const numbers = { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000', 'sec-fetch-site': 'same-origin' }
    const atNumbers = app.post('/api/passkeys/options', {}, { token: app.ana.token, headers: numbers })
    expect(await failure(atNumbers)).toEqual([403, 'no-passkeys-here'])
    for (const origin of ['https://localhost:3000', 'http://localhost:3001', 'https://evil.example'])
      expect(await failure(add(authenticator.create(await addOptions(), { origin, host: 'localhost' })))).toEqual([
        403,
        'passkey-refused'
      ])
    const elsewhere = authenticator.create(await addOptions(), { ...HERE, host: 'evil.example' })
    expect(await failure(add(elsewhere))).toEqual([403, 'passkey-refused'])
    // What Ana may do in a row is used up.
    await app.clock.advance(10_000)
    const { token } = await app.signIn('Bo')
    const created = authenticator.create(await addOptions(), HERE)
    expect(await failure(add(created, { token }))).toEqual([410, 'expired'])
    // It has taken the challenge.
    expect(await failure(add(created))).toEqual([410, 'expired'])
    const late = authenticator.create(await addOptions(), HERE)
    await app.clock.advance(EXPIRED_AFTER_MS)
    expect(await failure(add(late))).toEqual([410, 'expired'])
    const signedIn = authenticator.get(await app.usedOptions(), HERE)
    for (const body of [{}, { response: {} }, { response: signedIn }, { response: 'x'.repeat(100) }])
      expect((await app.post('/api/passkeys', body, app.mine())).status).toBe(400)
    expect(await app.list()).toEqual([])
    expect((await add(authenticator.create(await addOptions(), HERE))).status).toBe(201)
  })

  test('while the store is away, at no step', async () => {
    const away = { put: false, take: false, read: false, replace: false }
    const app = await openPasskeys({
      failing: (store) =>
        new Proxy(store, {
          get: (target, name: keyof typeof away) =>
            away[name] ? () => Promise.reject(new StoreUnavailable('test')) : target[name]
        })
    })
    for (const step of ['put', 'take', 'read', 'replace'] as const) {
      const created = app.authenticator.create(await app.addOptions(), HERE)
      away[step] = true
      const answer = step === 'put' ? app.post('/api/passkeys/options', {}, app.mine()) : app.add(created)
      expect(await failure(answer)).toEqual([503, 'unavailable'])
      away[step] = false
      expect(await app.list()).toEqual([])
    }
    const { authenticator } = await app.withPasskey()
    away.replace = true
    expect(await failure(app.use(authenticator.get(await app.usedOptions(), HERE)))).toEqual([503, 'unavailable'])
  })
})

test('nobody signs in with a response that was used, is late, is for another address, of a copy, or of another person', async () => {
  const app = await (await openPasskeys()).withPasskey()
  const { authenticator, usedOptions, use } = app
  const used = authenticator.get(await usedOptions(), HERE)
  expect((await use(used)).status).toBe(201)
  expect(await failure(use(used))).toEqual([410, 'expired'])
  const late = authenticator.get(await usedOptions(), HERE)
  await app.clock.advance(EXPIRED_AFTER_MS)
  expect(await failure(use(late))).toEqual([410, 'expired'])
  const made = authenticator.get({ challenge: 'bWFkZSB1cA' }, HERE)
  expect(await failure(use(made))).toEqual([410, 'expired'])
  const forAdding = authenticator.get(await app.addOptions(), HERE)
  expect(await failure(use(forAdding))).toEqual([410, 'expired'])
  for (const at of [{ origin: 'https://evil.example' }, { ...HERE, host: 'evil.example' }])
    expect(await failure(use(authenticator.get(await usedOptions(), at)))).toEqual([403, 'passkey-refused'])
  const forged = authenticator.get(await usedOptions(), HERE)
  forged.response.signature = createAuthenticator().get(await usedOptions(), HERE).response.signature
  expect(await failure(use(forged))).toEqual([403, 'passkey-refused'])
  authenticator.setCounter(0)
  expect(await failure(use(authenticator.get(await usedOptions(), HERE)))).toEqual([403, 'passkey-refused'])
  authenticator.setCounter(100)
  // Another deployment's, and Ana's passkey that names Bo.
  const foreign = createAuthenticator()
  foreign.setUserHandle(app.ana.person.id)
  expect(await failure(use(foreign.get(await usedOptions(), HERE)))).toEqual([403, 'passkey-unknown'])
  for (const handle of [(await app.signIn('Bo')).person.id, '', '../x']) {
    authenticator.setUserHandle(handle)
    expect(await failure(use(authenticator.get(await usedOptions(), HERE)))).toEqual([403, 'passkey-unknown'])
  }
  expect((await use(used, { headers: UNKNOWN_PAGE })).status).toBe(403)
})

test('somebody who is banned does not come in with a passkey or a link', async () => {
  const app = await (await openPasskeys()).withPasskey()
  const link = (await (await app.post('/api/devices/link', {}, app.mine())).json()) as { token: string }
  const until = app.clock.now() + 60_000
  await app.standings.change(app.ana.person.id, (before) => ({ ...before, bannedUntil: until }))
  expect(await failure(app.use(app.authenticator.get(await app.usedOptions(), HERE)))).toEqual([403, 'banned'])
  expect(await failure(app.post('/api/session/link', { token: link.token }))).toEqual([403, 'banned'])
})

test('ceremonies are limited', async () => {
  const { post } = await openPasskeys()
  const statuses: number[] = []
  for (let n = 0; n < 120; n += 1) statuses.push((await post('/api/session/passkey/options', {})).status)
  expect(statuses[0]).toBe(200)
  expect(statuses.at(-1)).toBe(429)
})
