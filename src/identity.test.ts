import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { isId, newId } from './contract.ts'
import { createIdentity, keyOf } from './identity.ts'

const SECRET = 'a secret of a test that is long enough'
const DAY_MS = 86_400_000

function identityAt(start = Date.UTC(2026, 0, 1), secret = SECRET) {
  const time = { now: start }
  return { time, ...createIdentity({ secret, now: () => time.now }) }
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

test('a token says who somebody is', async () => {
  const { issue, read } = identityAt()
  const { person, token, expiresAt } = await issue('Ana')
  expect(isId(person.id)).toBe(true)
  expect(person).toEqual({ id: person.id, key: keyOf(person.id), name: 'Ana', moderator: false })
  expect(expiresAt).toBe(start + 30 * DAY_MS)
  expect(await read(token)).toEqual({ id: expect.any(String), person })
})

test('every new person has another id and another session', async () => {
  const { issue, read } = identityAt()
  const [one, two] = [await issue('Ana'), await issue('Ana')]
  expect(one.person.id).not.toBe(two.person.id)
  expect((await read(one.token))?.id).not.toBe((await read(two.token))?.id)
})

test('a new name, a later end: the person, the session and the moderator stay', async () => {
  const { issue, read, time } = identityAt()
  const first = await issue('Ana', { moderator: true })
  const session = await read(first.token)
  expect(session).not.toBeNull()
  time.now += DAY_MS
  const second = await issue('Anna', { session: session! })
  expect(second.person).toEqual({ ...first.person, name: 'Anna' })
  expect(second.expiresAt).toBe(first.expiresAt + DAY_MS)
  expect(await read(second.token)).toEqual({ id: session!.id, person: second.person })
})

test('a token lasts 30 days and no longer', async () => {
  const { issue, read, time } = identityAt()
  const { token } = await issue('Ana')
  time.now += 30 * DAY_MS - 1_000
  expect(await read(token)).not.toBeNull()
  time.now += 1_000
  expect(await read(token)).toBeNull()
})

test('a key is 64 bits of the id and does not tell it', () => {
  expect(Buffer.from(keyOf('a'), 'base64url')).toHaveLength(8)
  expect(keyOf('a')).not.toBe(keyOf('b'))
})

describe('nobody is', () => {
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
    ['with a right that is none', { ...claims, mod: 'yes' }]
  ])('a token %s', async (_what, wrong) => {
    const { read } = identityAt()
    expect(await read(forge(header, wrong))).toBeNull()
  })

  test('whoever brings something else, and reading it never throws', async () => {
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
