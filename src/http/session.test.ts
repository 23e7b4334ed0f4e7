import { describe, expect, test } from 'vitest'
import { isId, type SessionAnswer } from '../contract.ts'
import type { RevocationStore } from '../sessions/store.ts'
import { StoreUnavailable } from '../errors.ts'
import { GUEST_PAGE, OWN_PAGE, STRANGERS_PAGE, openApp, type Ask, type OpenApp } from './app.fixture.ts'

const MODERATOR = 'a moderator token of a test'
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
  test('gives a person, a token and its end', async () => {
    const door = await openApp()
    const { answer, session } = await enter(door, '  Ana   Ștefan ')
    expect(answer.status).toBe(201)
    expect(session).toEqual({
      person: { id: expect.any(String), key: expect.any(String), name: 'Ana Ștefan', moderator: false },
      token: expect.any(String),
      expiresAt: expect.any(Number)
    })
    expect(isId(session.person.id)).toBe(true)
  })

  test('a program gets no cookie', async () => {
    const { answer } = await enter(await openApp(), 'Ana')
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('a page of ours gets one that scripts and other sites can’t use', async () => {
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
    ['behind a proxy', null, { origin: 'https://192.0.2.9', host: '192.0.2.9', 'x-forwarded-proto': 'https' }],
    ['by configuration', 'https://chat.example.org', HTTPS_PAGE]
  ])('with https, known %s, the cookie is bound to host and TLS', async (_how, publicOrigin, headers) => {
    const { answer, session } = await enter(await openApp({ publicOrigin }), 'Ana', { headers })
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-taifas=/)
    expect(cookie).toContain(session.token)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie?.split('; ')).toContain(attribute)
    expect(cookie).not.toContain('Domain')
  })

  test('a second person on the same browser is another person, whatever the cookie says', async () => {
    const door = await openApp()
    const ana = await enter(door, 'Ana', { headers: OWN_PAGE })
    const bea = await enter(door, 'Bea', { headers: { ...OWN_PAGE, cookie: `taifas=${ana.session.token}` } })
    expect(bea.session.person.id).not.toBe(ana.session.person.id)
    expect(cookiesOf(bea.answer)).toEqual([`taifas=${bea.session.token}`])
  })

  test('a name that a signed-in person present has is taken, as names are compared', async () => {
    const door = await openApp()
    await door.arrive(await door.signIn('Łukasz'))
    for (const name of ['Łukasz', 'łukasz', ' ŁUKASZ ', 'Łｕkasz']) {
      const { answer, session } = await enter(door, name)
      expect(answer.status).toBe(409)
      expect(session).toEqual({ reason: 'name-taken', message: 'Somebody who is here has this name' })
    }
    expect((await enter(door, 'Lukasz')).answer.status).toBe(201)
  })

  test('what the server fills in can’t be given', async () => {
    const door = await openApp()
    const given = { name: 'Ana', id: 'x'.repeat(22), key: 'k', sid: 's', mod: true, person: { moderator: true } }
    const answer = await door.ask('POST', '/api/session', { body: given })
    const { person } = (await answer.json()) as SessionAnswer
    expect(person.id).not.toBe(given.id)
    expect(person.moderator).toBe(false)
  })
})

describe('a moderator', () => {
  test('is who knows the token', async () => {
    const { signIn } = await openApp()
    expect((await signIn('Ana', MODERATOR)).person.moderator).toBe(true)
  })

  test.each(['wrong', '', MODERATOR.slice(1), `${MODERATOR} `, MODERATOR.toUpperCase()])(
    'is nobody with %j',
    async (moderator) => {
      const { ask } = await openApp()
      const answer = await ask('POST', '/api/session', { body: { name: 'Ana', moderator } })
      expect(answer.status).toBe(403)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(await answer.json()).toEqual({ reason: 'not-allowed', message: 'Not allowed' })
    }
  )

  test('is nobody where there is no token', async () => {
    const { ask } = await openApp({ moderatorToken: null })
    for (const [place, moderator] of ['', 'null', MODERATOR].entries()) {
      const answer = await ask('POST', '/api/session', { body: { name: 'Ana', moderator }, from: `192.0.2.${place}` })
      expect(answer.status).toBe(403)
    }
  })
})

