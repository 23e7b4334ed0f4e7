// Every route with input × every invalid input: a clear refusal in the form of that route, nothing stored, nothing broken.
import { describe, expect, test } from 'vitest'
import { FRAME_MAX_BYTES, NAME_MAX_CODE_POINTS, TEXT_MAX_CODE_POINTS, newId } from '../contract.ts'
import { openApp, outcome, type Ask } from './app.fixture.ts'

const plain = (reason: string, message: string) => ({ reason, message })
const courseRefusal = (message: string) => ({ message })

const SHAPE = 'The body must be a JSON object'
const NAME = 'The name is empty, too long or has characters that are not allowed'
const TOO_LARGE = `The request body is longer than ${FRAME_MAX_BYTES} bytes`
const NOT_JSON = 'Content-Type must be application/json'

type Case = [what: string, ask: Ask, status: number, answer: object]

/** Bodies that are invalid for every route. */
function brokenBodies(answer: (reason: string, message: string) => object, tooLarge = 413, notJson = 415): Case[] {
  const text = (type: string) => ({ body: '{"a":1}', headers: { 'content-type': type } })
  return [
    ['malformed JSON', { body: '{"title": ' }, 400, answer('bad-request', 'Malformed JSON')],
    ['half a JSON', { body: '{"name":"Ana"}}' }, 400, answer('bad-request', 'Malformed JSON')],
    ['not JSON at all', { body: 'name=Ana&title=x' }, 400, answer('bad-request', 'Malformed JSON')],
    ['a text', text('text/plain'), notJson, answer('bad-request', NOT_JSON)],
    ['a text that mentions JSON', text('text/plain; application/json'), notJson, answer('bad-request', NOT_JSON)],
    ['another kind of JSON', text('application/jsonp'), notJson, answer('bad-request', NOT_JSON)],
    ['a form', text('application/x-www-form-urlencoded'), notJson, answer('bad-request', NOT_JSON)],
    ['no type', text(''), notJson, answer('bad-request', NOT_JSON)],
    ['null', { body: 'null' }, 400, answer('bad-request', SHAPE)],
    ['a number', { body: 5 }, 400, answer('bad-request', SHAPE)],
    ['a string', { body: '"Ana"' }, 400, answer('bad-request', SHAPE)],
    ['one byte too many', { body: `"${'x'.repeat(FRAME_MAX_BYTES - 1)}"` }, tooLarge, answer('bad-request', TOO_LARGE)],
    ['far too much', { body: `"${'x'.repeat(10 * FRAME_MAX_BYTES)}"` }, tooLarge, answer('bad-request', TOO_LARGE)]
  ]
}

const username = courseRefusal('Username is required')
const usernameNoText = courseRefusal('Username must be a text')
const usernameTooLong = courseRefusal(`Username is longer than ${NAME_MAX_CODE_POINTS} characters`)
const usernameUnreadable = courseRefusal('Username has characters that are not allowed, or none that can be read')
const content = courseRefusal('Message content is required')
const lobbyPost: Case[] = [
  // Clients of the course protocol expect status 400 for every invalid body.
  ...brokenBodies((_reason, message) => courseRefusal(message), 400, 400),
  ['no body', {}, 400, username],
  ['nothing', { body: {} }, 400, username],
  ['a list', { body: [] }, 400, username],
  ['no name', { body: { content: 'Hello' } }, 400, username],
  ...[
    ...[null, '', '   ', ' '.repeat(201)].map((name) => [name, username] as const),
    ...[5, true, {}, ['Ana']].map((name) => [name, usernameNoText] as const),
    ...['a'.repeat(201), '😀'.repeat(201), 'a'.repeat(9_999), `${' '.repeat(9_999)}a`].map(
      (name) => [name, usernameTooLong] as const
    ),
    ...['\u200b', 'a\u0000b', 'adm\u202ein', '\u0301'].map((name) => [name, usernameUnreadable] as const)
  ].map(([name, answer]): Case => [
    `the name ${JSON.stringify(name).slice(0, 20)}`,
    { body: { username: name, content: 'Hello' } },
    400,
    answer
  ]),
  ['an inherited name', { body: '{"__proto__":{"username":"Ana","content":"Hello"}}' }, 400, username],
  ['a constructor', { body: { constructor: { prototype: { username: 'Ana' } } } }, 400, username],
  ['no content', { body: { username: 'Ana' } }, 400, content],
  ...[null, 5, false, {}, ['Hello'], '', ' \n\t ', '\u0000', '\u200b\u3164'].map((text): Case => [
    `the content ${JSON.stringify(text)}`,
    { body: { username: 'Ana', content: text } },
    400,
    content
  ]),
  [
    'a content too long',
    { body: { username: 'Ana', content: 'a'.repeat(TEXT_MAX_CODE_POINTS + 1) } },
    400,
    courseRefusal('Message content is too long')
  ],
  [
    'a content of too many bytes',
    { body: { username: 'Ana', content: '😀'.repeat(TEXT_MAX_CODE_POINTS + 1) } },
    400,
    courseRefusal('Message content is too long')
  ]
]

