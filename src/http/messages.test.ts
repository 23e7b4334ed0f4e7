import { describe, expect, test, vi } from 'vitest'
import { LOBBY, PAGE_MAX_MESSAGES, isId, newId } from '../contract.ts'
import { GUEST_PAGE, openApp, outcome, OWN_PAGE, UNKNOWN_PAGE, type Ask, type OpenApp } from './app.fixture.ts'

interface Stored {
  id: string
  username: string
  content: string
  createdAt: string
  seq: number
  editedAt?: string
}

async function open() {
  const app = await openApp()
  const { ask } = app
  return {
    ...app,
    post: async (username: string, content: string, more: Ask & { id?: unknown } = {}) => {
      const { id, ...rest } = more
      const answer = await ask('POST', '/api/messages', {
        ...rest,
        body: { username, content, ...(id !== undefined && { id }) }
      })
      return { answer, message: (await answer.json()) as Stored }
    },
    list: async (query = '') => (await (await ask('GET', `/api/messages${query}`)).json()) as Stored[]
  }
}

test('a posted message is returned as stored, and listed, oldest first', async () => {
  const { post, list } = await open()
  const { answer, message } = await post('Ana', '  Cześć, wszyscy 👋\n')
  expect(answer.status).toBe(201)
  expect(message).toEqual({
    id: expect.any(String),
    username: 'Ana',
    content: '  Cześć, wszyscy 👋',
    createdAt: '2026-01-01T00:00:00.000Z',
    seq: 1
  })
  expect(isId(message.id)).toBe(true)
  const second = await post('User', 'Hello')
  expect(await list()).toEqual([message, second.message])
})

test('an edited message has the time of the edit', async () => {
  const { chat, clock, signIn, list } = await open()
  const { person } = await signIn('Ana')
  const caller = { person, name: person.name, address: '192.0.2.2' }
  const { id } = await chat.send(caller, { room: LOBBY, id: newId(), text: 'Helo' })
  await clock.advance(60_000)
  await chat.edit(caller, { room: LOBBY, id: newId(), message: id, text: 'Hello' })
  expect(await list()).toEqual([
    {
      id,
      username: 'Ana',
      content: 'Hello',
      createdAt: '2026-01-01T00:00:00.000Z',
      editedAt: '2026-01-01T00:01:00.000Z',
      seq: 1
    }
  ])
})

test('the list contains the lobby only', async () => {
  const { ask, signIn, list } = await open()
  const { token } = await signIn('Ana')
  const room = (await (await ask('POST', '/api/rooms', { token, body: { title: 'Books' } })).json()) as { id: string }
  await ask('POST', `/api/rooms/${room.id}/messages`, { token, body: { text: 'not for guests' } })
  expect(await list()).toEqual([])
})

test('tokens and cookies are ignored', async () => {
  const { ask, post, signIn } = await open()
  const { token } = await signIn('Ana')
  for (const authorization of [`Bearer ${token}`, 'Bearer null', 'Bearer ', 'Basic eA==', 'eyJhbGciOiJub25lIn0.e30.'])
    for (const headers of [{ authorization }, { authorization, cookie: `taifas=${token}`, ...OWN_PAGE }]) {
      expect((await ask('GET', '/api/messages', { headers })).status).toBe(200)
      const { answer, message } = await post('User', 'Hello', { headers })
      expect(answer.status).toBe(201)
      // It belongs to nobody, so any guest may delete it.
      expect((await ask('DELETE', `/api/messages/${message.id}`)).status).toBe(204)
    }
})

describe('names', () => {
  test('several guests may have the same name', async () => {
    const { post, list } = await open()
    await post('User', 'one')
    await post('User', 'two')
    expect((await list()).map(({ username }) => username)).toEqual(['User', 'User'])
  })

  test('a guest with the name of a signed-in person who is present gets a number', async () => {
    const { post, signIn, arrive } = await open()
    const ana = await signIn('Ana')
    expect((await post('Ana', 'while she is away')).message.username).toBe('Ana')
    await arrive(ana)
    expect((await post('ANA', 'while she is here')).message.username).toBe('ANA~2')
    const second = await signIn('Ana~2')
    await arrive(second)
    expect((await post('Ana', 'while both are here')).message.username).toBe('Ana~3')
  })
})

describe('the message id', () => {
  test('is an idempotency key: a repeat returns the same message, stored once', async () => {
    const { post, list } = await open()
    const id = newId()
    const first = await post('Ana', 'Hello', { id })
    expect(first.message.id).toBe(id)
    const again = await post('Ana', 'Hello', { id })
    expect(again.answer.status).toBe(201)
    expect(again.message).toEqual(first.message)
    expect(await list()).toEqual([first.message])
  })

  test('of another author is refused', async () => {
    const { ask, post, list } = await open()
    const id = newId()
    await post('Ana', 'Hello', { id })
    const answer = await ask('POST', '/api/messages', { body: { username: 'Bea', content: 'Mine', id } })
    expect(await outcome(answer)).toEqual([409, { message: 'This id was used before for something else' }])
    expect(await list()).toHaveLength(1)
  })

  test.each([5, 'short', null, '__proto__', { a: 1 }])('of another grammar is ignored: %j', async (id) => {
    const { post } = await open()
    const { answer, message } = await post('Ana', 'Hello', { id })
    expect(answer.status).toBe(201)
    expect(isId(message.id)).toBe(true)
  })
})

