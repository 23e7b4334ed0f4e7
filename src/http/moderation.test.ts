import { newSuffix } from '../../infra/testing/new-suffix.ts'
import { describe, expect, test } from 'vitest'
import { LOBBY, MODERATION_PAGE, newId, type AuditEntry, type Page, type Report } from '../contract.ts'
import { StoreUnavailable } from '../errors.ts'
import { openApp, outcome, type OpenApp } from './app.fixture.ts'

const HOUR_MS = 3_600_000
type Body = Record<string, unknown>

async function open() {
  const app: OpenApp = await openApp()
  const [mo, ana] = [await app.signIn('Mo', 'a moderator token of a test'), await app.signIn('Ana')]
  const path = `/api/moderation/people/${ana.person.id}`
  const send = (token: string, body: Body = { text: 'hello' }) =>
    app.ask('POST', `/api/rooms/${LOBBY}/messages`, { token, body })
  return {
    ...app,
    mo,
    ana,
    send,
    as: (token: string) => (method: string, where: string, body?: Body) =>
      app.ask(method, where, { token, ...(body && { body }) }),
    restrict: (how: string, body: Body, person = ana.person.id, token = mo.token) =>
      app.ask('PUT', `/api/moderation/people/${person}/${how}`, { token, body }),
    end: (how: string) => app.ask('DELETE', `${path}/${how}`, { token: mo.token }),
    audit: async (query = '') =>
      (await (await app.ask('GET', `/api/moderation/audit${query}`, { token: mo.token })).json()) as {
        entries: AuditEntry[]
        next?: number
      },
    lobby: async () =>
      ((await (await app.ask('GET', `/api/rooms/${LOBBY}/messages`, { token: mo.token })).json()) as Page).messages
  }
}

describe('a mute', () => {
  test('refuses what the person writes until it ends, says why, and leaves reading and removing', async () => {
    const { ana, mo, ask, clock, restrict, send, end, standings, signIn } = await open()
    const sent = (await (await send(ana.token)).json()) as { id: string }
    expect((await restrict('mute', { lastsMs: HOUR_MS, reason: ' Too\nloud ' })).status).toBe(200)
    const refused = await send(ana.token)
    expect([refused.headers.get('retry-after'), await outcome(refused)]).toEqual([
      '3600',
      [
        403,
        { reason: 'not-allowed', detail: 'muted', message: 'You are muted and can’t write for now', why: 'Too loud' }
      ]
    ])
    expect((await send(mo.token)).status).toBe(201)
    const session = await (await ask('GET', '/api/session', { token: ana.token })).json()
    expect(session).toMatchObject({ person: { muted: { forMs: HOUR_MS, why: 'Too loud' } } })
    const removal = await ask('DELETE', `/api/rooms/${LOBBY}/messages/${sent.id}`, { token: ana.token })
    expect(removal.status).toBe(204)
    await clock.advance(HOUR_MS)
    expect((await send(ana.token)).status).toBe(201)
    const room = await ask('POST', '/api/rooms/private', { token: ana.token, body: { title: 'Attic' } })
    const { id } = (await room.json()) as { id: string }
    await restrict('mute', { lastsMs: HOUR_MS, reason: '' })
    const invitation = { uses: 1, lastsMs: HOUR_MS, room: id }
    expect((await ask('POST', '/api/invitations', { token: ana.token, body: invitation })).status).toBe(403)
    await clock.advance(HOUR_MS)
    // Another mute removes what is left of the one that is over.
    const bea = await signIn('Bea')
    await restrict('mute', { lastsMs: HOUR_MS, reason: '' }, bea.person.id)
    expect([...standings.all().keys()]).toEqual([bea.person.id])
    await restrict('mute', { lastsMs: HOUR_MS, reason: '' })
    await end('mute')
    expect((await send(ana.token)).status).toBe(201)
  })

  test('is for those whose role is lower, and has a time and a short reason', async () => {
    const { ana, mo, restrict, signIn, standings } = await open()
    const other = await signIn('Otto', 'a moderator token of a test')
    await standings.raise(other.person.id, 'moderator')
    const terms = { lastsMs: HOUR_MS, reason: '' }
    const statuses = [
      await restrict('mute', terms, mo.person.id),
      await restrict('mute', terms, other.person.id),
      await restrict('mute', terms, mo.person.id, ana.token),
      await restrict('mute', { ...terms, reason: 'x'.repeat(301) }),
      await restrict('mute', { ...terms, lastsMs: 1 }),
      await restrict('mute', { lastsMs: HOUR_MS })
    ].map(({ status }) => status)
    expect(statuses).toEqual([403, 403, 403, 400, 400, 400])
    await standings.raise(mo.person.id, 'owner')
    expect((await restrict('mute', terms, other.person.id)).status).toBe(200)
  })
})

