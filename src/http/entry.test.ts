// Who comes in: the first owner by a link, and people who were invited.
import { describe, expect, test } from 'vitest'
import type { Invitation, SessionAnswer } from '../contract.ts'
import { ACCESS_HEADER, newId } from '../contract.ts'
import { StoreUnavailable } from '../errors.ts'
import { openApp, type Ask, type OpenApp } from './app.fixture.ts'

const DAY_MS = 86_400_000
const MODERATOR = 'a moderator token of a test'

type App = Pick<OpenApp, 'ask'>
async function signIn({ ask }: App, body: object, more: Ask = {}) {
  const answer = await ask('POST', '/api/session', { body, ...more })
  const read = (await answer.json()) as SessionAnswer & { reason?: string; detail?: string }
  return { ...read, status: answer.status, why: read.detail ?? read.reason }
}
const nobody = newId()

async function openWithOwner(options: Parameters<typeof openApp>[0] = {}) {
  const app = await openApp(options)
  const owner = await signIn(app, { name: 'Olga', owner: await app.ownerLink.offer() })
  const asOwner = (method: string, path: string, body?: object) =>
    app.ask(method, path, { token: owner.token, ...(body && { body }) })
  async function invite(terms: object = {}): Promise<Invitation> {
    const answer = await asOwner('POST', '/api/invitations', { uses: 1, lastsMs: DAY_MS, ...terms })
    expect(answer.status).toBe(201)
    return (await answer.json()) as Invitation
  }
  const preview = (code: string) => app.ask('POST', '/api/invitations/preview', { body: { code } })
  return { app, owner, asOwner, invite, preview }
}

describe('the owner link', () => {
  test('makes its first user the owner, once', async () => {
    const app = await openApp()
    const secret = await app.ownerLink.offer()
    expect((await signIn(app, { name: 'Olga', owner: secret })).person.role).toBe('owner')
    expect((await signIn(app, { name: 'Piotr', owner: secret })).why).toBe('invitation-over')
    expect((await signIn(app, { name: 'Piotr' })).person.role).toBe('visitor')
    expect(await app.ownerLink.offer()).toBeNull()
  })

  test('is for somebody who is signed in too, who stays the same person, and may repeat it', async () => {
    const app = await openApp()
    const { person, token } = await signIn(app, { name: 'Olga' })
    const owner = await app.ownerLink.offer()
    for (let time = 0; time < 2; time += 1)
      expect((await signIn(app, { name: 'Olga', owner }, { token })).person).toMatchObject({
        id: person.id,
        role: 'owner'
      })
  })

  test('is void once another was made, and wrong guesses are slowed down', async () => {
    const app = await openApp()
    const former = await app.ownerLink.offer()
    const owner = await app.ownerLink.offer()
    const from = '192.0.2.77'
    expect((await signIn(app, { name: 'Piotr', owner: former }, { from })).why).toBe('invitation-over')
    expect((await signIn(app, { name: 'Piotr', owner }, { from })).why).toBe('too-fast')
    expect((await signIn(app, { name: 'Olga', owner })).person.role).toBe('owner')
  })

  test('is found by a repeat when the answer is lost, and gives nothing to anybody else meanwhile', async () => {
    const app = await openApp()
    const body = { name: 'Olga', owner: await app.ownerLink.offer(), secret: newId() }
    const { put } = app.tableStore
    app.tableStore.put = async (...written) => {
      await put(...written)
      throw new StoreUnavailable('test')
    }
    expect((await signIn(app, body)).why).toBe('unavailable')
    app.tableStore.put = put
    expect((await signIn(app, { ...body, name: 'Piotr', secret: newId() }, { from: '192.0.2.77' })).why).toBe(
      'invitation-over'
    )
    expect((await signIn(app, body)).person.role).toBe('owner')
  })

  test('is offered again when the owner has left or can’t come back', async () => {
    const { app, owner } = await openWithOwner()
    await app.ask('DELETE', '/api/session', { token: owner.token })
    const next = await signIn(app, { name: 'Piotr', owner: await app.ownerLink.offer() })
    expect([next.person.role, await app.ownerLink.offer()]).toEqual(['owner', null])
    // As after 30 days of absence.
    await app.registry.leave(next.person.id)
    await app.standings.change(nobody, () => ({ role: 'member' }))
    await app.standings.change(newId(), () => ({ role: 'visitor', bannedUntil: app.clock.now() + DAY_MS }))
    expect(await app.ownerLink.offer()).not.toBeNull()
    // Nothing is left but bans.
    expect([...app.standings.all().values()]).toEqual([{ role: 'visitor', bannedUntil: expect.any(Number) }])
  })
})