describe('paging', () => {
  /** Straight into the log, past the rate limit. */
  async function fill({ messageLog }: OpenApp, count: number) {
    const ids = Array.from({ length: count }, newId)
    for (const [at, id] of ids.entries())
      await messageLog.append({ kind: 'sent', room: LOBBY, id, by: { id: null, name: 'Ana' }, at, text: `no ${at}` })
    return ids
  }

  test('returns the newest 500, and older ones with `before`', async () => {
    const app = await open()
    const ids = await fill(app, PAGE_MAX_MESSAGES + 10)
    const newest = await app.list()
    expect(newest.map(({ id }) => id)).toEqual(ids.slice(10))
    const older = await app.list(`?before=${newest[0]?.id}`)
    expect(older.map(({ id }) => id)).toEqual(ids.slice(0, 10))
    expect((await app.list(`?before=${newest[0]?.id}&limit=3`)).map(({ id }) => id)).toEqual(ids.slice(7, 10))
    expect((await app.list('?limit=1')).map(({ id }) => id)).toEqual(ids.slice(-1))
    expect(await app.list('?limit=500')).toHaveLength(500)
    expect(await app.list(`?before=${newId()}`)).toEqual([])
  })

  test('leaves out removed messages and still fills the page', async () => {
    const app = await open()
    const ids = await fill(app, 6)
    for (const id of ids.slice(3)) expect((await app.ask('DELETE', `/api/messages/${id}`)).status).toBe(204)
    expect((await app.list('?limit=3')).map(({ id }) => id)).toEqual(ids.slice(0, 3))
  })

  test.each(['0', '501', '-1', '1.5', '1e2', '', 'many', '0x10', '99999999999999999999'])(
    'refuses the limit %j',
    async (limit) => {
      const { ask } = await open()
      const answer = await ask('GET', `/api/messages?limit=${limit}`)
      expect(await outcome(answer)).toEqual([400, { message: 'limit must be a whole number from 1 to 500' }])
    }
  )

  test.each(['', '5', '__proto__', 'x'.repeat(23), '%00'])('refuses `before` %j', async (before) => {
    const { ask } = await open()
    const answer = await ask('GET', `/api/messages?before=${before}`)
    expect(await outcome(answer)).toEqual([400, { message: 'before must be a message id' }])
  })
})

describe('a repeated request', () => {
  const get = (app: OpenApp, tag?: string, query = '') =>
    app.ask('GET', `/api/messages${query}`, { headers: tag === undefined ? {} : { 'if-none-match': tag } })

  test('costs one read and one encoding, and sends nothing to a client that has the list', async () => {
    const app = await open()
    await app.post('Ana', 'Hello')
    const reads = vi.spyOn(app.messageLog, 'before')
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(app)))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts).size).toBe(1)
    const tag = answers[0]?.headers.get('etag') ?? ''
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/)
    for (const named of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const again = await get(app, named)
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
    }
    expect((await get(app, '"other"')).status).toBe(200)
    expect(reads.mock.calls.length).toBeLessThanOrEqual(2)
    // Another page has another tag.
    expect((await get(app, tag, '?limit=1')).status).toBe(200)
  })

  test.each(['sent', 'edited', 'removed'])('gets a new list after a message was %s', async (change) => {
    const app = await open()
    const ana = await app.signIn('Ana')
    const caller = { person: ana.person, name: 'Ana', address: '192.0.2.2' }
    const { id } = await app.chat.send(caller, { room: LOBBY, id: newId(), text: 'first' })
    const tag = (await get(app)).headers.get('etag') ?? ''
    const verb = { room: LOBBY, id: newId(), message: id }
    if (change === 'sent') await app.chat.send(caller, { room: LOBBY, id: newId(), text: 'second' })
    if (change === 'edited') await app.chat.edit(caller, { ...verb, text: 'better' })
    if (change === 'removed') await app.chat.remove(caller, verb)
    const answer = await get(app, tag)
    expect(answer.status).toBe(200)
    const contents = ((await answer.json()) as Stored[]).map(({ content }) => content)
    expect(contents).toEqual({ sent: ['first', 'second'], edited: ['better'], removed: [] }[change])
  })
})

