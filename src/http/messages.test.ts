import { describe, expect, test, vi } from 'vitest'
import { LOBBY, PAGE_MAX_MESSAGES, isId, newId } from '../contract.ts'
import { GUEST_PAGE, OWN_PAGE, STRANGERS_PAGE, openApp, type Ask, type OpenApp } from './app.fixture.ts'

interface Stored {
  id: string
  username: string
  content: string
  createdAt: string
  seq: number
  editedAt?: string
}

async function open() {
  const door = await openApp()
  const { ask } = door
  return {
    ...door,
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

test('what is posted is answered as stored, and listed, oldest first', async () => {
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

test('with nothing said the list is empty', async () => {
  const { list } = await open()
  expect(await list()).toEqual([])
})

test('an edit of a signed-in person shows when it was made', async () => {
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

test('other rooms are not heard of', async () => {
  const { ask, signIn, list } = await open()
  const { token } = await signIn('Ana')
  const room = (await (await ask('POST', '/api/rooms', { token, body: { title: 'Books' } })).json()) as { id: string }
  await ask('POST', `/api/rooms/${room.id}/messages`, { token, body: { text: 'not for guests' } })
  expect(await list()).toEqual([])
})

test('tokens of others, ours and cookies change nothing', async () => {
  const { ask, post, signIn } = await open()
  const { token } = await signIn('Ana')
  for (const authorization of [`Bearer ${token}`, 'Bearer null', 'Bearer ', 'Basic eA==', 'eyJhbGciOiJub25lIn0.e30.'])
    for (const headers of [{ authorization }, { authorization, cookie: `taifas=${token}`, ...OWN_PAGE }]) {
      expect((await ask('GET', '/api/messages', { headers })).status).toBe(200)
      const { answer, message } = await post('User', 'Hello', { headers })
      expect(answer.status).toBe(201)
      // Unowned, so that any guest may delete it.
      expect((await ask('DELETE', `/api/messages/${message.id}`)).status).toBe(204)
    }
})

describe('names', () => {
  test('many may be called User', async () => {
    const { post, list } = await open()
    await post('User', 'one')
    await post('User', 'two')
    expect((await list()).map(({ username }) => username)).toEqual(['User', 'User'])
  })

  test('the name of a signed-in person who is present is let in beside it', async () => {
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
  test('is a client’s key: a repeat is the same message, kept once', async () => {
    const { post, list } = await open()
    const id = newId()
    const first = await post('Ana', 'Hello', { id })
    expect(first.message.id).toBe(id)
    const again = await post('Ana', 'Hello', { id })
    expect(again.answer.status).toBe(201)
    expect(again.message).toEqual(first.message)
    expect(await list()).toEqual([first.message])
  })

  test('of somebody else is refused', async () => {
    const { ask, post, list } = await open()
    const id = newId()
    await post('Ana', 'Hello', { id })
    const answer = await ask('POST', '/api/messages', { body: { username: 'Bea', content: 'Mine', id } })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toEqual({ message: 'This id was used before for something else' })
    expect(await list()).toHaveLength(1)
  })

  test.each([5, 'short', null, '__proto__', { a: 1 }])('of another grammar is no key: %j', async (id) => {
    const { post } = await open()
    const { answer, message } = await post('Ana', 'Hello', { id })
    expect(answer.status).toBe(201)
    expect(isId(message.id)).toBe(true)
  })
})

describe('paging', () => {
  /** Straight into the log: the door would find it too fast. */
  async function fill({ messageLog }: OpenApp, count: number) {
    const ids = Array.from({ length: count }, newId)
    for (const [at, id] of ids.entries())
      await messageLog.append({ kind: 'sent', room: LOBBY, id, by: { id: null, name: 'Ana' }, at, text: `no ${at}` })
    return ids
  }

  test('the newest 500 are answered, and `before` reaches the older ones', async () => {
    const door = await open()
    const ids = await fill(door, PAGE_MAX_MESSAGES + 10)
    const newest = await door.list()
    expect(newest.map(({ id }) => id)).toEqual(ids.slice(10))
    const older = await door.list(`?before=${newest[0]?.id}`)
    expect(older.map(({ id }) => id)).toEqual(ids.slice(0, 10))
    expect((await door.list(`?before=${newest[0]?.id}&limit=3`)).map(({ id }) => id)).toEqual(ids.slice(7, 10))
    expect((await door.list('?limit=1')).map(({ id }) => id)).toEqual(ids.slice(-1))
    expect(await door.list('?limit=500')).toHaveLength(500)
    expect(await door.list(`?before=${newId()}`)).toEqual([])
  })

  test('removed ones are absent and the page is full all the same', async () => {
    const door = await open()
    const ids = await fill(door, 6)
    for (const id of ids.slice(3)) expect((await door.ask('DELETE', `/api/messages/${id}`)).status).toBe(204)
    expect((await door.list('?limit=3')).map(({ id }) => id)).toEqual(ids.slice(0, 3))
  })

  test.each(['0', '501', '-1', '1.5', '1e2', '', 'many', '0x10', '99999999999999999999'])(
    'a limit of %j is refused',
    async (limit) => {
      const { ask } = await open()
      const answer = await ask('GET', `/api/messages?limit=${limit}`)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toEqual({ message: 'limit must be a whole number from 1 to 500' })
    }
  )

  test.each(['', '5', '__proto__', 'x'.repeat(23), '%00'])('before %j is refused', async (before) => {
    const { ask } = await open()
    const answer = await ask('GET', `/api/messages?before=${before}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ message: 'before must be a message id' })
  })
})

describe('asked for again', () => {
  const get = (door: OpenApp, tag?: string, query = '') =>
    door.ask('GET', `/api/messages${query}`, { headers: tag === undefined ? {} : { 'if-none-match': tag } })

  test('the list is read and encoded once, and not sent to a client that has it', async () => {
    const door = await open()
    await door.post('Ana', 'Hello')
    const reads = vi.spyOn(door.messageLog, 'before')
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(door)))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts).size).toBe(1)
    const tag = answers[0]?.headers.get('etag') ?? ''
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/)
    for (const named of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const again = await get(door, named)
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
    }
    expect((await get(door, '"other"')).status).toBe(200)
    expect(reads.mock.calls.length).toBeLessThanOrEqual(2)
    // Another page is another list.
    expect((await get(door, tag, '?limit=1')).status).toBe(200)
  })

  test.each(['sent', 'edited', 'removed'])('the list is another one once a message was %s', async (change) => {
    const door = await open()
    const ana = await door.signIn('Ana')
    const caller = { person: ana.person, name: 'Ana', address: '192.0.2.2' }
    const { id } = await door.chat.send(caller, { room: LOBBY, id: newId(), text: 'first' })
    const tag = (await get(door)).headers.get('etag') ?? ''
    const verb = { room: LOBBY, id: newId(), message: id }
    if (change === 'sent') await door.chat.send(caller, { room: LOBBY, id: newId(), text: 'second' })
    if (change === 'edited') await door.chat.edit(caller, { ...verb, text: 'better' })
    if (change === 'removed') await door.chat.remove(caller, verb)
    const answer = await get(door, tag)
    expect(answer.status).toBe(200)
    const contents = ((await answer.json()) as Stored[]).map(({ content }) => content)
    expect(contents).toEqual({ sent: ['first', 'second'], edited: ['better'], removed: [] }[change])
  })
})

describe('deleting', () => {
  test('any guest may delete what no signed-in person wrote, once', async () => {
    const { ask, post, list, messageLog } = await open()
    const { message } = await post('Ana', 'Hello')
    const answer = await ask('DELETE', `/api/messages/${message.id}`, { from: '192.0.2.9' })
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    expect(await list()).toEqual([])
    const kept = await messageLog.before(LOBBY, null, 1, { removed: true })
    expect(kept.messages).toMatchObject([{ id: message.id, text: '' }])
    const again = await ask('DELETE', `/api/messages/${message.id}`)
    expect(again.status).toBe(404)
    expect(await again.json()).toEqual({ message: 'Message not found' })
  })

  test.each([newId(), '5', 'undefined', 'null', '%20', '__proto__', 'x'.repeat(2_000), "'%20OR%201=1"])(
    'an unknown message is not found: %s',
    async (id) => {
      const { ask } = await open()
      const answer = await ask('DELETE', `/api/messages/${id}`)
      expect(answer.status).toBe(404)
      expect(await answer.json()).toEqual({ message: 'Message not found' })
    }
  )

  test('what a signed-in person wrote is not a guest’s, and not that person’s by this door either', async () => {
    const { ask, signIn, list } = await open()
    const { token } = await signIn('Ana')
    const sent = (await (await ask('POST', '/api/rooms/lobby/messages', { token, body: { text: 'Mine' } })).json()) as {
      id: string
    }
    for (const more of [{}, { token }]) {
      const answer = await ask('DELETE', `/api/messages/${sent.id}`, more)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toEqual({ message: 'Not allowed' })
    }
    expect(await list()).toHaveLength(1)
  })
})

test('too fast is told when to come back, and is heard then', async () => {
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
  // Another address is not slowed down.
  expect((await ask('GET', '/api/messages', { from: '192.0.2.9' })).status).toBe(200)
  await clock.advance(1_000)
  expect(await list()).toEqual([])
})

describe('pages of others', () => {
  const body = { username: 'Ana', content: 'Hello' }

  test.each([
    ['of a guest', GUEST_PAGE],
    ['of ours', OWN_PAGE]
  ])('a page %s may use all of it, without credentials', async (_whose, headers) => {
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

  test('a page of a stranger changes nothing and reads nothing', async () => {
    const { ask, post, kept } = await open()
    const { message } = await post('Ana', 'Hello')
    const before = await kept()
    for (const origin of [STRANGERS_PAGE.origin, 'null']) {
      const headers = { ...STRANGERS_PAGE, origin }
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
    expect(await kept()).toBe(before)
  })

  test('a program says no Origin and gets no CORS', async () => {
    const { ask } = await open()
    const answer = await ask('GET', '/api/messages')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })
})
