// How an instance answers requests that belong to others, as Fly's proxy sees it: raw headers, which nobody follows.
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { replayFor } from './fly-replay.ts'

const ME = 'machine1'
const OTHER = 'machine2'
const REPLAY = `instance=${OTHER};timeout=2s;fallback=prefer_self`
const UNKNOWN = { code: 1, message: 'Session ID unknown' }

describe('an instance behind Fly’s proxy', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ config: { instance: ME, isOnFly: true } })
  })
  afterAll(async () => {
    closeClients()
    await server.stop()
  })

  const poll = (sid: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${encodeURIComponent(sid)}`, { method, headers })
  const upgrade = (sid: string, headers: Record<string, string> = {}) =>
    request(server.port, `/socket.io/?EIO=4&transport=websocket&sid=${encodeURIComponent(sid)}`, {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers
    })

  it.each(['GET', 'POST'])('replays a polling %s of another instance’s session', async (method) => {
    const answer = await poll(`${OTHER}.secret`, {}, method)
    expect(answer.headers.get('fly-replay')).toBe(REPLAY)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toBe('')
  })

  it('replays an upgrade with 101 and without a negotiation', async () => {
    expect(await upgrade(`${OTHER}.secret`)).toBe(`HTTP/1.1 101 Switching Protocols\r\nfly-replay: ${REPLAY}\r\n\r\n`)
  })

  it.each(['fly-replay-src', 'fly-replay-failed'])(
    'answers a replayed request (%s) with an unknown session',
    async (name) => {
      const headers = { [name]: `instance=${OTHER};region=iad;t=1` }
      const answer = await poll(`${OTHER}.secret`, headers)
      expect([answer.status, answer.headers.get('fly-replay')]).toEqual([400, null])
      expect(await answer.json()).toEqual(UNKNOWN)
      const raw = await upgrade(`${OTHER}.secret`, headers)
      expect(raw).toMatch(/^HTTP\/1\.1 400 /)
      expect(raw).not.toMatch(/fly-replay/)
    }
  )

  it('never replays to itself', async () => {
    const answer = await poll(`${ME}.of-an-earlier-life`)
    expect([answer.status, answer.headers.get('fly-replay')]).toEqual([400, null])
    expect(await answer.json()).toEqual(UNKNOWN)
  })

  it.each([
    'no-dot',
    '.empty',
    `${'a'.repeat(33)}.long`,
    'UPPER.case',
    'a b.c',
    'a;instance=b.c',
    'a\r\nset-cookie: x=1.c',
    'ä.c',
    '__proto__',
    ' machine2.x'
  ])('puts nothing of the forged session %j into a header', async (sid) => {
    const answer = await poll(sid)
    expect([answer.status, answer.headers.get('fly-replay'), answer.headers.get('set-cookie')]).toEqual([
      400,
      null,
      null
    ])
    expect(await answer.json()).toEqual(UNKNOWN)
    const raw = await upgrade(sid)
    expect(raw).toMatch(/^HTTP\/1\.1 400 /)
    expect(raw).not.toMatch(/set-cookie|fly-replay/i)
  })

  it('uses the same one of several session ids as Engine.IO', async () => {
    const asked = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${OTHER}.one&sid=${ME}.two`
    expect((await fetch(asked)).headers.get('fly-replay')).toBeNull()
  })

  it('serves its own clients on every transport, and counts nobody twice', async () => {
    const client = await connectClient(server.url)
    client.emit('add-user', 'ana')
    expect(await client.next('login')).toEqual({ numUsers: 1 })
  })
})

test('outside of Fly nothing is replayed: no other proxy supports it', async () => {
  const server = await startTestServer({ config: { instance: ME } })
  try {
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${OTHER}.secret`)
    expect([answer.status, answer.headers.get('fly-replay')]).toEqual([400, null])
  } finally {
    await server.stop()
  }
})

test('an instance that ends answers no poll with a close packet, which makes python-socketio stay away', async () => {
  const server = await startTestServer()
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string }
  const poll = fetch(`${url}&sid=${sid}`)
  const answer = poll.then((response) => response.text()).catch(() => 'broken off')
  // It is answered after the poll has arrived.
  await fetch(`${url}&sid=${sid}`, { method: 'POST', body: '3' })
  await server.stop()
  expect(await answer).not.toBe('1')
})

test('for any session id, the header names one other instance or is absent', () => {
  const sid = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9]{0,34}\.?[^]{0,9}$/))
  fc.assert(
    fc.property(sid, (session) => {
      const replay = replayFor(session, {}, ME)
      if (replay === null) return
      expect(replay).toMatch(/^instance=[a-z0-9]{1,32};timeout=2s;fallback=prefer_self$/)
      expect(replay).not.toContain(`instance=${ME};`)
    })
  )
})

/** The raw answer to a request. */
async function request(port: number, path: string, headers: Record<string, string>): Promise<string> {
  const socket = connect(port, 'localhost')
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  let received = ''
  socket.setEncoding('utf8').on('data', (chunk) => (received += chunk))
  await once(socket, 'close')
  return received
}