describe('a role', () => {
  test('is given and taken by owners; the last one stays', async () => {
    const { app, owner, asOwner } = await openWithOwner()
    const { person, token } = await signIn(app, { name: 'Maja' })
    const give = async (role: string, to = person.id) => {
      const answer = await asOwner('PUT', `/api/roles/${to}`, { role })
      const read = (await answer.json()) as { detail?: string; reason?: string; role?: string }
      return read.role ?? read.detail ?? read.reason
    }
    const seen = async () =>
      ((await (await app.ask('GET', '/api/session', { token })).json()) as SessionAnswer).person.role
    for (const role of ['moderator', 'owner', 'member', 'visitor', 'moderator'])
      expect([await give(role), await seen()]).toEqual([role, role])
    const leaders = await (await app.ask('GET', '/api/roles', { token })).json()
    expect(leaders).toMatchObject({
      people: [
        { name: 'Olga', role: 'owner' },
        { name: 'Maja', role: 'moderator' }
      ]
    })
    expect(await give('visitor', owner.person.id)).toBe('last-owner')
    expect(await give('member', nobody)).toBe('no-person')
    expect((await asOwner('PUT', '/api/roles/x', { role: 'member' })).status).toBe(400)
    expect((await asOwner('PUT', `/api/roles/${person.id}`, { role: 'king' })).status).toBe(400)
  })
})