describe('going on', () => {
  test('with a token: another name, the same person, not hindered by the own presence', async () => {
    const door = await openApp()
    const first = await door.signIn('Ana', MODERATOR)
    await door.arrive(first)
    const { answer, session } = await enter(door, 'ANA', { token: first.token })
    expect(answer.status).toBe(201)
    expect(session.person).toEqual({ ...first.person, name: 'ANA' })
    await door.arrive(await door.signIn('Bea'))
    expect((await enter(door, 'Bea', { token: session.token })).answer.status).toBe(409)
  })

  test('a token that is none does not make somebody new', async () => {
    const door = await openApp()
    const { answer, session } = await enter(door, 'Ana', { token: 'forged' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(session).toEqual({ reason: 'sign-in', message: 'Sign in first' })
  })

  test('is renewed by token or by cookie', async () => {
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

  test('a tab that is somebody else leaves the cookie alone', async () => {
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

  test('a bad token is not made good by the cookie', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    const answer = await ask('GET', '/api/session', {
      token: 'forged',
      headers: { ...OWN_PAGE, cookie: `taifas=${token}` }
    })
    expect(answer.status).toBe(401)
  })

  test.each([
    ['nobody', {}],
    ['a stranger’s page with the cookie', { ...STRANGERS_PAGE, cookie: true }],
    ['a guest’s page with the cookie', { ...GUEST_PAGE, cookie: true }],
    ['another site’s link with the cookie', { 'sec-fetch-site': 'cross-site', cookie: true }],
    ['a neighbouring subdomain with the cookie', { 'sec-fetch-site': 'same-site', cookie: true }]
  ])('%s is not signed in', async (_who, { cookie, ...headers }: Record<string, string | boolean>) => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    const sent = { ...headers, ...(cookie && { cookie: `taifas=${token}` }) } as Record<string, string>
    const answer = await ask('GET', '/api/session', { headers: sent })
    expect([401, 403]).toContain(answer.status)
    expect(await answer.text()).not.toContain('Ana')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('a guest’s page is nobody even with a token', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    expect((await ask('GET', '/api/session', { token, headers: GUEST_PAGE })).status).toBe(401)
  })
})

describe('guessing the moderator token', () => {
  const guess = ({ ask }: Pick<OpenApp, 'ask'>, moderator: string, from?: string) =>
    ask('POST', '/api/session', { body: { name: 'Ana', moderator }, ...(from !== undefined && { from }) })

  test('is refused for longer each time, is logged and counted, and ends with the right one in its time', async () => {
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
    expect((await guess(app, MODERATOR)).status).toBe(201)
    const counted = (result: string) => app.attempts.filter((each) => each === result).length
    expect([counted('wrong'), counted('too-fast'), counted('ok')]).toEqual([5, 56, 2])
    const lines = app.lines.filter((line) => line.includes('moderator token'))
    expect(lines).toHaveLength(5)
    expect(lines.join()).toContain('192.0.2.1')
    expect(lines.join()).not.toContain(MODERATOR)
  })
})

describe('a new name', () => {
  test('voids the tokens with the former one, however they were renewed', async () => {
    const door = await openApp()
    const first = await door.signIn('Ana')
    const renewed = (await (await door.ask('GET', '/api/session', { token: first.token })).json()) as SessionAnswer
    const { session } = await enter(door, 'Anna', { token: first.token })
    for (const { token } of [first, renewed])
      for (const answer of [
        await door.ask('GET', '/api/session', { token }),
        await door.ask('POST', '/api/rooms', { token, body: { title: 'A room' } }),
        await door.ask('DELETE', '/api/session', { token })
      ])
        expect(answer.status).toBe(401)
    expect((await door.ask('GET', '/api/session', { token: session.token })).status).toBe(200)
    const again = await enter(door, 'Anna', { token: session.token })
    expect((await door.ask('GET', '/api/session', { token: session.token })).status).toBe(200)
    expect(again.answer.status).toBe(201)
  })

  test('is not taken while it can’t be stored that the former one is void', async () => {
    const door = await openApp({ revocationStore: unavailableStore })
    const { token } = await door.signIn('Ana')
    const { answer, session } = await enter(door, 'Anna', { token })
    expect(answer.status).toBe(503)
    expect(session).toEqual({ reason: 'unavailable', message: expect.any(String) })
    expect((await door.ask('GET', '/api/session', { token })).status).toBe(200)
  })
})

describe('signing out', () => {
  test('voids every token of the session, and only of that one', async () => {
    const { ask, signIn } = await openApp()
    const [first, other] = [await signIn('Ana'), await signIn('Ana')]
    const renewed = (await (await ask('GET', '/api/session', { token: first.token })).json()) as SessionAnswer
    expect((await ask('DELETE', '/api/session', { token: first.token })).status).toBe(204)
    for (const { token } of [first, renewed]) {
      expect((await ask('GET', '/api/session', { token })).status).toBe(401)
      expect((await ask('POST', '/api/session', { token, body: { name: 'Bea' } })).status).toBe(401)
      expect((await ask('POST', '/api/rooms', { token, body: { title: 'A room' } })).status).toBe(401)
    }
    expect((await ask('GET', '/api/session', { token: other.token })).status).toBe(200)
  })

  test('can be repeated', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    for (let time = 0; time < 2; time += 1) expect((await ask('DELETE', '/api/session', { token })).status).toBe(204)
  })

  test('that can’t be stored is not confirmed, but ends the session here and takes the cookie back', async () => {
    const { ask, signIn } = await openApp({ revocationStore: unavailableStore })
    const { token } = await signIn('Ana')
    const answer = await ask('DELETE', '/api/session', { headers: { ...OWN_PAGE, cookie: `taifas=${token}` } })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(cookiesOf(answer)).toEqual(['taifas='])
    expect((await ask('GET', '/api/session', { token })).status).toBe(401)
    expect((await ask('DELETE', '/api/session', { token })).status).toBe(503)
  })

  test('is told to the whole chat, with the session', async () => {
    const { ask, chat, signIn } = await openApp()
    const heard: unknown[] = []
    chat.onAnnounce((announcement) => heard.push(announcement))
    const { person, token } = await signIn('Ana')
    const answer = await ask('DELETE', '/api/session', { token })
    expect(answer.status).toBe(204)
    expect(heard).toEqual([{ kind: 'signed-out', person: person.id, session: expect.any(String) }])
  })

  test('takes the person’s own cookie back', async () => {
    const { ask, signIn } = await openApp()
    const { token } = await signIn('Ana')
    const headers = { ...OWN_PAGE, cookie: `taifas=${token}` }
    for (const more of [{ headers }, { headers, token }]) {
      const [cookie] = (await ask('DELETE', '/api/session', more)).headers.getSetCookie()
      expect(cookie).toMatch(/^taifas=; .*Max-Age=0/)
    }
  })

  test('needs somebody to be signed in', async () => {
    const { ask } = await openApp()
    const answer = await ask('DELETE', '/api/session')
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ reason: 'sign-in', message: 'Sign in first' })
  })
})

test.each([
  ['a stranger’s page', STRANGERS_PAGE],
  ['a guest’s page', GUEST_PAGE],
  ['a page without a name', { origin: 'null' }],
  ['another site without Origin', { 'sec-fetch-site': 'cross-site' }]
])('%s changes nothing here', async (_who, headers: Record<string, string>) => {
  const { ask, chat, signIn } = await openApp()
  const heard: unknown[] = []
  chat.onAnnounce((announcement) => heard.push(announcement))
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
  expect(heard).toEqual([])
})

test('signing in costs the address', async () => {
  const { ask } = await openApp()
  const statuses: number[] = []
  for (let i = 0; i < 605; i++) statuses.push((await ask('GET', '/api/session')).status)
  expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  const answer = await ask('POST', '/api/session', { body: { name: 'Ana' } })
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toEqual({ reason: 'too-fast', message: 'Too fast, try again shortly' })
})

test('no token is in any line of the log', async () => {
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