/** A field that must be a string. */
const wrongField = (field: string, max: number): Case[] =>
  [undefined, null, 5, {}, ['Ana'], 'a'.repeat(max + 1)].map((value) => {
    const wrong =
      value === undefined
        ? 'is required'
        : typeof value === 'string'
          ? `must have at most ${max} characters`
          : 'must be a string'
    const what = `the ${field} ${JSON.stringify(value)?.slice(0, 20)}`
    return [what, { body: { [field]: value } }, 400, plain('bad-request', `${field} ${wrong}`)]
  })

const sessionPost: Case[] = [
  ...brokenBodies(plain),
  ...wrongField('name', 1_000),
  ...['', '  ', '\u200b', 'adm\u202ein', 'a'.repeat(201)].map((name): Case => [
    `the name ${JSON.stringify(name)}`,
    { body: { name } },
    400,
    plain('name-bad', NAME)
  ]),
  ['an inherited name', { body: '{"__proto__":{"name":"Ana"}}' }, 400, plain('bad-request', 'name is required')],
  [
    'a moderator token that is none',
    { body: { name: 'Ana', moderator: true } },
    400,
    plain('bad-request', 'moderator must be a string')
  ],
  ['a forged token', { token: 'x.y.z', body: { name: 'Ana' } }, 401, plain('sign-in', 'Sign in first')]
]

const roomPost: Case[] = [
  ...brokenBodies(plain),
  ...wrongField('title', 400),
  ...['', '  ', '\u2800', 'a'.repeat(81)].map((title): Case => [
    `the title ${JSON.stringify(title)}`,
    { body: { title } },
    400,
    plain('name-bad', NAME.replace('name', 'title'))
  ]),
  ['an inherited title', { body: '{"__proto__":{"title":"Books"}}' }, 400, plain('bad-request', 'title is required')]
]

const messagePost: Case[] = [
  ...brokenBodies(plain),
  ...wrongField('text', 16_000),
  ...['', ' \n '].map((text): Case => [
    `the text ${JSON.stringify(text)}`,
    { body: { text } },
    400,
    plain('text-empty', 'The text is required')
  ]),
  [
    'a text too long',
    { body: { text: 'a'.repeat(TEXT_MAX_CODE_POINTS + 1) } },
    400,
    plain('text-too-long', 'The text is too long')
  ],
  ...[5, null, 'short', '__proto__', newId() + '='].flatMap((id) =>
    ['id', 'replyTo'].map((field): Case => [
      `the ${field} ${JSON.stringify(id)}`,
      { body: { text: 'Hello', [field]: id } },
      400,
      plain('bad-request', `${field} must ${typeof id === 'string' ? 'match /^[A-Za-z0-9_-]{22}$/' : 'be a string'}`)
    ])
  ),
  ['an inherited text', { body: '{"__proto__":{"text":"Hello"}}' }, 400, plain('bad-request', 'text is required')]
]

/** Without a session the answer is 401, whatever the body. */
const unsigned: Case[] = [
  ['nobody', { body: { title: 'Books', text: 'Hello' } }, 401, plain('sign-in', 'Sign in first')],
  ['a forger', { token: 'forged', body: { title: 'Books', text: 'Hello' } }, 401, plain('sign-in', 'Sign in first')],
  ['nobody, malformed', { body: '{' }, 401, plain('sign-in', 'Sign in first')]
]

