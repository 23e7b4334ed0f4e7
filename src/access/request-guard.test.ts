// Attacks by pages of other origins, as browsers send them, against a whole server.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { logForeignHosts, servedHosts } from './host-names.ts'

const POLLING = '/socket.io/?EIO=4&transport=polling'
const STRANGERS = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'script' },
  { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }
] as Record<string, string>[]

describe.each([
  ['without a public origin', {}],
  ['with a public origin', { PUBLIC_ORIGIN: 'https://chat.example.org' }]
] as [string, Record<string, string>][])('%s', (_name, env) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ env })
  })
  afterEach(closeRaws)
  afterAll(() => server.stop())

  const handshake = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(server.url + POLLING, { headers })
    return { answer, sid: (/"sid":"([^"]+)"/.exec(await answer.text()) ?? [])[1] }
  }

  it.each(STRANGERS)('%o is refused on every request of every transport', async (headers) => {
    expect((await handshake(headers)).answer.status).toBe(403)
    expect((await openRaw(server.url, headers)).status).toBe(403)
    const { sid } = await handshake()
    const url = `${server.url}${POLLING}&sid=${sid}`
    expect((await fetch(url, { method: 'POST', headers, body: '40' })).status).toBe(403)
    expect((await fetch(url, { headers })).status).toBe(403)
    expect((await openRaw(server.url, headers, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`)).status).toBe(403)
    // The client that owns the session can still use it.
    expect(await (await fetch(url, { method: 'POST', body: '40' })).text()).toBe('ok')
    expect(await (await fetch(url)).text()).toMatch(/^40/)
  })

  it('a program and a page of an allowed origin are served on every request, whatever Sec-Fetch-Site', async () => {
    const pages = [
      {},
      { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' },
      ...(env['PUBLIC_ORIGIN']
        ? [{ origin: env['PUBLIC_ORIGIN'], 'sec-fetch-site': 'same-origin' }]
        : [
            // Live Server, a page of another loopback name, and one behind Vite's proxy.
            { origin: 'http://localhost:5500', 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'empty' },
            { origin: 'http://127.0.0.1:5500', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' },
            { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }
          ])
    ] as Record<string, string>[]
    for (const headers of pages) {
      const { sid } = await handshake(headers)
      const url = `${server.url}${POLLING}&sid=${sid}`
      expect(await (await fetch(url, { method: 'POST', headers, body: '40' })).text()).toBe('ok')
      expect(await (await fetch(url, { headers })).text()).toMatch(/^40/)
      expect((await openRaw(server.url, headers, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`)).status).toBe(101)
    }
  })

  it('JSONP is refused at the handshake and afterwards', async () => {
    expect((await fetch(`${server.url}${POLLING}&j=0`)).status).toBe(400)
    const { sid } = await handshake()
    expect((await fetch(`${server.url}${POLLING}&sid=${sid}&j=`)).status).toBe(400)
    expect((await fetch(`${server.url}/socket.io/socket.io.js?j=0&EIO=4&transport=polling`)).status).toBe(400)
  })

  it('answers of Socket.IO can’t be sniffed, framed or embedded; other pages may load its library', async () => {
    const polled = (await handshake()).answer.headers
    expect(polled.get('x-content-type-options')).toBe('nosniff')
    expect(polled.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(polled.get('content-security-policy')).toContain("frame-ancestors 'none'")
    const library = await fetch(`${server.url}/socket.io/socket.io.js?v=4`, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'script' }
    })
    expect(library.status).toBe(200)
    expect(library.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect((await fetch(`${server.url}/socket.io/socket.io.js.map`)).status).toBe(404)
  })

  it.each(['/health/live', '/api/messages', POLLING, '/'])('two Host headers are refused: %s', async (path) => {
    expect(await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400 /
    )
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    expect(
      await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n${upgrade}\r\n`)
    ).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe('an unknown host name', () => {
  it('gets health checks and a sentence that names PUBLIC_ORIGIN, until it is set', async () => {
    const get = (port: number, path: string, host: string) =>
      raw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const server = await startTestServer()
    for (const path of ['/', '/api/messages', '/api/rooms', POLLING]) {
      const answer = await get(server.port, path, 'evil.example')
      expect(answer).toMatch(/^HTTP\/1.1 403 /)
      expect(answer).toContain('PUBLIC_ORIGIN')
    }
    expect(await get(server.port, '/health/ready', 'evil.example')).toMatch(/^HTTP\/1.1 200 /)
    expect(await get(server.port, '/api/messages', 'chat:3000')).toMatch(/^HTTP\/1.1 200 /)
    expect(await get(server.port, '/', 'chat:3000')).toMatch(/^HTTP\/1.1 403 /)
    await server.stop()
  })

  it('beside PUBLIC_ORIGIN gets them too, unless a trusted proxy or Fly’s wrote it', async () => {
    const PUBLIC_ORIGIN = 'https://chat.example.org'
    const statuses = async (env: Record<string, string>, ...hosts: string[]) => {
      const server = await startTestServer({ env: { PUBLIC_ORIGIN, ...env } })
      onTestFinished(() => server.stop())
      const get = async (host: string, path = '/api/messages') =>
        Number(
          (await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).split(' ')[1]
        )
      expect(await get('evil.example', '/health/live')).toBe(200)
      return Promise.all(hosts.map((host) => get(host)))
    }
    const own = ['chat.example.org', 'CHAT.example.org:443', 'localhost', '10.1.2.3:3000', 'chat:3000', 'chat.internal']
    expect(await statuses({}, ...own)).toEqual(own.map(() => 200))
    const foreign = ['evil.example', 'sub.chat.example.org', 'chat.example.org.evil.example', 'taifas.fly.dev']
    expect(await statuses({}, ...foreign)).toEqual(foreign.map(() => 403))
    expect(await statuses({ TRUSTED_PROXIES: 'private' }, ...foreign)).toEqual(foreign.map(() => 200))
  })

  it('or origin is logged once with the remedy, whichever request is refused', async () => {
    const lines: string[] = []
    const server = await startTestServer({ onLog: (line) => lines.push(line) })
    onTestFinished(() => server.stop())
    const origin = 'https://chat.example.org'
    const headers = { origin, 'content-type': 'application/json' }
    for (let each = 0; each < 2; each += 1) {
      expect((await fetch(`${server.url}/api/session`, { method: 'POST', headers, body: '{}' })).status).toBe(403)
      expect((await openRaw(server.url, { origin })).status).toBe(403)
      await fetch(server.url + POLLING, { headers: { origin: 'https://other.example' } })
    }
    expect(lines).toHaveLength(2)
    expect(lines.map((line) => /"origin":"([^"]+)"/.exec(line)?.[1])).toEqual([origin, 'https://other.example'])
    expect(lines[0]).toMatch(/PUBLIC_ORIGIN.*forward Host/)
  })

  it('or proxy that is not trusted is logged once with the remedy', async () => {
    const lines: string[] = []
    const server = await startTestServer({ onLog: (line) => lines.push(line) })
    onTestFinished(() => server.stop())
    for (let each = 0; each < 2; each += 1)
      await fetch(`${server.url}/api/messages`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
    expect(lines).toEqual([expect.stringMatching(/"proxy":".*add it to TRUSTED_PROXIES/)])
  })

  it('is logged once with the remedy, and nobody can fill the log with names', () => {
    const lines: unknown[] = []
    const onForeignHost = logForeignHosts({ warn: (...line: unknown[]) => void lines.push(line) })
    for (let each = 0; each < 3; each += 1) onForeignHost('chat.example.org')
    expect(lines).toEqual([[{ host: 'chat.example.org' }, expect.stringContaining('PUBLIC_ORIGIN')]])
    for (let each = 0; each < 1_000; each += 1) onForeignHost(`${each}.example`)
    expect(lines.length).toBe(20)
  })

  it('opened as a page leads to PUBLIC_ORIGIN, and what programs ask for does not', async () => {
    const server = await startTestServer({ env: { PUBLIC_ORIGIN: 'https://chat.example.org' } })
    onTestFinished(() => server.stop())
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
    const get = async (path: string, host: string, headers = {}) => {
      const head = Object.entries({ accept: browser, ...headers, host, connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}`
      )
      const answer = await raw(server.port, `GET ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
      return { status: Number(answer.split(' ')[1]), location: /^location: (.*)\r$/im.exec(answer)?.[1], answer }
    }
    for (const host of [
      `localhost:${server.port}`,
      '203.0.113.7:3000',
      'chat.example.net',
      'chat.example.org:8443',
      'chat'
    ])
      expect(await get('/?from=mail', host)).toMatchObject({
        status: 302,
        location: 'https://chat.example.org/?from=mail'
      })
    expect(await get('//evil.example/', 'localhost')).toMatchObject({
      location: 'https://chat.example.org//evil.example/'
    })
    expect((await get('http://evil.example/', 'localhost')).location).toBeUndefined()
    for (const host of ['chat.example.org', 'Chat.Example.ORG', 'chat.example.org:443'])
      expect((await get('/nowhere', host)).status).toBe(404)

    for (const path of ['/health/live', '/health/ready', '/metrics', '/api/messages', '/api?x', POLLING])
      expect((await get(path, 'localhost')).location).toBeUndefined()
    expect((await get('/', 'localhost', { accept: '*/*' })).location).toBeUndefined()
    expect(
      (await fetch(`${server.url}/`, { method: 'HEAD', headers: { accept: browser }, redirect: 'manual' })).status
    ).not.toBe(302)
  })

  it('of a proxy that does not forward Host gets one redirect and then the page', async () => {
    const server = await startTestServer({ env: { PUBLIC_ORIGIN: 'https://chat.example.org' } })
    onTestFinished(() => server.stop())
    const open = (cookie = '') => fetch(server.url, { headers: { accept: 'text/html', cookie }, redirect: 'manual' })
    const first = await open()
    expect(first.status).toBe(302)
    expect((await open(first.headers.getSetCookie()[0]?.split(';')[0])).status).not.toBe(302)
  })

  it('is mentioned at startup where other computers can reach the port', () => {
    expect(servedHosts({ publicOrigin: null, host: null, app: null })).toContain('PUBLIC_ORIGIN')
    expect(servedHosts({ publicOrigin: null, host: '0.0.0.0', app: 'taifas' })).toContain('taifas.fly.dev')
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(servedHosts({ publicOrigin: null, host, app: null })).toBeNull()
    expect(servedHosts({ publicOrigin: 'https://chat.example.org', host: null, app: null })).toBeNull()
  })
})

/** What the server answers to these bytes until it closes the connection or half-closes it. */
function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(bytes)
  return text(socket)
}
