import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../errors.ts'
import { GUEST_PAGE, openApp, outcome, OWN_PAGE, TRUSTED_PROXY, type OpenApp } from './app.fixture.ts'

describe('every answer', () => {
  const answers: [what: string, ask: (app: OpenApp) => Promise<Response>, status: number][] = [
    ['the page', ({ ask }) => ask('GET', '/'), 200],
    ['a file', ({ ask }) => ask('GET', '/assets/main-ABC.js'), 200],
    ['the head of a file', ({ ask }) => ask('HEAD', '/assets/main-ABC.js'), 200],
    ['a list', ({ ask }) => ask('GET', '/api/messages'), 200],
    ['a sign-in', ({ ask }) => ask('POST', '/api/session', { body: { name: 'Ana' } }), 201],
    ['an unknown message', ({ ask }) => ask('DELETE', `/api/messages/${'x'.repeat(22)}`), 404],
    ['a preflight', ({ ask }) => ask('OPTIONS', '/api/messages', { headers: GUEST_PAGE }), 204],
    ['a refusal', ({ ask }) => ask('DELETE', '/api/session'), 401],
    ['a body too large', ({ ask }) => ask('POST', '/api/session', { body: ' '.repeat(40_000) }), 413],
    ['not found', ({ ask }) => ask('GET', '/nothing'), 404],
    ['not found, as a page', ({ ask }) => ask('GET', '/nothing', { headers: { accept: 'text/html' } }), 404],
    ['another method', ({ ask }) => ask('PUT', '/api/rooms'), 405],
    ['health', ({ ask }) => ask('GET', '/health/live'), 200]
  ]

  test.each(answers)('has the security headers: %s', async (_, ask, status) => {
    const { status: got, headers } = await ask(await openApp())
    expect(got).toBe(status)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types worker push"
    )
    expect(headers.get('permissions-policy')).toContain('camera=(), ')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe(
      headers.has('access-control-allow-origin') ? 'cross-origin' : 'same-origin'
    )
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).not.toBeNull()
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  test('has HSTS where PUBLIC_ORIGIN is HTTPS, for an hour on the first day and two years later', async () => {
    const hsts = async ({ ask }: OpenApp) =>
      (await ask('GET', '/nothing', { headers: { 'x-forwarded-proto': 'https' }, from: TRUSTED_PROXY })).headers.get(
        'strict-transport-security'
      )
    const online = await openApp({ publicOrigin: 'https://chat.example.org' })
    expect(await hsts(online)).toBe('max-age=3600')
    await online.clock.advance(24 * 3_600_000)
    expect(await hsts(online)).toBe('max-age=63072000')
    for (const publicOrigin of [null, 'http://chat.example.org'])
      expect(await hsts(await openApp({ publicOrigin }))).toBeNull()
  })

  test('is not cached unless it says so', async () => {
    const { ask } = await openApp()
    const caching = async (path: string) => (await ask('GET', path)).headers.get('cache-control')
    expect(await caching('/assets/main-ABC.js')).toBe('public, max-age=31536000, immutable')
    expect(await caching('/api/presence')).toBe('public, max-age=2')
    for (const path of ['/api/messages', '/api/session', '/api/rooms', '/health/live', '/nothing'])
      expect(await caching(path)).toBe('no-store')
  })
})

describe('the client', () => {
  test('is served at / and nowhere else', async () => {
    const { ask } = await openApp()
    expect(await (await ask('GET', '/')).text()).toBe('<!doctype html><title>Taifas</title>')
    expect(await (await ask('HEAD', '/')).text()).toBe('')
    for (const path of [
      '/rooms',
      '/assets/',
      '/assets/../../manifest.json',
      '/%2e%2e/manifest.json',
      '//assets/main-ABC.js',
      '/%00'
    ])
      expect((await ask('GET', path)).status).toBe(404)
    expect((await ask('POST', '/')).status).toBe(404)
  })
})