const NO_ROOM = plain('no-room', 'Room not found')
const read = (reason: string, sentence: string): Case[] => [['nothing', {}, 400, plain(reason, sentence)]]

describe.each<[route: string, cases: Case[], signedIn: boolean]>([
  ['POST /api/messages', lobbyPost, false],
  ['POST /api/session', sessionPost, false],
  ['POST /api/rooms', roomPost, true],
  ['POST /api/rooms', unsigned, false],
  ['POST /api/rooms/lobby/messages', messagePost, true],
  ['POST /api/rooms/lobby/messages', unsigned, false],
  ['POST /api/rooms/nowhere/messages', unsigned, false],
  ['POST /api/rooms/nowhere/messages', [['an unknown room', { body: { text: 'Hello' } }, 404, NO_ROOM]], true],
  ['POST /api/rooms/__proto__/messages', [['a room of no grammar', { body: { text: 'Hello' } }, 404, NO_ROOM]], true],
  ['GET /api/rooms/nowhere/messages', [['an unknown room', {}, 404, NO_ROOM]], true],
  ['GET /api/rooms/No%20Room/messages', [['a room of no grammar', {}, 404, NO_ROOM]], true],
  ['GET /api/rooms/%2e%2e%2flobby/messages', [['a way out', {}, 404, NO_ROOM]], true],
  [`GET /api/rooms/${'a'.repeat(65)}/messages`, [['a room too long', {}, 404, NO_ROOM]], true],
  ['GET /api/rooms/lobby/messages?limit=501', read('bad-request', 'limit must be a whole number from 1 to 500'), true],
  ['GET /api/rooms/lobby/messages?limit=x', read('bad-request', 'limit must be a whole number from 1 to 500'), false],
  [
    'DELETE /api/rooms/lobby/messages/5',
    [['an id of no grammar', {}, 404, plain('no-message', 'Message not found')]],
    true
  ],
  [`DELETE /api/rooms/lobby/messages/${newId()}`, unsigned, false],
  ['GET /api/rooms/lobby/messages?before=1', read('bad-request', 'before must be a message id'), true]
])('%s refuses', (route, cases, signedIn) => {
  test.each(cases)('%s', async (_what, wrong, status, body) => {
    const { ask, signIn, stored, lines } = await openApp()
    const [method = '', path = ''] = route.split(' ')
    const { token } = await signIn('Somebody')
    const before = await stored()
    const answer = await ask(method, path, { ...(signedIn && { token }), ...wrong })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await answer.json()).toEqual(body)
    expect(await stored()).toBe(before)
    expect(lines).toEqual([])
    expect({}).not.toHaveProperty('username')
    expect((await ask('GET', '/api/messages')).status).toBe(200)
  })
})

test('an endless body is refused as soon as it is too long', async () => {
  const { app, stored, signIn } = await openApp()
  const { token } = await signIn('Ana')
  const before = await stored()
  for (const path of ['/api/messages', '/api/session', '/api/rooms', '/api/rooms/lobby/messages']) {
    let pulled = 0
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(1_024).fill(32))
      }
    })
    const request = new Request(`http://localhost:3000${path}`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { authorization: `Bearer ${token}` }
    })
    const answer = await app.fetch(request, { incoming: { socket: {} } })
    expect(answer.status).toBe(path === '/api/messages' ? 400 : 413)
    expect(pulled).toBeLessThan(40)
  }
  expect(await stored()).toBe(before)
})

test('a body that breaks off is refused and is not a bug', async () => {
  const { app, lines } = await openApp()
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"username":'))
    },
    pull(controller) {
      controller.error(new Error('the other side went away'))
    }
  })
  const request = new Request('http://localhost:3000/api/messages', {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/json' }
  })
  const answer = await app.fetch(request, { incoming: { socket: {} } })
  expect(await outcome(answer)).toEqual([400, { message: 'The request body ended early' }])
  expect(lines).toEqual([])
})