describe('an invitation', () => {
  test('says who invites and where, and makes a member of as many as it is for, each once', async () => {
    const { app, invite, asOwner, preview } = await openWithOwner()
    const room = (await (await asOwner('POST', '/api/rooms', { title: 'Kitchen' })).json()) as { id: string }
    const { code, id, expiresAt } = await invite({ uses: 2, room: room.id })
    expect(await (await preview(code)).json()).toEqual({
      by: 'Olga',
      room: { id: room.id, title: 'Kitchen' },
      expiresAt
    })
    const ana = await signIn(app, { name: 'Ana', invitation: code })
    expect(ana.person.role).toBe('member')
    // The same person again, and somebody who was here before.
    expect((await signIn(app, { name: 'Ana', invitation: code }, { token: ana.token })).status).toBe(201)
    const bea = await signIn(app, { name: 'Bea' })
    expect((await signIn(app, { name: 'Bea', invitation: code }, { token: bea.token })).person.role).toBe('member')
    expect((await signIn(app, { name: 'Cy', invitation: code })).why).toBe('invitation-over')
    expect((await preview(code)).status).toBe(410)
    expect(await (await asOwner('GET', '/api/invitations')).json()).toEqual({ invitations: [] })
    expect(app.standings.of(ana.person.id)).toEqual({ role: 'member', invitation: id })
  })

  test('of which one place is left admits one of two who come at once', async () => {
    const { app, invite } = await openWithOwner()
    const { code } = await invite()
    const both = await Promise.all(['Ana', 'Bea'].map((name) => signIn(app, { name, invitation: code })))
    expect(both.map(({ why = '' }) => why).toSorted()).toEqual(['', 'invitation-over'])
  })

  test('that expired, was withdrawn or never existed admits nobody, and takes no name', async () => {
    const { app, invite, asOwner, preview } = await openWithOwner()
    const [late, withdrawn] = [await invite({ lastsMs: 60_000 }), await invite()]
    const audited = async () => {
      const { entries } = (await (await asOwner('GET', '/api/moderation/audit')).json()) as {
        entries: { what: string }[]
      }
      return entries.map(({ what }) => what)
    }
    expect((await asOwner('DELETE', `/api/invitations/${withdrawn.id}`)).status).toBe(204)
    expect((await asOwner('DELETE', `/api/invitations/${withdrawn.id}`)).status).toBe(204)
    expect(await audited()).toEqual(['withdraw', 'invite', 'invite', 'give-role'])
    await app.clock.advance(60_000)
    for (const code of [late.code, withdrawn.code, newId(), '', late.id]) {
      expect((await signIn(app, { name: 'Ana', invitation: code })).why).toBe('invitation-over')
      expect((await preview(code)).status).toBe(410)
    }
    expect((await signIn(app, { name: 'Ana' })).status).toBe(201)
  })

  test.each([{ uses: 0 }, { uses: 1.5 }, { uses: 1_001 }, { lastsMs: 1 }, { lastsMs: 400 * DAY_MS }, { room: 'A b' }])(
    'with %j is refused',
    async (terms) => {
      const { asOwner } = await openWithOwner()
      expect((await asOwner('POST', '/api/invitations', { uses: 1, lastsMs: DAY_MS, ...terms })).status).toBe(400)
    }
  )

  test('can’t be guessed without end: an address runs out of requests', async () => {
    const { preview } = await openWithOwner()
    const guesses = Array.from({ length: 700 }, async () => (await preview(newId())).status)
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([410, 429]))
  })

  test('leads to a room that exists, and into the chat once the room is gone', async () => {
    const { invite, asOwner, preview } = await openWithOwner()
    expect((await asOwner('POST', '/api/invitations', { uses: 1, lastsMs: DAY_MS, room: 'nowhere' })).status).toBe(404)
    const room = (await (await asOwner('POST', '/api/rooms', { title: 'Kitchen' })).json()) as { id: string }
    const { code } = await invite({ room: room.id })
    expect((await asOwner('DELETE', `/api/rooms/${room.id}`)).status).toBe(204)
    expect(await (await preview(code)).json()).toMatchObject({ by: 'Olga', room: null })
  })

  test('into a private room makes its user a member of it; only a member invites there', async () => {
    const { app, owner, asOwner, invite, preview } = await openWithOwner()
    const room = (await (await asOwner('POST', '/api/rooms/private', { title: 'Attic' })).json()) as { id: string }
    const { code } = await invite({ uses: 2, room: room.id })
    expect(await (await preview(code)).json()).toMatchObject({ room: { id: room.id, title: 'Attic' } })
    const ana = await signIn(app, { name: 'Ana', invitation: code })
    await signIn(app, { name: 'Ana', invitation: code }, { token: ana.token })
    const members = await app.ask('GET', `/api/rooms/${room.id}/members`, { token: ana.token })
    expect(await members.json()).toMatchObject({ members: [{ id: owner.person.id }, { id: ana.person.id }] })
    const { token } = await app.signIn('Maja', MODERATOR)
    const body = { uses: 1, lastsMs: DAY_MS, room: room.id }
    expect((await app.ask('POST', '/api/invitations', { token, body })).status).toBe(404)
    expect((await asOwner('DELETE', `/api/rooms/${room.id}/members/${ana.person.id}`)).status).toBe(204)
    expect((await signIn(app, { name: 'Ana', invitation: code }, { token: ana.token })).status).toBe(201)
    expect((await app.ask('GET', `/api/rooms/${room.id}/members`, { token: ana.token })).status).toBe(404)
  })

  test('by the owner of a private room makes people members of that room only, each once, and is nobody else’s to see', async () => {
    const { app, asOwner } = await openWithOwner({ roomLimit: 9 })
    const ana = await signIn(app, { name: 'Ana' })
    const as = async (who: { token: string }, method: string, path: string, body?: object) => {
      const answer = await app.ask(method, path, { token: who.token, ...(body && { body }) })
      const read: unknown = answer.status === 204 ? {} : await answer.json()
      return { status: answer.status, ...(read as Partial<Invitation> & { invitations?: Invitation[]; id: string }) }
    }
    const { id: room } = await as(ana, 'POST', '/api/rooms/private', { title: 'Attic' })
    const terms = { uses: 2, lastsMs: DAY_MS, room }
    expect((await as(ana, 'POST', '/api/invitations', { ...terms, uses: 101 })).status).toBe(400)
    expect((await as(ana, 'POST', '/api/invitations', { ...terms, room: 'lobby' })).status).toBe(403)
    const { code = '', id } = await as(ana, 'POST', '/api/invitations', terms)
    const bea = await signIn(app, { name: 'Bea', invitation: code })
    await signIn(app, { name: 'Bea', invitation: code }, { token: bea.token })
    expect(bea.person.role).toBe('visitor')
    expect((await as(bea, 'GET', `/api/rooms/${room}/members`)).status).toBe(200)
    expect((await as(bea, 'GET', `/api/invitations?room=${room}`)).status).toBe(403)
    expect((await as(bea, 'DELETE', `/api/invitations/${id}`)).status).toBe(403)
    expect((await as(ana, 'GET', `/api/invitations?room=${room}`)).invitations).toMatchObject([{ id, code, used: 1 }])
    expect(await (await asOwner('GET', '/api/invitations')).json()).toEqual({ invitations: [] })
    expect((await asOwner('GET', `/api/invitations?room=${room}`)).status).toBe(404)
    // Somebody who leaves comes back while the link is good; somebody who was removed, with one that was made later.
    const beaComesWith = (invitation: string) => signIn(app, { name: 'Bea', invitation }, { token: bea.token })
    const ofBea = `/api/rooms/${room}/members/${bea.person.id}`
    expect((await as(bea, 'DELETE', ofBea)).status).toBe(204)
    expect((await beaComesWith(code)).status).toBe(201)
    expect((await as(ana, 'DELETE', ofBea)).status).toBe(204)
    expect((await beaComesWith(code)).why).toBe('invitation-over')
    const { code: later = '' } = await as(ana, 'POST', '/api/invitations', { ...terms, uses: 1 })
    expect((await beaComesWith(later)).status).toBe(201)
    expect((await as(bea, 'DELETE', ofBea)).status).toBe(204)
    expect((await beaComesWith(later)).why).toBe('invitation-over')
    expect((await as(ana, 'DELETE', `/api/invitations/${id}`)).status).toBe(204)
    expect((await signIn(app, { name: 'Cy', invitation: code })).why).toBe('invitation-over')
  })

  test('of a moderator into a private room can be withdrawn by others, who do not learn where it leads', async () => {
    const { app, asOwner, invite } = await openWithOwner()
    const room = (await (await asOwner('POST', '/api/rooms/private', { title: 'Attic' })).json()) as { id: string }
    await invite({ room: room.id })
    const { token } = await app.signIn('Maja', MODERATOR)
    const answer = await app.ask('GET', '/api/invitations', { token })
    const { invitations } = (await answer.json()) as { invitations: Invitation[] }
    expect(invitations).toEqual([expect.objectContaining({ code: '', used: 0 })])
    expect(invitations[0]).not.toHaveProperty('room')
  })

  test('is used or not used while the store goes away, never half', async () => {
    const { app, invite } = await openWithOwner()
    const { code } = await invite()
    const body = { name: 'Ana', invitation: code, secret: newId() }
    const { put } = app.tableStore
    app.tableStore.put = () => Promise.reject(new StoreUnavailable('test'))
    expect((await signIn(app, body)).why).toBe('unavailable')
    expect(app.invitations.find(code)).toMatchObject({ used: 0 })
    app.tableStore.put = put
    expect((await signIn(app, body)).person.role).toBe('member')
    expect(app.invitations.find(code)).toBeNull()
  })
})