describe('deleting', () => {
  test.each([newId(), '5', 'undefined', 'null', '%20', '__proto__', 'x'.repeat(2_000), "'%20OR%201=1"])(
    'an unknown message is 404: %s',
    async (id) => {
      const { ask } = await open()
      const answer = await ask('DELETE', `/api/messages/${id}`)
      expect(await outcome(answer)).toEqual([404, { message: 'Message not found' }])
    }
  )

  test('a message of a signed-in person can’t be deleted here, not even with the person’s token', async () => {
    const { ask, signIn, list } = await open()
    const { token } = await signIn('Ana')
    const sent = (await (await ask('POST', '/api/rooms/lobby/messages', { token, body: { text: 'Mine' } })).json()) as {
      id: string
    }
    for (const more of [{}, { token }]) {
      const answer = await ask('DELETE', `/api/messages/${sent.id}`, more)
      expect(await outcome(answer)).toEqual([403, { message: 'Not allowed' }])
    }
    expect(await list()).toHaveLength(1)
  })
})

test('a refusal for the rate says when to retry, and the retry works', async () => {
  const { ask, list, clock } = await open()
  const answers: Response[] = []
  for (let i = 0; i < 620; i++) answers.push(await ask('GET', '/api/messages?limit=1'))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(20)
  const answer = await ask('POST', '/api/messages', {
    body: { username: 'Ana', content: 'Hello' },
    headers: GUEST_PAGE
  })
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
  expect(await answer.json()).toEqual({ message: 'Too fast, try again shortly' })
  // Other addresses are not affected.
  expect((await ask('GET', '/api/messages', { from: '192.0.2.9' })).status).toBe(200)
  await clock.advance(1_000)
  expect(await list()).toEqual([])
})

describe('pages of other origins', () => {
  const body = { username: 'Ana', content: 'Hello' }

  test.each([
    ['of a guest', GUEST_PAGE],
    ['of our own', OWN_PAGE]
  ])('a page %s may use every method, without credentials', async (_, headers) => {
    const { ask, post } = await open()
    const { message } = await post('Ana', 'Hello')
    const preflight = await ask('OPTIONS', `/api/messages/${message.id}`, {
      headers: {
        ...headers,
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'authorization,content-type'
      }
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Content-Type, Authorization')
    for (const answer of [
      preflight,
      await ask('GET', '/api/messages', { headers }),
      await ask('POST', '/api/messages', { headers, body }),
      await ask('POST', '/api/messages', { headers, body: {} }),
      await ask('DELETE', `/api/messages/${message.id}`, { headers })
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(headers.origin)
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect(answer.headers.get('vary')).toContain('Origin')
    }
  })

  test('a page of an unknown origin changes nothing and reads nothing', async () => {
    const { ask, post, stored } = await open()
    const { message } = await post('Ana', 'Hello')
    const before = await stored()
    for (const origin of [UNKNOWN_PAGE.origin, 'null']) {
      const headers = { ...UNKNOWN_PAGE, origin }
      for (const answer of [
        await ask('OPTIONS', '/api/messages', { headers: { ...headers, 'access-control-request-method': 'POST' } }),
        await ask('POST', '/api/messages', { headers, body }),
        await ask('DELETE', `/api/messages/${message.id}`, { headers })
      ]) {
        expect(answer.status).toBe(403)
        expect(answer.headers.get('access-control-allow-origin')).toBeNull()
        expect(answer.headers.get('vary')).toBe('Origin')
        expect(await answer.json()).toEqual({ message: 'Not allowed' })
      }
      const list = await ask('GET', '/api/messages', { headers })
      expect(list.headers.get('access-control-allow-origin')).toBeNull()
      expect(list.headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(list.headers.get('vary')).toBe('Origin')
    }
    expect(await stored()).toBe(before)
  })

  test('a program, which sends no Origin, gets no CORS headers', async () => {
    const { ask } = await open()
    const answer = await ask('GET', '/api/messages')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })
})

describe('a message that is posted again', () => {
  const key = (value: string) => ({ headers: { 'idempotency-key': value } })

  test('under the same Idempotency-Key, which may be any string, is stored once', async () => {
    const { post, list } = await open()
    const [first, again] = [
      await post('Ana', 'once', key('order 66 / é')),
      await post('Ana', 'once', key('order 66 / é'))
    ]
    expect([first.answer.status, again.answer.status, again.message.id]).toEqual([201, 201, first.message.id])
    await post('Ana', 'other', key('order 67'))
    await post('Bo', 'once', key('order 66 / é'))
    expect((await list()).map(({ content }) => content)).toEqual(['once', 'other', 'once'])
  })

  test('with another text is a conflict, by key and by id', async () => {
    const { post, list } = await open()
    const id = newId()
    for (const same of [key('a'), { id }]) {
      expect((await post('Ana', 'first', same)).answer.status).toBe(201)
      expect((await post('Ana', 'second', same)).answer.status).toBe(409)
    }
    expect((await list()).map(({ content }) => content)).toEqual(['first', 'first'])
  })

  test('has a key of a usable length', async () => {
    const { post } = await open()
    for (const bad of ['', 'x'.repeat(256)]) {
      const { answer, message } = await post('Ana', 'text', key(bad))
      expect([answer.status, message]).toEqual([400, { message: 'Idempotency-Key must have 1 to 255 characters' }])
    }
  })
})