test('while the store is away nobody is muted or banned, and nothing is half done', async () => {
  const { ana, audit, restrict, send, tableStore } = await open()
  const { put } = tableStore
  tableStore.put = () => Promise.reject(new StoreUnavailable('away'))
  const terms = { id: newId(), lastsMs: HOUR_MS, reason: 'Loud' }
  expect([(await restrict('mute', terms)).status, (await restrict('ban', terms)).status]).toEqual([503, 503])
  expect([(await send(ana.token)).status, (await audit()).entries]).toEqual([201, []])
  tableStore.put = put
  expect((await restrict('mute', terms)).status).toBe(200)
  expect([(await send(ana.token)).status, (await audit()).entries.length]).toEqual([403, 1])
})

describe('a ban', () => {
  test('refuses every session of the person, also a new one, erases the last day, and outlives a sign-out', async () => {
    const { ana, mo, ask, clock, messageLog, restrict, send, lobby, end } = await open()
    const { id: author, name } = ana.person
    const longAgo = { at: clock.now() - 24 * HOUR_MS - 1, by: { id: author, name }, text: 'long ago' }
    await messageLog.append({ room: LOBBY, id: newId(), kind: 'sent', ...longAgo })
    for (let n = 0; n < 5; n += 1) await send(ana.token, { text: `spam ${n}` })
    await send(mo.token, { text: 'not spam' })
    const attic = await ask('POST', '/api/rooms/private', { token: ana.token, body: { title: 'Attic' } })
    const { id: hidden } = (await attic.json()) as { id: string }
    await ask('POST', `/api/rooms/${hidden}/messages`, { token: ana.token, body: { text: 'spam' } })
    // The room goes on without her.
    const members = `/api/rooms/${hidden}/members`
    await ask('POST', members, { token: ana.token, body: { person: mo.person.id } })
    expect((await ask('DELETE', `${members}/${author}`, { token: ana.token })).ok).toBe(true)
    const id = newId()
    const banned = await restrict('ban', { id, lastsMs: 48 * HOUR_MS, reason: 'Spam', erase: true })
    expect(await outcome(banned)).toEqual([200, { erased: 6 }])
    expect((await lobby()).map(({ text }) => text)).toEqual(['long ago', 'not spam'])
    expect((await messageLog.before(hidden, null, 9, { removed: false })).messages).toEqual([])
    const refusal = { reason: 'sign-in', detail: 'banned', message: 'You are banned from this chat', why: 'Spam' }
    const refused = await ask('GET', '/api/session', { token: ana.token })
    expect([refused.headers.get('retry-after'), await outcome(refused)]).toEqual([`${48 * 3600}`, [403, refusal]])
    expect(await outcome(await send(ana.token))).toEqual([403, refusal])
    expect((await ask('DELETE', '/api/session', { token: ana.token })).status).toBe(204)
    const again = { name: 'Ana', secret: newId() }
    expect((await ask('POST', '/api/session', { body: again })).status).toBe(201)
    expect(await outcome(await restrict('ban', { id, reason: 'Spam' }))).toEqual([200, { erased: 0 }])
    const listed = await (await ask('GET', '/api/moderation/people', { token: mo.token })).json()
    expect(listed).toMatchObject({ people: [{ id: ana.person.id, reason: 'Spam' }] })
    await end('ban')
    expect(await (await ask('GET', '/api/moderation/people', { token: mo.token })).json()).toEqual({ people: [] })
  })

  test('includes the address if the moderator says so: nobody new and no guest comes in from there', async () => {
    const { ana, ask, restrict, end, standings } = await open()
    const from = '203.0.113.9'
    const comesIn = async () => [
      (await ask('POST', '/api/session', { from, body: { name: `New ${newSuffix()}` } })).status,
      (await ask('POST', '/api/messages', { from, body: { username: 'Guest', content: 'hello' } })).status
    ]
    expect(await comesIn()).toEqual([201, 201])
    await restrict('ban', { reason: '', address: true })
    // Of the address nothing is known until the person comes from it.
    expect((await ask('GET', '/api/session', { from, token: ana.token })).status).toBe(403)
    await expect.poll(comesIn).toEqual([403, 403])
    expect(JSON.stringify([...standings.all()])).not.toContain(from)
    expect((await ask('POST', '/api/session', { from: '203.0.113.10', body: { name: 'Bea' } })).status).toBe(201)
    await end('ban')
    expect(await comesIn()).toEqual([201, 201])
  })
})

