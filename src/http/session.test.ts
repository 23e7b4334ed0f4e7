import { describe, expect, test } from 'vitest'
import { isId, type SessionAnswer } from '../contract.ts'
import type { RevocationStore } from '../sessions/store.ts'
import { StoreUnavailable } from '../errors.ts'
import {
  GUEST_PAGE,
  openApp,
  outcome,
  OWN_PAGE,
  TRUSTED_PROXY,
  UNKNOWN_PAGE,
  type Ask,
  type OpenApp
} from './app.fixture.ts'

const MODERATOR = 'a moderator token of a test'
const PROXIED_PAGE = { origin: 'https://192.0.2.9', host: '192.0.2.9', 'x-forwarded-proto': 'https' }
const HTTPS_PAGE = { origin: 'https://chat.example.org', 'sec-fetch-site': 'same-origin' }

const unavailableStore: RevocationStore = {
  add: () => Promise.reject(new StoreUnavailable('test')),
  list: () => Promise.reject(new StoreUnavailable('test'))
}

const enter = async ({ ask }: Pick<OpenApp, 'ask'>, name: string, more: Ask = {}) => {
  const answer = await ask('POST', '/api/session', { body: { name }, ...more })
  return { answer, session: (await answer.json()) as SessionAnswer }
}
/** The cookies an answer sets, without their attributes. */
const cookiesOf = (answer: Response) => answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')

describe('signing in', () => {
  test('creates a person and returns a token with its expiry; a program gets no cookie', async () => {
    const app = await openApp()
    const { answer, session } = await enter(app, '  Ana   Ștefan ')
    expect(answer.status).toBe(201)
    expect(session).toEqual({
      person: {
        id: expect.any(String),
        key: expect.any(String),
        name: 'Ana Ștefan',
        moderator: false,
        role: 'visitor'
      },
      token: expect.any(String),
      expiresAt: expect.any(Number)
    })
    expect(isId(session.person.id)).toBe(true)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('sets a cookie for our own page that scripts and other sites can’t use', async () => {
    const { answer, session } = await enter(await openApp(), 'Ana', { headers: OWN_PAGE })
    const [cookie, ...others] = answer.headers.getSetCookie()
    expect(others).toEqual([])
    const [value, ...attributes] = (cookie ?? '').split('; ')
    expect(value).toBe(`taifas=${session.token}`)
    const age = attributes.find((attribute) => attribute.startsWith('Max-Age='))
    expect(new Set(attributes)).toEqual(new Set(['HttpOnly', age, 'Path=/', 'SameSite=Lax']))
    const days = Number(age?.split('=')[1]) / 86_400
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThanOrEqual(30)
  })

  test.each([
    ['by a trusted proxy', null, { headers: PROXIED_PAGE, from: TRUSTED_PROXY }],
    ['by configuration', 'https://chat.example.org', { headers: HTTPS_PAGE }]
  ])('over HTTPS, known %s, the cookie is bound to host and TLS', async (_how, publicOrigin, from) => {
    const { answer, session } = await enter(await openApp({ publicOrigin }), 'Ana', from)
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-taifas=/)
    expect(cookie).toContain(session.token)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie?.split('; ')).toContain(attribute)
    expect(cookie).not.toContain('Domain')
  })

  test('creates another person in the same browser, whatever the cookie says', async () => {
    const app = await openApp()
    const ana = await enter(app, 'Ana', { headers: OWN_PAGE })
    const bea = await enter(app, 'Bea', { headers: { ...OWN_PAGE, cookie: `taifas=${ana.session.token}` } })
    expect(bea.session.person.id).not.toBe(ana.session.person.id)
    expect(cookiesOf(bea.answer)).toEqual([`taifas=${bea.session.token}`])
  })

  test('ignores fields that the server fills in', async () => {
    const app = await openApp()
    const given = { name: 'Ana', id: 'x'.repeat(22), key: 'k', sid: 's', mod: true, person: { moderator: true } }
    const answer = await app.ask('POST', '/api/session', { body: given })
    const { person } = (await answer.json()) as SessionAnswer
    expect(person.id).not.toBe(given.id)
    expect(person.moderator).toBe(false)
  })
})

describe('a moderator', () => {
  test('is anyone who enters the moderator token', async () => {
    const { signIn } = await openApp()
    expect((await signIn('Ana', MODERATOR)).person.moderator).toBe(true)
  })

  test.each(['wrong', '', MODERATOR.slice(1), `${MODERATOR} `, MODERATOR.toUpperCase()])(
    'is nobody who enters %j',
    async (moderator) => {
      const { ask } = await openApp()
      const answer = await ask('POST', '/api/session', { body: { name: 'Ana', moderator } })
      expect(answer.status).toBe(403)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(await answer.json()).toEqual({ reason: 'not-allowed', message: 'Not allowed' })
    }
  )

  test('is nobody when no moderator token is configured', async () => {
    const { ask } = await openApp({ moderatorToken: null })
    for (const [place, moderator] of ['', 'null', MODERATOR].entries()) {
      const answer = await ask('POST', '/api/session', { body: { name: 'Ana', moderator }, from: `192.0.2.${place}` })
      expect(answer.status).toBe(403)
    }
  })
})