describe('an unknown address', () => {
  test.each([['*/*'], ['application/json'], [''], ['text/html;q=0.1, application/json'], ['image/png']])(
    'answers JSON to a client that accepts %j',
    async (accept) => {
      const { ask } = await openApp()
      const answer = await ask('GET', '/api/nothing', { headers: { accept } })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('vary')).toBe('Accept, Accept-Language')
      expect(await answer.json()).toEqual({ reason: 'not-found', message: 'There is nothing at this address' })
    }
  )

  test.each([
    ['en', 'de, en;q=0.5, pl;q=0.1'],
    ['en', ''],
    ['en', '../index'],
    ['pl', 'pl-PL,pl;q=0.9,en;q=0.8'],
    ['ro', 'en;q=0.5, ro-MD']
  ])('answers a page in %s to a browser that prefers %j', async (language, preferred) => {
    const { ask } = await openApp()
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const answer = await ask('GET', '/nothing', { headers: { accept, 'accept-language': preferred } })
    const page = await answer.text()
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-language')).toBe(language)
    expect(page).toContain(`not-found/${language}.html`)
  })

  test('includes metrics', async () => {
    const { ask } = await openApp()
    for (const path of ['/metrics', '/metrics/', '/health/metrics', '/api/metrics'])
      expect((await ask('GET', path)).status).toBe(404)
  })

  test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])('is 404 for %s too', async (method) => {
    const { ask } = await openApp()
    expect((await ask(method, '/api/nothing')).status).toBe(404)
  })

  test('includes the course protocol when guest protocols are off', async () => {
    const { ask } = await openApp({ guestProtocols: false })
    const body = { username: 'Ana', content: 'Hello' }
    for (const answer of [
      await ask('GET', '/api/messages'),
      await ask('POST', '/api/messages', { body }),
      await ask('OPTIONS', '/api/messages', { headers: GUEST_PAGE }),
      await ask('DELETE', `/api/messages/${'x'.repeat(22)}`)
    ]) {
      expect(answer.status).toBe(404)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

test.each([
  ['PUT', '/api/messages', 'GET, HEAD, POST'],
  ['GET', `/api/messages/${'x'.repeat(22)}`, 'DELETE'],
  ['PUT', '/api/session', 'POST, GET, HEAD, DELETE'],
  ['OPTIONS', '/api/session', 'POST, GET, HEAD, DELETE'],
  ['DELETE', '/api/rooms', 'GET, HEAD, POST'],
  ['PATCH', '/api/rooms/lobby/messages', 'GET, HEAD, POST'],
  ['POST', '/api/presence', 'GET, HEAD'],
  ['POST', '/health/ready', 'GET, HEAD']
])('%s %s is 405 with the allowed methods', async (method, path, allowed) => {
  const { ask } = await openApp()
  const answer = await ask(method, path, { headers: OWN_PAGE })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe(allowed)
  const message = `Only ${allowed} can be used here`
  // The course protocol has refusals of its own.
  const refusal = path.startsWith('/api/messages') ? { message } : { reason: 'bad-request', message }
  expect(await answer.json()).toEqual(refusal)
})

describe('health', () => {
  test('live is 200 while the process answers', async () => {
    const { ask } = await openApp({ readiness: () => ({ ready: false, details: {} }) })
    const answer = await ask('GET', '/health/live', { headers: { host: '10.0.0.1:3000' } })
    expect(await outcome(answer)).toEqual([200, { ok: true, region: 'waw', instance: 'one', build: '0123abcd' }])
  })

  test.each([
    [true, 200],
    [false, 503]
  ])('ready %s is %i with its details', async (ready, status) => {
    const { ask } = await openApp({
      publicOrigin: 'https://chat.example.org',
      readiness: () => ({ ready, details: { hears: ready } })
    })
    const answer = await ask('GET', '/health/ready', { headers: { host: '10.0.0.1:3000' } })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({
      ok: ready,
      region: 'waw',
      instance: 'one',
      build: '0123abcd',
      details: { hears: ready }
    })
  })
})

describe('one error path', () => {
  test('a bug is logged once under the id in the answer, which reveals nothing else', async () => {
    const { ask, lines } = await openApp({
      readiness() {
        throw new TypeError('a detail of the inside')
      }
    })
    const answer = await ask('GET', '/health/ready')
    const body = (await answer.json()) as { id: string }
    expect(answer.status).toBe(500)
    expect(body).toEqual({ reason: 'fault', message: 'Something went wrong', id: expect.any(String) })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      id: body.id,
      path: '/health/ready',
      err: { message: 'a detail of the inside' }
    })
    expect((await ask('GET', '/health/live')).status).toBe(200)
  })

  test('an unavailable store is not a bug: 503 with Retry-After', async () => {
    const { ask, lines } = await openApp({
      readiness() {
        throw new StoreUnavailable()
      }
    })
    const answer = await ask('GET', '/health/ready')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(await answer.json()).toEqual({ reason: 'unavailable', message: 'Not confirmed, try again shortly' })
    expect(lines).toEqual([])
  })

  test('with a closed store every route that needs it is 503, and the others work', async () => {
    const { ask, messageLog, signIn, lines } = await openApp()
    const { token } = await signIn('Ana')
    await messageLog.close()
    const sentence = 'Not confirmed, try again shortly'
    for (const [answer, body] of [
      [await ask('GET', '/api/messages'), { message: sentence }],
      [await ask('POST', '/api/messages', { body: { username: 'B', content: 'x' } }), { message: sentence }],
      [await ask('DELETE', `/api/messages/${'x'.repeat(22)}`), { message: sentence }],
      [await ask('GET', '/api/rooms', { token }), { reason: 'unavailable', message: sentence }],
      [
        await ask('POST', '/api/rooms', { token, body: { title: 'Books' } }),
        { reason: 'unavailable', message: sentence }
      ],
      [await ask('GET', '/api/rooms/lobby/messages'), { reason: 'unavailable', message: sentence }],
      [
        await ask('POST', '/api/rooms/lobby/messages', { token, body: { text: 'x' } }),
        { reason: 'unavailable', message: sentence }
      ]
    ] as const) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('2')
      expect(await answer.json()).toEqual(body)
    }
    expect((await ask('GET', '/api/presence')).status).toBe(200)
    expect((await ask('GET', '/health/live')).status).toBe(200)
    expect(lines).toEqual([])
  })
})