describe('reports and the audit log', () => {
  test('a message is reported once per person, listed for moderators without its text, and resolved', async () => {
    const { ana, mo, as, audit, send, signIn } = await open()
    const { id, seq } = (await (await send(ana.token, { text: 'a rude thing' })).json()) as { id: string; seq: number }
    const bea = await signIn('Bea')
    const report = (token: string, message = id, reason = 'Rude') =>
      as(token)('POST', `/api/moderation/reports/${LOBBY}/${message}`, { reason })
    expect([(await report(bea.token)).status, (await report(bea.token, id, 'Twice')).status]).toEqual([201, 201])
    expect((await report(mo.token, id, 'Indeed')).status).toBe(201)
    expect((await report(bea.token, newId())).status).toBe(404)
    expect((await as(bea.token)('GET', '/api/moderation/reports')).status).toBe(403)
    const list = async () =>
      ((await (await as(mo.token)('GET', '/api/moderation/reports')).json()) as { reports: Report[] }).reports
    const [first, second] = await list()
    expect([first?.reason, second]).toMatchObject([
      'Indeed',
      { room: LOBBY, message: id, seq, author: { name: 'Ana' }, by: { name: 'Bea' }, reason: 'Rude' }
    ])
    expect(JSON.stringify(await list())).not.toContain('rude thing')
    const resolve = () => as(mo.token)('DELETE', `/api/moderation/reports/${second?.id}?reason=Talked`)
    expect([(await resolve()).status, (await resolve()).status]).toEqual([200, 200])
    expect(await list()).toHaveLength(1)
    const { entries } = await audit()
    expect(entries).toMatchObject([
      { n: 1, what: 'resolve', by: { name: 'Mo' }, whom: { name: 'Ana' }, reason: 'Talked' }
    ])
  })

  test('every action of a moderator is in the log once, however often it is repeated, and the log has pages', async () => {
    const { ana, mo, as, audit, clock, restrict, send, standings } = await open()
    const { id, seq } = (await (await send(ana.token)).json()) as { id: string; seq: number }
    await as(mo.token)('DELETE', `/api/rooms/${LOBBY}/messages/${id}`)
    const terms = { id: newId(), lastsMs: HOUR_MS, reason: 'Loud' }
    await Promise.all([restrict('mute', terms), restrict('mute', terms)])
    await as(mo.token)('PATCH', `/api/rooms/${LOBBY}`, { topic: 'Peace' })
    await standings.raise(mo.person.id, 'owner')
    await as(mo.token)('PUT', `/api/roles/${ana.person.id}`, { role: 'member' })
    const { entries } = await audit()
    expect(entries.map(({ what, whom, reason, seq: of }) => [what, whom?.name, reason, of])).toEqual([
      ['give-role', 'Ana', 'member', undefined],
      ['change-room', undefined, 'Lobby', undefined],
      ['mute', 'Ana', 'Loud', undefined],
      ['remove', 'Ana', undefined, seq]
    ])
    for (let n = 1; n <= MODERATION_PAGE; n += 1) {
      await clock.advance(1_000)
      await restrict('mute', { ...terms, id: newId(), lastsMs: HOUR_MS + n })
    }
    const { next } = await audit()
    expect((await audit(`?before=${next}`)).entries.map(({ n }) => n)).toEqual([4, 3, 2, 1])
    expect((await as(mo.token)('GET', '/api/moderation/audit?before=x')).status).toBe(400)
  })
})