describe('renewing a session', () => {
  test('keeps the person under another name; the person’s own presence does not occupy it', async () => {
    const app = await openApp()
    const first = await app.signIn('Ana', MODERATOR)
    await app.arrive(first)
    const { answer, session } = await enter(app, 'ANA', { token: first.token })
    expect(answer.status).toBe(201)
    expect(session.person).toEqual({ ...first.person, name: 'ANA' })
    await app.arrive(await app.signIn('Bea'))
    expect((await enter(app, 'Bea', { token: session.token })).answer.status).toBe(409)
  })

  test('works with a token and with a cookie', async () => {
    const { ask, signIn } = await openApp()
    const { person, token } = await signIn('Ana')
    for (const more of [
      { token },
      { headers: { cookie: `taifas=${token}`, 'sec-fetch-site': 'same-origin' } },
      { headers: { cookie: `taifas=${token}`, ...OWN_PAGE } }
    ]) {
      const answer = await ask('GET', '/api/session', more)
      expect(answer.status).toBe(200)
      expect(((await answer.json()) as SessionAnswer).person).toEqual(person)
    }
  })

  test('in a tab of another person leaves the cookie as it is', async () => {
    const { ask, signIn } = await openApp()
    const [ana, bea] = [await signIn('Ana'), await signIn('Bea')]
    const headers = { ...OWN_PAGE, cookie: `taifas=${ana.token}` }
    for (const answer of [
      await ask('GET', '/api/session', { token: bea.token, headers }),
      await ask('POST', '/api/session', { token: bea.token, headers, body: { name: 'Bea' } }),
      await ask('DELETE', '/api/session', { token: bea.token, headers })
    ]) {
      expect(answer.ok).toBe(true)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(cookiesOf(await ask('GET', '/api/session', { token: ana.token, headers }))).toHaveLength(1)
    expect(cookiesOf(await ask('GET', '/api/session', { headers }))).toHaveLength(1)
  })

  test.each([
    ['nobody', 200, {}],
    ['a page of an unknown origin with the cookie', 403, { ...UNKNOWN_PAGE, cookie: true }],
    ['a guest’s page with the cookie', 200, { ...GUEST_PAGE, cookie: true }],
    ['a link of another site with the cookie', 403, { 'sec-fetch-site': 'cross-site', cookie: true }],
    ['another subdomain with the cookie', 403, { 'sec-fetch-site': 'same-site', cookie: true }],
    ['a guest’s page with a token', 401, { ...GUEST_PAGE, token: true }],
    [
      'our own page with an invalid token and the cookie',
      401,
      { ...OWN_PAGE, authorization: 'Bearer forged', cookie: true }
    ]
  ])(
    '%s is not signed in: %i',
    async (_, status, { cookie, token: bearer, ...headers }: Record<string, string | boolean>) => {
      const { ask, signIn } = await openApp()
      const { token } = await signIn('Ana')
      const sent = {
        ...headers,
        ...(cookie && { cookie: `taifas=${token}` }),
        ...(bearer && { authorization: `Bearer ${token}` })
      } as Record<string, string>
      const answer = await ask('GET', '/api/session', { headers: sent })
      expect(answer.status).toBe(status)
      const body = await answer.text()
      expect(body).not.toContain('Ana')
      // A new visitor is no error.
      expect(status === 200 ? body : 'null').toBe('null')
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  )
})

describe('guessing the moderator token', () => {
  const guess = ({ ask }: Pick<OpenApp, 'ask'>, moderator: string, from?: string) =>
    ask('POST', '/api/session', { body: { name: 'Ana', moderator }, ...(from !== undefined && { from }) })

  test('is delayed longer each time, logged and counted; the right token works after the delay', async () => {
    const app = await openApp()
    const statuses: number[] = []
    for (let second = 0; second < 60; second += 1) {
      statuses.push((await guess(app, 'a wrong moderator token')).status)
      await app.clock.advance(1_000)
    }
    expect(statuses.filter((status) => status === 403)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
    const refused = await guess(app, MODERATOR)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect((await guess(app, MODERATOR, '198.51.100.7')).status).toBe(201)
    await app.clock.advance(2_000)
    expect((await guess(app, MODERATOR)).status).toBe(409)
    const counted = (result: string) => app.attempts.filter((each) => each === result).length
    expect([counted('wrong'), counted('too-fast'), counted('ok')]).toEqual([5, 56, 2])
    const lines = app.lines.filter((line) => line.includes('moderator token'))
    expect(lines).toHaveLength(5)
    expect(lines.join()).toContain('192.0.2.1')
    expect(lines.join()).not.toContain(MODERATOR)
  })
})

describe('a new name', () => {
  test('revokes tokens with the former name, also renewed ones', async () => {
    const app = await openApp()
    const first = await app.signIn('Ana')
    const renewed = (await (await app.ask('GET', '/api/session', { token: first.token })).json()) as SessionAnswer
    const { session } = await enter(app, 'Anna', { token: first.token })
    for (const { token } of [first, renewed])
      for (const answer of [
        await app.ask('GET', '/api/session', { token }),
        await app.ask('POST', '/api/rooms', { token, body: { title: 'A room' } }),
        await app.ask('DELETE', '/api/session', { token })
      ])
        expect(answer.status).toBe(401)
    expect((await app.ask('GET', '/api/session', { token: session.token })).status).toBe(200)
    const again = await enter(app, 'Anna', { token: session.token })
    expect((await app.ask('GET', '/api/session', { token: session.token })).status).toBe(200)
    expect(again.answer.status).toBe(201)
  })

  test('is refused while the revocation of the former one can’t be stored', async () => {
    const app = await openApp({ revocationStore: unavailableStore })
    const { token } = await app.signIn('Ana')
    const { answer, session } = await enter(app, 'Anna', { token })
    expect(answer.status).toBe(503)
    expect(session).toEqual({ reason: 'unavailable', message: expect.any(String) })
    expect((await app.ask('GET', '/api/session', { token })).status).toBe(200)
  })
})

describe('signing out', () => {
  test('can be repeated', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    for (let time = 0; time < 2; time += 1) expect((await ask('DELETE', '/api/session', { token })).status).toBe(204)
  })

  test('that can’t be stored is not confirmed, but ends the session on this instance and deletes the cookie', async () => {
    const { ask, signIn } = await openApp({ revocationStore: unavailableStore })
    const { token } = await signIn('Ana')
    const answer = await ask('DELETE', '/api/session', { headers: { ...OWN_PAGE, cookie: `taifas=${token}` } })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(cookiesOf(answer)).toEqual(['taifas='])
    expect((await ask('GET', '/api/session', { token })).status).toBe(401)
    expect((await ask('DELETE', '/api/session', { token })).status).toBe(503)
  })

  test('deletes the person’s own cookie', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    const headers = { ...OWN_PAGE, cookie: `taifas=${token}` }
    for (const more of [{ headers }, { headers, token }]) {
      const [cookie] = (await ask('DELETE', '/api/session', more)).headers.getSetCookie()
      expect(cookie).toMatch(/^taifas=; .*Max-Age=0/)
    }
  })

  test('needs a session', async () => {
    const { ask } = await openApp()
    const answer = await ask('DELETE', '/api/session')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await outcome(answer)).toEqual([401, { reason: 'sign-in', message: 'Sign in first' }])
  })
})

