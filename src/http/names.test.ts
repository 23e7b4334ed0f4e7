// Who may take a name, as clients see it: sign-in, rename, renewal and sign-out on a real store.
import { describe, expect, test } from 'vitest'
import { newId, type SessionAnswer } from '../contract.ts'
import { UNUSED_NAME_LASTS_MS } from '../people/store.ts'
import { openApp, outcome, type Ask, type OpenApp } from './app.fixture.ts'

const MODERATOR = 'a moderator token of a test'

const signIn = async ({ ask }: Pick<OpenApp, 'ask'>, name: string, fields: object = {}, more: Ask = {}) =>
  outcome(await ask('POST', '/api/session', { body: { name, ...fields }, ...more }))
const renew = async ({ ask }: Pick<OpenApp, 'ask'>, { token }: SessionAnswer) =>
  (await (await ask('GET', '/api/session', { token })).json()) as SessionAnswer
const statusOf = async (...given: Parameters<typeof signIn>) => (await signIn(...given))[0]
const personOf = async (...given: Parameters<typeof signIn>) => ((await signIn(...given))[1] as SessionAnswer).person

describe('a name', () => {
  test('stays with the person who is away, and a look-alike is refused with a name that is free', async () => {
    const app = await openApp()
    await renew(app, await app.signIn('Ian'))
    await app.signIn('Ian 2')
    for (const name of ['Ian', 'IAN', 'Iаn', ' i a n '])
      expect(await signIn(app, name)).toEqual([
        409,
        {
          reason: 'name-taken',
          message: 'Somebody has this name, or one that looks like it',
          suggestion: expect.stringMatching(/^(Ian|IAN|Iаn|i a n) \d+$/)
        }
      ])
    const [, { suggestion }] = (await signIn(app, 'Ian 2')) as [number, { suggestion: string }]
    expect(suggestion).toMatch(/^Ian \d+$/)
    expect(await statusOf(app, suggestion)).toBe(201)
    expect(await statusOf(app, 'Iana')).toBe(201)
  })

  test('of the greatest length has a suggestion of that length', async () => {
    const app = await openApp()
    await app.signIn('x'.repeat(200))
    const [, { suggestion }] = (await signIn(app, 'x'.repeat(200))) as [number, { suggestion: string }]
    expect(await statusOf(app, suggestion)).toBe(201)
  })

  test('whose session was never used is free after ten minutes', async () => {
    const app = await openApp()
    await app.signIn('Ana')
    await app.clock.advance(UNUSED_NAME_LASTS_MS - 1)
    expect(await statusOf(app, 'Ana')).toBe(409)
    await app.clock.advance(1)
    expect(await statusOf(app, 'Ana')).toBe(201)
  })

  test('is free once the person has signed out', async () => {
    const app = await openApp()
    const ana = await app.signIn('Ana')
    await renew(app, ana)
    await app.ask('DELETE', '/api/session', { token: ana.token })
    expect(await statusOf(app, 'Ana')).toBe(201)
  })
})

describe('a new name', () => {
  test('frees the former one in the same step, and a refused one changes nothing', async () => {
    const app = await openApp()
    const [ana, bo] = [await app.signIn('Ana'), await app.signIn('Bo')]
    expect(await signIn(app, 'B0', {}, { token: ana.token })).toMatchObject([409, { suggestion: 'B0 2' }])
    expect(await statusOf(app, 'Ana')).toBe(409)
    expect(await personOf(app, 'Anna', {}, { token: ana.token })).toMatchObject({ id: ana.person.id, name: 'Anna' })
    expect(await personOf(app, 'Ana', {}, { token: bo.token })).toMatchObject({ id: bo.person.id, name: 'Ana' })
    expect(await statusOf(app, 'Bo')).toBe(201)
  })

  test('that was claimed while its revocation could not be stored is given back at the next use of the session', async () => {
    const unavailable = () => Promise.reject(new Error('test'))
    const app = await openApp({ revocationStore: { add: unavailable, list: unavailable } })
    const ana = await app.signIn('Ana')
    expect(await statusOf(app, 'Anna', {}, { token: ana.token })).toBe(500)
    await renew(app, ana)
    expect([await statusOf(app, 'Ana'), await statusOf(app, 'Anna')]).toEqual([409, 201])
  })
})

