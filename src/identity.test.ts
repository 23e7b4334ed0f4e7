import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { UnsecuredJWT, decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { isId, newId, type Role } from './contract.ts'
import { SESSION_DAYS, createIdentity, keyOf, type Session } from './identity.ts'
import { REVOCATIONS_KEPT_MS } from './sessions/store.ts'

const SECRET = 'a secret of a test that is long enough'
const DAY_MS = 86_400_000
const MODERATOR = 'a moderator token of a test'

function identityAt({
  moderatorToken = MODERATOR,
  secret = SECRET
}: { moderatorToken?: string | null; secret?: string } = {}) {
  const time = { now: start }
  const revoked = new Map<string, number>()
  const isRevoked = async ({ id, issuedAt }: Session) => issuedAt < (revoked.get(id) ?? 0)
  return { time, revoked, ...createIdentity({ secret, now: () => time.now, moderatorToken, isRevoked }) }
}

/** A token signed as ours are, with any header and claims. */
function forge(header: object, claims: object, secret = SECRET, hash = 'sha256') {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

const start = Date.UTC(2026, 0, 1)
const header = { alg: 'HS256' }
const claims = { sub: newId(), sid: 'x', name: 'Ana', aud: 'taifas', exp: start / 1_000 + 60 }

test('a token contains the person and the session', async () => {
  const { issue, read } = identityAt()
  const { person, token, expiresAt } = await issue('Ana')
  expect(isId(person.id)).toBe(true)
  expect(JSON.parse(JSON.stringify(person))).toEqual({
    id: person.id,
    key: keyOf(person.id),
    name: 'Ana',
    moderator: false,
    role: 'visitor'
  })
  expect(expiresAt).toBe(start + 30 * DAY_MS)
  expect(await read(token)).toEqual({
    id: expect.any(String),
    person,
    hasModeratorToken: false,
    issuedAt: start,
    startedAt: start,
    expiresAt
  })
})

test('every new person has a new id and a new session', async () => {
  const { issue, read } = identityAt()
  const [one, two] = [await issue('Ana'), await issue('Ana')]
  expect(one.person.id).not.toBe(two.person.id)
  expect((await read(one.token))?.id).not.toBe((await read(two.token))?.id)
})

test('a renewal changes name and expiry, and keeps person, session and role', async () => {
  const { issue, read, time } = identityAt()
  const first = await issue('Ana', { moderator: true })
  const session = await read(first.token)
  expect(session).not.toBeNull()
  time.now += DAY_MS
  const second = await issue('Anna', { session: session! })
  expect(second.person).toEqual({ ...first.person, name: 'Anna' })
  expect(second.expiresAt).toBe(first.expiresAt + DAY_MS)
  expect(await read(second.token)).toEqual({
    id: session!.id,
    person: second.person,
    hasModeratorToken: true,
    issuedAt: start + DAY_MS,
    startedAt: start,
    expiresAt: second.expiresAt
  })
})

test('a token lasts 30 days and no longer', async () => {
  const { issue, read, time } = identityAt()
  const { token } = await issue('Ana')
  time.now += 30 * DAY_MS - 1_000
  expect(await read(token)).not.toBeNull()
  time.now += 1_000
  expect(await read(token)).toBeNull()
})

describe('a session', () => {
  async function renewedFor(days: number, { issue, verify, time }: ReturnType<typeof identityAt>) {
    let answer = await issue('Ana')
    for (let day = 0; day < days; day += 20) {
      const session = await verify(answer.token)
      if (!session) return null
      answer = await issue('Ana', { session })
      time.now += 20 * DAY_MS
    }
    return answer
  }

  test('ends a year after its sign-in, however often it is renewed', async () => {
    const identity = identityAt()
    const answer = await renewedFor(360, identity)
    expect(answer?.expiresAt).toBe(start + 365 * DAY_MS)
    expect(await identity.read(answer?.token ?? '')).not.toBeNull()
    identity.time.now = start + 365 * DAY_MS - 1_000
    expect(await identity.read(answer?.token ?? '')).not.toBeNull()
    identity.time.now += 1_000
    expect(await identity.read(answer?.token ?? '')).toBeNull()
  })

  test('of the previous build is accepted: it was issued 30 days before its expiry', async () => {
    const { read, issue } = identityAt()
    const session = await read(forge(header, { ...claims, mod: true }))
    const issuedAt = start + 60_000 - SESSION_DAYS * DAY_MS
    expect(session).toMatchObject({ issuedAt, startedAt: issuedAt, expiresAt: start + 60_000 })
    const renewed = await read((await issue('Ana', { session: session! })).token)
    expect(renewed).toMatchObject({ id: 'x', issuedAt, startedAt: issuedAt })
  })

  test('that was revoked stays revoked, whether it was renewed before, meanwhile or later', async () => {
    const { issue, read, verify, revoked, time } = identityAt()
    const first = await issue('Ana')
    const session = (await read(first.token))!
    const meanwhile = [await issue('Ana', { session })]
    const renamed = await issue('Anna', { session })
    revoked.set(session.id, (await verify(renamed.token))!.issuedAt)
    meanwhile.push(await issue('Ana', { session }))
    time.now += 60_000
    meanwhile.push(await issue('Ana', { session }))
    for (const { token } of [first, ...meanwhile]) expect(await read(token)).toBeNull()
    expect((await read(renamed.token))?.person.name).toBe('Anna')
    revoked.set(session.id, Number.MAX_SAFE_INTEGER)
    expect(await read(renamed.token)).toBeNull()
    expect(await verify(renamed.token)).not.toBeNull()
  })

  test('that is renamed twice in a millisecond, or by an instance with a slow clock, has a later time each time', async () => {
    const { issue, verify, time } = identityAt()
    const session = (await verify((await issue('Ana')).token))!
    time.now -= 60_000
    const names = await Promise.all(['Bea', 'Cea', 'Dea'].map((name) => issue(name, { session })))
    const times = (await Promise.all(names.map(({ token }) => verify(token)))).map((each) => each?.issuedAt)
    expect(times).toEqual([start + 1, start + 2, start + 3])
  })
})

test('the role is the stored one whenever it is read, and no token keeps it', async () => {
  const stored = new Map<string, Role>()
  const identity = createIdentity({ secret: SECRET, now: () => start, roleOf: (id) => stored.get(id) ?? 'visitor' })
  const { person, token } = await identity.issue('Ana')
  const session = await identity.read(token)
  const seen = () => [
    session?.person.role,
    session?.person.moderator,
    (JSON.parse(JSON.stringify(session?.person)) as { role: Role }).role
  ]
  expect(seen()).toEqual(['visitor', false, 'visitor'])
  for (const role of ['owner', 'moderator', 'member'] as const) {
    stored.set(person.id, role)
    expect(seen()).toEqual([role, role !== 'member', role])
  }
  stored.set(person.id, 'owner')
  const renewed = await identity.issue('Ana', { session: session! })
  stored.clear()
  expect((await identity.read(renewed.token))?.person).toMatchObject({ role: 'visitor', moderator: false })
})

describe('a moderator', () => {
  test('keeps the role while the moderator token is unchanged', async () => {
    const { token, person } = await identityAt().issue('Ana', { moderator: true })
    expect(person.moderator).toBe(true)
    const role = async (moderatorToken: string | null) =>
      (await identityAt({ moderatorToken }).read(token))?.person.moderator
    expect(await role(MODERATOR)).toBe(true)
    expect(await role('another moderator token')).toBe(false)
    expect(await role(null)).toBe(false)
  })

  test('is nobody whose token only claims it, and a lost role stays lost', async () => {
    const { read } = identityAt()
    for (const role of [undefined, '', 'moderator', MODERATOR])
      expect((await read(forge(header, { ...claims, mod: true, role })))?.person.moderator).toBe(false)
    const changed = identityAt({ moderatorToken: 'another moderator token' })
    const session = await changed.read((await identityAt().issue('Ana', { moderator: true })).token)
    const renewed = await changed.issue('Ana', { session: session! })
    expect(renewed.person.moderator).toBe(false)
    expect((await read(renewed.token))?.person.moderator).toBe(false)
  })

  test('is one for the previous build too, whose claims are still written', async () => {
    const payload = async (moderator: boolean) => decodeJwt((await identityAt().issue('Ana', { moderator })).token)
    expect(await payload(true)).toMatchObject({ mod: true, aud: 'taifas', name: 'Ana', sid: expect.any(String) })
    expect(await payload(false)).toMatchObject({ mod: false })
    expect(JSON.stringify(await payload(true))).not.toContain(MODERATOR)
  })
})

test('revocations are stored for longer than any token is valid', () => {
  expect(REVOCATIONS_KEPT_MS).toBeGreaterThan(SESSION_DAYS * DAY_MS)
})

test('a key has 64 bits and does not reveal the id', () => {
  expect(Buffer.from(keyOf('a'), 'base64url')).toHaveLength(8)
  expect(keyOf('a')).not.toBe(keyOf('b'))
})

describe('no session has', () => {
  test('a token with any byte changed', async () => {
    const { issue, read } = identityAt()
    const { token } = await issue('Ana')
    for (let place = 0; place < token.length; place++) {
      const was = token[place]
      // The last letter carries four bits, so the change must be in its upper ones.
      const changed = token.slice(0, place) + (was === '.' ? '_' : was === 'A' ? 'w' : 'A') + token.slice(place + 1)
      const bytes = (text: string) => text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
      expect(bytes(changed)).not.toEqual(bytes(token))
      expect(await read(changed)).toBeNull()
    }
  })

  test('a forger', async () => {
    const { read } = identityAt()
    expect(await read(forge(header, claims))).not.toBeNull()
    expect(await read(forge(header, claims, 'another secret that is long enough'))).toBeNull()
    expect(await read(forge({ alg: 'HS512' }, claims, SECRET, 'sha512'))).toBeNull()
    expect(await read(new UnsecuredJWT(claims).encode())).toBeNull()
    expect(await read(`${forge({ alg: 'none' }, claims).split('.', 2).join('.')}.`)).toBeNull()
  })

  test.each([
    ['for somebody else', { ...claims, aud: 'other' }],
    ['for nobody', { ...claims, aud: undefined }],
    ['without an end', { ...claims, exp: undefined }],
    ['of the past', { ...claims, exp: start / 1_000 - 1 }],
    ['not valid yet', { ...claims, nbf: start / 1_000 + 60 }],
    ['with an id of another grammar', { ...claims, sub: 'ana' }],
    ['without an id', { ...claims, sub: undefined }],
    ['without a session', { ...claims, sid: undefined }],
    ['without a name', { ...claims, name: undefined }],
    ['with a name that is none', { ...claims, name: { toString: 'Ana' } }],
    ['with a role that is none', { ...claims, role: true }],
    ['with a time that is none', { ...claims, since: 'now' }],
    ['with a start that is none', { ...claims, start: 0.5 }],
    ['of a session that began a year ago', { ...claims, start: start - 365 * DAY_MS }]
  ])('a token %s', async (_what, wrong) => {
    const { read } = identityAt()
    expect(await read(forge(header, wrong))).toBeNull()
  })

  test('anything else, and reading it never throws', async () => {
    const { read } = identityAt()
    await fc.assert(
      fc.asyncProperty(fc.string(), async (junk) => {
        expect(await read(junk)).toBeNull()
      })
    )
    expect(await read('..')).toBeNull()
    expect(await read('a'.repeat(100_000))).toBeNull()
  })
})