test.each([
  ['a page of an unknown origin', UNKNOWN_PAGE],
  ['a guest’s page', GUEST_PAGE],
  ['a page without an origin', { origin: 'null' }],
  ['another site without Origin', { 'sec-fetch-site': 'cross-site' }]
])('%s changes nothing', async (_, headers: Record<string, string>) => {
  const { ask, chat, signIn } = await openApp()
  const announced: unknown[] = []
  chat.onAnnounce((announcement) => announced.push(announcement))
  const { token } = await signIn('Ana')
  for (const more of [{ headers: { ...headers, cookie: `taifas=${token}` } }, { headers, token }])
    for (const answer of [
      await ask('POST', '/api/session', { ...more, body: { name: 'Bea' } }),
      await ask('DELETE', '/api/session', more)
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(await answer.json()).toEqual({ reason: 'not-allowed', message: 'Not allowed' })
    }
  expect(announced).toEqual([])
})

test('sign-ins are limited by address', async () => {
  const { ask } = await openApp()
  const statuses: number[] = []
  for (let i = 0; i < 605; i++) statuses.push((await ask('GET', '/api/session')).status)
  expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  const answer = await ask('POST', '/api/session', { body: { name: 'Ana' } })
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toEqual({ reason: 'too-fast', message: 'Too fast, try again shortly' })
})

test('no line of the log contains a token', async () => {
  const { ask, lines, signIn } = await openApp({
    readiness() {
      throw new Error('a fault')
    }
  })
  const { token } = await signIn('Ana', MODERATOR)
  await ask('GET', '/health/ready', { token, headers: { cookie: `taifas=${token}` } })
  expect(lines).toHaveLength(1)
  expect(lines.join()).not.toContain(token)
  expect(lines.join()).not.toContain(MODERATOR)
})