describe('with ACCESS=invite', () => {
  const closed = { access: 'invite', guestProtocols: false } as const

  test('nobody comes in or reads without an invitation, and a stranger learns no names', async () => {
    const { app, invite } = await openWithOwner(closed)
    for (const name of ['Ana', 'Olga']) expect((await signIn(app, { name })).why).toBe('invite-only')
    for (const path of [
      '/api/rooms',
      '/api/rooms/lobby/messages',
      '/api/presence',
      '/api/presence?room=lobby',
      '/api/roles'
    ])
      expect([path, (await app.ask('GET', path)).status]).toEqual([path, 401])
    expect((await app.ask('GET', '/api/messages')).status).toBe(404)
    expect((await app.ask('GET', '/api/session')).headers.get(ACCESS_HEADER)).toBe('invite')
    const { code } = await invite()
    const { token } = await signIn(app, { name: 'Ana', invitation: code })
    expect((await app.ask('GET', '/api/presence', { token })).status).toBe(200)
    expect((await app.ask('GET', '/api/rooms/lobby/messages', { token })).status).toBe(200)
  })

  test('the owner of a private room invites only those who are here', async () => {
    const { app, invite } = await openWithOwner(closed)
    const { code } = await invite({ uses: 2 })
    const [ana, bea] = [
      await signIn(app, { name: 'Ana', invitation: code }),
      await signIn(app, { name: 'Bea', invitation: code })
    ]
    const made = await app.ask('POST', '/api/rooms/private', { token: ana.token, body: { title: 'Attic' } })
    const { id: room } = (await made.json()) as { id: string }
    const body = { uses: 2, lastsMs: DAY_MS, room }
    const link = (await (await app.ask('POST', '/api/invitations', { token: ana.token, body })).json()) as Invitation
    expect((await signIn(app, { name: 'Cy', invitation: link.code })).why).toBe('invite-only')
    expect((await signIn(app, { name: 'Bea', invitation: link.code }, { token: bea.token })).status).toBe(201)
    expect((await app.ask('GET', `/api/rooms/${room}/members`, { token: bea.token })).status).toBe(200)
  })

  test('people who were here before stay, also after the session has ended', async () => {
    const { app, invite } = await openWithOwner(closed)
    const body = { name: 'Ana', secret: newId() }
    const { code } = await invite()
    const { person } = await signIn(app, { ...body, invitation: code })
    expect((await signIn(app, body)).person).toMatchObject({ id: person.id, role: 'member' })
    expect((await signIn(app, { ...body, secret: newId() })).why).toBe('invite-only')
  })

  test('the moderator token is an invitation', async () => {
    const app = await openApp(closed)
    expect((await signIn(app, { name: 'Maja', moderator: MODERATOR })).person.role).toBe('moderator')
  })
})
