import { describe, expect, test } from 'vitest'
import { PAGE_MESSAGES, isId, newId, type Page, type Room, type RoomSummary } from '../contract.ts'
import { ROOMS_PER_PERSON } from '../log/limits.ts'
import { GUEST_PAGE, openApp, outcome, OWN_PAGE, UNKNOWN_PAGE } from './app.fixture.ts'

async function open(options = {}) {
  const app = await openApp(options)
  const ana = await app.signIn('Ana')
  const { token } = ana
  return {
    ...app,
    ana,
    make: async (title: string) => {
      const answer = await app.ask('POST', '/api/rooms', { token, body: { title } })
      return { answer, room: (await answer.json()) as Room }
    },
    rooms: async (more = {}) =>
      ((await (await app.ask('GET', '/api/rooms', more)).json()) as { rooms: RoomSummary[] }).rooms,
    send: async (room: string, body: object, more = {}) =>
      app.ask('POST', `/api/rooms/${room}/messages`, { token, body, ...more }),
    read: async (path: string, more = {}) => (await (await app.ask('GET', `/api/rooms/${path}`, more)).json()) as Page
  }
}

describe('rooms', () => {
  test('whose titles people read differently get different addresses, in any script', async () => {
    const { make } = await open({ roomLimit: 20 })
    const ids: string[] = []
    for (const title of ['C#', 'C++', 'C', '第1章', '第1课', '名前']) {
      const { answer, room } = await make(title)
      expect([title, answer.status]).toEqual([title, 201])
      ids.push(room.id)
    }
    expect(ids.slice(0, 5)).toEqual(['c', 'c-2', 'c-3', '1', '1-2'])
    expect((await make('C++')).room.id).toBe('c-2')
    expect((await make('名前')).room.id).toBe(ids[5])
    expect((await make('c ++')).answer.status).toBe(201)
    expect((await make('С++')).answer.status).toBe(409)
  })

  test('are listed with their number of people, for signed-in people; guests see the lobby', async () => {
    const { ana, arrive, make, rooms } = await open()
    const { answer, room } = await make('  Książki i filmy ')
    expect(answer.status).toBe(201)
    expect(room).toEqual({
      id: 'ksiazki-i-filmy',
      title: 'Książki i filmy',
      by: ana.person.id,
      at: Date.UTC(2026, 0, 1)
    })
    await arrive(ana, room.id)
    const all = await rooms({ token: ana.token })
    expect(all.map(({ id, people }) => [id, people])).toEqual([
      ['lobby', 0],
      ['ksiazki-i-filmy', 1]
    ])
    for (const more of [{}, { headers: GUEST_PAGE }, { headers: GUEST_PAGE, token: ana.token }, { token: 'forged' }])
      expect((await rooms(more)).map(({ id }) => id)).toEqual(['lobby'])
  })

  test('are removed by their creator when they are empty', async () => {
    const { ana, ask, make, rooms, send, signIn } = await open()
    const { room } = await make('Books')
    const remove = (token: string) => ask('DELETE', `/api/rooms/${room.id}`, { token })
    expect((await ask('DELETE', `/api/rooms/${room.id}`)).status).toBe(401)
    expect((await remove((await signIn('Bea')).token)).status).toBe(403)
    await send(room.id, { text: 'a word' })
    expect((await remove(ana.token)).status).toBe(403)
    const { room: empty } = await make('Attic')
    expect((await ask('DELETE', `/api/rooms/${empty.id}`, { token: ana.token })).status).toBe(204)
    expect((await ask('DELETE', `/api/rooms/${empty.id}`, { token: ana.token })).status).toBe(404)
    expect((await rooms({ token: ana.token })).map(({ id }) => id)).toEqual(['lobby', room.id])
  })

  test('are changed by their creator, and refuse messages then as they say', async () => {
    const { ana, ask, clock, make, send, signIn } = await open()
    const { room } = await make('Books')
    const bea = await signIn('Bea')
    const change = (body: object, token = ana.token) => ask('PATCH', `/api/rooms/${room.id}`, { token, body })
    expect((await change({ topic: 'Novels' }, bea.token)).status).toBe(403)
    expect(await outcome(await change({ title: ' Novels ', topic: 'Old\nand new ', slowSeconds: 90 }))).toEqual([
      200,
      { ...room, title: 'Novels', topic: 'Old and new', slowSeconds: 90, rev: 1 }
    ])
    const bad = [
      { slowSeconds: -1 },
      { slowSeconds: 0.5 },
      { title: '' },
      { topic: 'x'.repeat(301) },
      { readOnly: 'yes' }
    ]
    for (const body of bad) expect((await change(body)).status).toBe(400)
    expect((await send(room.id, { text: 'one' }, { token: bea.token })).status).toBe(201)
    await clock.advance(20_000)
    const slowed = await send(room.id, { text: 'two' }, { token: bea.token })
    expect([slowed.headers.get('retry-after'), await outcome(slowed)]).toEqual([
      '70',
      [429, { reason: 'too-fast', detail: 'slow-mode', message: 'The room is in slow mode, try again later' }]
    ])
    await change({ archived: true })
    expect(await outcome(await send(room.id, { text: 'one more' }))).toEqual([
      403,
      { reason: 'not-allowed', detail: 'room-closed', message: 'The room is closed: nobody writes in it any more' }
    ])
  })

  test('are handed on by their owner or a moderator to somebody who is here and has space for one more', async () => {
    const { ana, ask, clock, make, messageLog, signIn, rooms } = await open()
    const { room } = await make('Books')
    const [bea, cy] = [await signIn('Bea'), await signIn('Cy')]
    const own = async (id: string, { token }: { token: string }, person: string) => {
      const answer = await ask('POST', `/api/rooms/${id}/members`, { token, body: { person, owner: true } })
      const { reason } = (await answer.json()) as { reason?: string }
      return reason ?? answer.status
    }
    expect(await own(room.id, bea, bea.person.id)).toBe('not-allowed')
    expect(await own('lobby', ana, bea.person.id)).toBe('not-allowed')
    expect(await own(room.id, ana, newId())).toBe('no-person')
    for (let n = 1; n <= ROOMS_PER_PERSON; n += 1)
      await messageLog.createRoom({ id: `room-${n}`, title: `Room ${n}`, by: cy.person.id, at: 0 }, 100)
    await clock.advance(1_000)
    expect(await own(room.id, ana, cy.person.id)).toBe('rooms-full')
    expect(await own(room.id, ana, bea.person.id)).toBe(201)
    expect((await rooms({ token: ana.token })).find(({ id }) => id === room.id)).toEqual({
      ...room,
      by: bea.person.id,
      rev: 1,
      people: 0
    })
    expect(await own(room.id, ana, ana.person.id)).toBe('not-allowed')
    expect((await ask('PATCH', `/api/rooms/${room.id}`, { token: bea.token, body: { topic: 'Mine' } })).status).toBe(
      200
    )
  })

  test('are limited per hour and address', async () => {
    const { ask, signIn } = await open({ roomLimit: 100 })
    const makers = await Promise.all(['Bea', 'Cy', 'Dee', 'Eli'].map((name) => signIn(name)))
    const statuses: number[] = []
    for (let n = 0; n < 31; n += 1) {
      const token = makers[n % 4]?.token ?? ''
      statuses.push((await ask('POST', '/api/rooms', { token, body: { title: `Room ${'i'.repeat(n + 1)}` } })).status)
    }
    expect(statuses.filter((status) => status === 201)).toHaveLength(30)
    expect(statuses.at(-1)).toBe(429)
  })

  test('created twice by one person are one room; another person is refused', async () => {
    const { ask, make, signIn } = await open()
    const first = await make('Books')
    const again = await make('Books')
    expect(again.answer.status).toBe(201)
    expect(again.room).toEqual(first.room)
    const { token } = await signIn('Bea')
    for (const title of ['Books', 'BOOKS', 'Lobby']) {
      const answer = await ask('POST', '/api/rooms', { token, body: { title } })
      expect(await outcome(answer)).toEqual([
        409,
        { reason: 'room-exists', message: 'There is a room with this title' }
      ])
    }
  })

  test('are limited in number', async () => {
    const { make } = await open()
    for (const title of ['1', '2', '3', '4']) expect((await make(title)).answer.status).toBe(201)
    const { answer, room } = await make('5')
    expect(answer.status).toBe(409)
    expect(room).toEqual({ reason: 'rooms-full', message: 'No more rooms can be made' })
  })
})