describe('the secret of a sign-in', () => {
  test('finds the person again whose answer was lost, or whose session has ended; another one does not', async () => {
    const app = await openApp()
    const secret = newId()
    const echo = await personOf(app, 'Echo', { secret })
    await app.arrive({ person: echo, token: '', expiresAt: 0 })
    expect(await personOf(app, 'echo', { secret })).toMatchObject({ id: echo.id, name: 'echo' })
    for (const fields of [{}, { secret: newId() }]) expect(await statusOf(app, 'Echo', fields)).toBe(409)
    expect((await personOf(app, 'Other', { secret })).id).not.toBe(echo.id)
  })

  test('can be brought later, with the session', async () => {
    const app = await openApp()
    const { person, token } = await app.signIn('Echo')
    const secret = newId()
    expect(await statusOf(app, 'Echo', { secret }, { token })).toBe(201)
    expect(await personOf(app, 'Echo', { secret })).toEqual(person)
  })

  test.each(['', 'guessable', 'x'.repeat(23), 7])('is 128 bits, so %j is refused', async (secret) => {
    expect(await statusOf(await openApp(), 'Echo', { secret })).toBe(400)
  })
})

describe('somebody who was signed in by an earlier build', () => {
  /** As if another build had signed the person in: no store knows the person. */
  async function signedInEarlier(app: OpenApp, name: string) {
    const answer = await app.signIn(name)
    await app.registry.leave(answer.person.id)
    return answer
  }

  test('keeps the id, and owns the name from the first use of the session on', async () => {
    const app = await openApp()
    const ana = await signedInEarlier(app, 'Ana')
    expect((await renew(app, ana)).person).toEqual(ana.person)
    expect(await statusOf(app, 'Ana')).toBe(409)
  })

  test('whose look-alike has taken the name meanwhile stays signed in under it', async () => {
    const app = await openApp()
    const ana = await signedInEarlier(app, 'Ana')
    const other = await app.signIn('Ana')
    await renew(app, other)
    expect((await renew(app, ana)).person).toEqual(ana.person)
    expect(await personOf(app, 'Ana', {}, { token: ana.token })).toEqual(ana.person)
    expect(await statusOf(app, 'Ana', {}, { token: other.token })).toBe(201)
  })

  test('and is present keeps others from the name', async () => {
    const app = await openApp()
    await app.arrive(await signedInEarlier(app, 'Ana'))
    expect(await statusOf(app, 'Ana')).toBe(409)
    expect(await statusOf(app, 'Ana', { secret: newId() })).toBe(409)
  })
})

describe('a role in a name', () => {
  test('is refused, with a reason for old pages and one for new ones', async () => {
    const app = await openApp()
    const { token } = await app.signIn('Ian')
    for (const more of [{}, { token }])
      expect(await signIn(app, 'Ian (moderator)', {}, more)).toEqual([
        400,
        {
          reason: 'name-bad',
          detail: 'name-reserved',
          message: 'Words that stand for a role, like moderator, are for those who have it'
        }
      ])
  })

  test('is allowed to a moderator, and stays after the role has ended', async () => {
    const app = await openApp()
    const { token, person } = await app.signIn('Moderator', MODERATOR)
    expect(person.moderator).toBe(true)
    expect(await statusOf(app, 'Ian (mod)', {}, { token })).toBe(201)
  })
})

test('new names are limited by address, and another address has its own', async () => {
  const app = await openApp()
  let claimed = 0
  // Slower than the limit on requests, for an hour.
  for (let n = 0; n < 720; n += 1) {
    if ((await statusOf(app, `Newcomer ${n}`)) === 201) claimed += 1
    await app.clock.advance(5_000)
  }
  // 600 at once, and 600 in a day.
  expect(claimed).toBe(600 + Math.floor((600 / 24) * (719 / 720)))
  expect(await statusOf(app, 'Late')).toBe(429)
  expect(await statusOf(app, 'Late', {}, { from: '198.51.100.7' })).toBe(201)
})
