// Signing in with the account of an OpenID provider: a real one on loopback.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createOidc, type OidcConfig } from '../accounts/oidc.ts'
import { CLIENT, startProvider } from '../../infra/testing/openid-provider.ts'
import type { SessionAnswer } from '../contract.ts'
import type { InvitedAnswer } from '../contract/accounts.ts'
import type { AccountStore } from '../people/account-store.ts'
import { StoreUnavailable } from '../errors.ts'
import { openApp, OWN_PAGE, UNKNOWN_PAGE } from './app.fixture.ts'

const CALLBACK = `${OWN_PAGE.origin}/api/session/oidc/callback`
/** What a browser sends with a link of another site. */
const FROM_THERE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }

let provider: Awaited<ReturnType<typeof startProvider>>
beforeAll(async () => {
  // The provider says what it must not be run without in earnest.
  for (const level of ['warn', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  provider = await startProvider(CALLBACK)
})
afterAll(() => provider.stop())

async function openWithProvider(config: Partial<OidcConfig> = {}, access?: 'invite') {
  const errors: unknown[] = []
  let stored: AccountStore | undefined
  /** The store is away for some of these. */
  const away = { put: false, take: false, replace: false }
  const whole = (): AccountStore =>
    new Proxy(stored!, {
      get: (target, name: keyof typeof away) =>
        away[name] ? () => Promise.reject(new StoreUnavailable('test')) : target[name]
    })
  const store = {
    put: (...args: Parameters<AccountStore['put']>) => whole().put(...args),
    take: (key: string) => whole().take(key)
  }
  const oidc = createOidc({
    config: { issuer: provider.issuer, name: 'Club', ...CLIENT, ...config },
    redirectUri: CALLBACK,
    store,
    onError: (cause) => void errors.push(cause)
  })
  const app = await openApp({ oidc, failing: (store) => ((stored = store), whole()), ...(access && { access }) })
  /** @returns the address at the provider, and the cookie that the browser keeps */
  async function begin(token?: string, body: object = {}) {
    const answer = await app.ask('POST', '/api/session/oidc', {
      headers: OWN_PAGE,
      body,
      ...(token !== undefined && { token })
    })
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    return { status: answer.status, cookie, ...((await answer.json()) as { url: string; detail?: string }) }
  }
  /** @returns the address in the chat that the browser is sent to */
  async function back(to: string, cookie: string) {
    const answer = await app.ask('GET', to.slice(OWN_PAGE.origin.length), { headers: { ...FROM_THERE, cookie } })
    expect(answer.status).toBe(302)
    return answer.headers.get('location') ?? ''
  }
  async function open(location: string) {
    const token = location.split('=').at(-1) ?? ''
    const answer = await app.ask('POST', '/api/session/link', { headers: OWN_PAGE, body: { token } })
    expect([location, answer.status]).toEqual([expect.stringMatching(/^\/#provider=[\w-]{44}$/), 201])
    return (await answer.json()) as InvitedAnswer
  }
  async function signIn(login: string, token?: string, body?: object) {
    const { url, cookie } = await begin(token, body)
    return back(await provider.signIn(url, login), cookie)
  }
  return { ...app, errors, away, begin, back, open, signIn }
}

test('a person of the provider comes in under the name from there, and is the same person the next time', async () => {
  const app = await openWithProvider()
  expect(await (await app.ask('GET', '/api/session/ways', { headers: OWN_PAGE })).json()).toEqual({ oidc: 'Club' })
  const first = await app.open(await app.signIn('Ana'))
  expect(first.person).toMatchObject({ name: 'Ana', role: 'member' })
  expect((await app.ask('DELETE', '/api/session', { token: first.token })).status).toBe(204)
  const again = await app.open(await app.signIn('Ana'))
  expect(again.person).toEqual(first.person)
  // Others of that name, at the provider and here.
  expect((await app.ask('POST', '/api/session', { body: { name: 'Ana' } })).status).toBe(409)
  const other = await app.open(await app.signIn('anа'))
  expect(other.person.id).not.toBe(first.person.id)
  expect(other.person.name).toMatch(/^anа \d+$/)
  expect((await app.open(await app.signIn('moderator'))).person.name).toBe('Newcomer')
  expect(app.errors).toEqual([])
})

test('somebody who is here already adds the provider to the account, which nobody else can take', async () => {
  const app = await openWithProvider()
  await app.signIn('x')
  const bo = await app.ask('POST', '/api/session', { body: { name: 'Bo' } })
  const { token, person } = (await bo.json()) as SessionAnswer
  expect(await app.signIn('bo of the club', token)).toBe('/')
  expect((await app.open(await app.signIn('bo of the club'))).person.id).toBe(person.id)
  expect(await app.signIn('x', token)).toBe('/#failed=subject-taken')
  expect((await app.open(await app.signIn('bo of the club'))).person.id).toBe(person.id)
})

test('an answer of the provider works once, in the browser that began, in time, and unchanged', async () => {
  const app = await openWithProvider()
  const { url, cookie } = await app.begin()
  const to = await provider.signIn(url, 'Cy')
  expect(await app.back(to, '')).toBe('/#failed=expired')
  expect(await app.back(to, (await app.begin()).cookie)).toBe('/#failed=expired')
  expect(await app.back(to, cookie)).toMatch(/^\/#provider=/)
  expect(await app.back(to, cookie)).toBe('/#failed=expired')
  const late = await app.begin()
  const lateTo = await provider.signIn(late.url, 'Cy')
  await app.clock.advance(10 * 60_000)
  expect(await app.back(lateTo, late.cookie)).toBe('/#failed=expired')
  const forged = await app.begin()
  const code = /code=([\w-]+)/.exec(await provider.signIn(forged.url, 'Cy'))?.[1] ?? ''
  const [state] = /(?<=state=)[\w-]+/.exec(forged.url) ?? ['']
  expect(await app.back(`${CALLBACK}?code=${code}x&state=${state}&iss=${provider.issuer}`, forged.cookie)).toBe(
    '/#failed=provider-refused'
  )
  // The code of another attempt, whose verifier and nonce are others.
  const [one, two] = [await app.begin(), await app.begin()]
  const ofOne = /code=[\w-]+/.exec(await provider.signIn(one.url, 'Cy'))?.[0] ?? ''
  const [stateOfTwo] = /(?<=state=)[\w-]+/.exec(two.url) ?? ['']
  expect(await app.back(`${CALLBACK}?${ofOne}&state=${stateOfTwo}&iss=${provider.issuer}`, two.cookie)).toBe(
    '/#failed=provider-refused'
  )
  const other = await app.begin()
  const mixedUp = (await provider.signIn(other.url, 'Cy')).replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example')
  expect(await app.back(mixedUp, other.cookie)).toBe('/#failed=provider-refused')
  const no = await app.begin()
  const [stateOfNo] = /(?<=state=)[\w-]+/.exec(no.url) ?? ['']
  const denied = `${CALLBACK}?error=access_denied&state=${stateOfNo}&iss=${encodeURIComponent(provider.issuer)}`
  expect(await app.back(denied, no.cookie)).toBe('/#failed=provider-refused')
})

test('without the provider the page says so, with an invitation needed nobody new comes in, and other pages begin nothing', async () => {
  const away = await openWithProvider({ issuer: 'http://127.0.0.1:9' })
  expect(await away.begin()).toMatchObject({ status: 503, detail: 'provider-unavailable' })
  expect(away.errors).toHaveLength(1)
  const invited = await openWithProvider({}, 'invite')
  expect(await invited.signIn('Dee')).toBe('/#failed=invite-only')
  const page = await invited.ask('POST', '/api/session/oidc', { headers: UNKNOWN_PAGE })
  expect([page.status, page.headers.getSetCookie()]).toEqual([403, []])
  const wrongSecret = await openWithProvider({ clientSecret: 'guessed' })
  expect(await wrongSecret.signIn('Dee')).toBe('/#failed=provider-refused')
  expect(wrongSecret.errors).toHaveLength(1)
})

test('an invitation is carried to the provider and back, counts once, and is used before there is an account', async () => {
  const app = await openWithProvider({}, 'invite')
  const olga = await app.ask('POST', '/api/session', { body: { name: 'Olga', owner: await app.ownerLink.offer() } })
  const { token } = (await olga.json()) as SessionAnswer
  const made = await app.ask('POST', '/api/rooms/private', { token, body: { title: 'Attic' } })
  const { id: room } = (await made.json()) as { id: string }
  const terms = { uses: 1, lastsMs: 60_000, room }
  const { code } = (await (await app.ask('POST', '/api/invitations', { token, body: terms })).json()) as {
    code: string
  }
  const wrong = { invitation: `${code}x` }
  expect(await app.signIn('Dee', undefined, wrong)).toBe('/#failed=invitation-over')
  // Two are at the provider with the last place: the second one gets neither a session nor an account.
  const [one, two] = [
    await app.begin(undefined, { invitation: code }),
    await app.begin(undefined, { invitation: code })
  ]
  const first = await app.open(await app.back(await provider.signIn(one.url, 'Dee'), one.cookie))
  expect(first).toMatchObject({ room, person: { name: 'Dee', role: 'member' } })
  expect((await app.ask('GET', `/api/rooms/${room}/messages`, { token: first.token })).status).toBe(200)
  expect(await app.back(await provider.signIn(two.url, 'Eve'), two.cookie)).toBe('/#failed=invitation-over')
  expect(await app.signIn('Eve')).toBe('/#failed=invite-only')
  // A known person comes in, also with an invitation that is over.
  const again = await app.open(await app.signIn('Dee', undefined, wrong))
  expect([again.person.id, again.room]).toEqual([first.person.id, undefined])
})

test('while the store is away nobody comes in at any step, and nothing is left of the attempt', async () => {
  const app = await openWithProvider()
  app.away.put = true
  expect(await app.begin()).toMatchObject({ status: 503 })
  app.away.put = false
  for (const step of ['take', 'replace'] as const) {
    const { url, cookie } = await app.begin()
    const to = await provider.signIn(url, 'Fay')
    app.away[step] = true
    expect(await app.back(to, cookie)).toBe('/#failed=unavailable')
    app.away[step] = false
  }
  await app.clock.advance(10 * 60_000)
  expect((await app.open(await app.signIn('Fay'))).person.name).toBe('Fay')
})

test.each([-5, 5])('a provider whose clock differs by %i minutes is believed', async (minutes) => {
  const app = await openWithProvider()
  provider.setClock(minutes * 60_000 - Math.sign(minutes) * 1_000)
  onTestFinished(() => provider.setClock(0))
  expect((await app.open(await app.signIn('Gus'))).person.name).toBe('Gus')
})