describe('messages of a room', () => {
  test('are stored with their author and read in the shape of the contract', async () => {
    const { ana, make, send, read } = await open()
    const { room } = await make('Books')
    const answer = await send(room.id, { text: 'Hello ' })
    const receipt = (await answer.json()) as { id: string }
    const message = {
      id: receipt.id,
      seq: 1,
      rev: 1,
      at: Date.UTC(2026, 0, 1),
      by: { id: ana.person.id, name: 'Ana' },
      text: 'Hello'
    }
    expect(answer.status).toBe(201)
    expect(receipt).toEqual({ seq: 1, id: message.id, at: message.at, message })
    expect(isId(receipt.id)).toBe(true)
    const reply = (await (await send(room.id, { text: 'Yes', replyTo: receipt.id })).json()) as { message: object }
    expect(reply.message).toMatchObject({ seq: 2, replyTo: receipt.id })
    expect(await read(`${room.id}/messages`, { token: ana.token })).toEqual({
      messages: [message, reply.message],
      older: false
    })
  })

  test('with an id are stored once', async () => {
    const { ana, send, read, signIn } = await open()
    const id = newId()
    const first: unknown = await (await send('lobby', { text: 'Hello', id })).json()
    const again = await send('lobby', { text: 'Hello', id })
    expect(await outcome(again)).toEqual([201, first])
    const other = await send('lobby', { text: 'Mine', id }, { token: (await signIn('Bea')).token })
    expect(await outcome(other)).toEqual([
      409,
      { reason: 'id-taken', message: 'This id was used before for something else' }
    ])
    expect((await read('lobby/messages', { token: ana.token })).messages).toHaveLength(1)
  })

  test('come in pages, newest page first, without removed ones', async () => {
    const { ana, messageLog, read, chat } = await open()
    const ids = Array.from({ length: PAGE_MESSAGES + 5 }, newId)
    const by = { id: ana.person.id, name: 'Ana' }
    for (const [at, id] of ids.entries())
      await messageLog.append({ kind: 'sent', room: 'lobby', id, by, at, text: 'x' })
    const page = await read('lobby/messages')
    expect(page.messages.map(({ id }) => id)).toEqual(ids.slice(5))
    expect(page.older).toBe(true)
    const rest = await read(`lobby/messages?before=${page.messages[0]?.id}`)
    expect(rest.messages.map(({ id }) => id)).toEqual(ids.slice(0, 5))
    expect(rest.older).toBe(false)
    const two = await read('lobby/messages?limit=2')
    expect(two.messages.map(({ id }) => id)).toEqual(ids.slice(-2))
    const caller = { person: ana.person, name: 'Ana', address: '192.0.2.1' }
    await chat.remove(caller, { room: 'lobby', id: newId(), message: ids.at(-1) ?? '' })
    expect((await read('lobby/messages?limit=2')).messages.map(({ id }) => id)).toEqual(ids.slice(-3, -1))
    expect(await read(`lobby/messages?before=${newId()}`)).toEqual({ messages: [], older: false })
  })

  test('of the lobby are public, unless guest protocols are off', async () => {
    const { ask, ana } = await open()
    for (const more of [{}, { headers: GUEST_PAGE }, { headers: OWN_PAGE }, { token: ana.token }])
      expect((await ask('GET', '/api/rooms/lobby/messages', more)).status).toBe(200)
    const closed = await open({ guestProtocols: false })
    const answer = await closed.ask('GET', '/api/rooms/lobby/messages')
    expect(await outcome(answer)).toEqual([401, { reason: 'sign-in', message: 'Sign in first' }])
    expect((await closed.ask('GET', '/api/rooms/lobby/messages', { token: closed.ana.token })).status).toBe(200)
  })

  test('of other rooms need a session; without one an unknown room gets the same answer', async () => {
    const { ask, ana, make } = await open()
    const { room } = await make('Books')
    for (const more of [{}, { token: 'forged' }, { headers: GUEST_PAGE, token: ana.token }])
      for (const id of [room.id, 'nowhere']) {
        const answer = await ask('GET', `/api/rooms/${id}/messages`, more)
        expect(await outcome(answer)).toEqual([401, { reason: 'sign-in', message: 'Sign in first' }])
      }
  })
})

describe('pages of other origins', () => {
  test('a guest’s page reads the lobby and sends nothing', async () => {
    const { ask, ana, stored } = await open()
    const before = await stored()
    for (const path of ['/api/rooms', '/api/rooms/lobby/messages']) {
      const answer = await ask('GET', path, { headers: GUEST_PAGE })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(GUEST_PAGE.origin)
      const preflight = await ask('OPTIONS', path, { headers: GUEST_PAGE })
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET')
      const body = { title: 'Books', text: 'Hello' }
      const refused = await ask('POST', path, { headers: GUEST_PAGE, token: ana.token, body })
      expect(await outcome(refused)).toEqual([403, { reason: 'not-allowed', message: 'Not allowed' }])
    }
    expect(await stored()).toBe(before)
  })

  test('a page of an unknown origin neither reads nor sends', async () => {
    const { ask, ana, stored } = await open()
    const before = await stored()
    for (const path of ['/api/rooms', '/api/rooms/lobby/messages'])
      for (const headers of [
        UNKNOWN_PAGE,
        { ...UNKNOWN_PAGE, cookie: `taifas=${ana.token}` },
        { origin: 'null', authorization: `Bearer ${ana.token}` }
      ])
        for (const [method, body] of [['GET'], ['OPTIONS'], ['POST', { title: 'Books', text: 'Hello' }]] as const) {
          const answer = await ask(method, path, { headers, body })
          expect(answer.status).toBe(403)
          expect(answer.headers.get('access-control-allow-origin')).toBeNull()
          expect(await answer.json()).toEqual({ reason: 'not-allowed', message: 'Not allowed' })
        }
    expect(await stored()).toBe(before)
  })

  test('our own page may use the cookie', async () => {
    const { ask, ana } = await open()
    const headers = { ...OWN_PAGE, cookie: `taifas=${ana.token}` }
    expect((await ask('POST', '/api/rooms', { headers, body: { title: 'Books' } })).status).toBe(201)
    expect((await ask('POST', '/api/rooms/books/messages', { headers, body: { text: 'Hello' } })).status).toBe(201)
  })
})
