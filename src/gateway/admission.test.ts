// Attacks on connections, against a real server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asNative, closeClients, connectClient, connectNative, signIn } from '../../infra/testing/clients.ts'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { FRAME_MAX_BYTES, LOBBY, WIRE_VERSION, newId } from '../contract.ts'

describe('admission', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ env: { CONNECTIONS_PER_ADDRESS: '200', RATE_BURST: '60', RATE_PER_SECOND: '20' } })
  })
  afterEach(async () => {
    closeClients()
    closeRaws()
    await server.stop()
  })
  const polling = (headers: Record<string, string>) =>
    fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers })
  const native = async (name: string) => {
    const ana = await connectNative(server.url, name)
    const answer = await ana.ask('room:open', { room: LOBBY })
    expect(answer.ok).toBe(true)
    return ana
  }

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://127.0.0.1.nip.io', 'file://'])(
    'a page of an unknown origin is refused on polling and on upgrade: %s',
    async (origin) => {
      expect((await polling({ origin })).status).toBe(403)
      const answer = await openRaw(server.url, { origin })
      expect(answer.status).toBe(403)
      expect(server.gateway.connections()).toBe(0)
    }
  )

  it.each(['http://localhost:5173', 'http://127.0.0.1:5500', 'http://[::1]:8080'])(
    'a page of this computer connects as a guest, without credentials: %s',
    async (origin) => {
      const answer = await polling({ origin })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect((await openRaw(server.url, { origin })).status).toBe(101)
      const preflight = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    }
  )

  it('a guest’s page can use neither the native protocol nor the cookie', async () => {
    const { token } = await signIn(server.url, 'ana')
    const headers = { origin: 'http://localhost:5173', cookie: `taifas=${token}` }
    for (const auth of [
      { speaks: 'native', v: WIRE_VERSION, token },
      { speaks: 'native', v: WIRE_VERSION }
    ]) {
      const socket = await openRaw(server.url, headers)
      socket.say(`40${JSON.stringify(auth)}`)
      await until('a refusal', () => socket.received.some((packet) => packet.startsWith('44')))
      expect(socket.received.at(-1)).toContain('not-allowed')
    }
  })

  it('our own page may sign in by the cookie', async () => {
    const { token, person } = await signIn(server.url, 'ana')
    const socket = await openRaw(server.url, { origin: server.url, cookie: `taifas=${token}` })
    socket.say(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION })}`)
    await until('a hello', () => socket.received.some((packet) => packet.includes('server:hello')))
    expect(socket.received.join()).toContain(person.id)
  })

  it('a thousand CONNECT packets on one connection create one session', async () => {
    const { token } = await signIn(server.url, 'ana')
    const socket = await openRaw(server.url)
    const hello = `40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`
    for (let each = 0; each < 1_000; each += 1) socket.say(hello)
    await until(
      'refusals or the end',
      () => socket.received.filter((packet) => packet.startsWith('44')).length > 10 || socket.tcp.destroyed
    )
    expect(server.gateway.io.of('/').sockets.size).toBeLessThanOrEqual(1)
    expect(socket.received.filter((packet) => packet.includes('server:hello')).length).toBeLessThanOrEqual(1)
    // Other clients are served meanwhile.
    await native('bo')
  })

  it('a connection may join again after it left', async () => {
    const socket = await openRaw(server.url)
    socket.say('40')
    await until('a welcome', () => socket.received.some((packet) => packet.startsWith('40')))
    socket.say('41')
    await until('it to be out', () => server.gateway.io.of('/').sockets.size === 0)
    socket.say('40')
    await until('another welcome', () => socket.received.filter((packet) => packet.startsWith('40')).length === 2)
  })

  it('a flood of packets closes the connection that sends it', async () => {
    const socket = await openRaw(server.url)
    socket.say('40')
    await until('a welcome', () => socket.received.some((packet) => packet.startsWith('40')))
    for (let each = 0; each < 300; each += 1) socket.say('42["no:such:event",{}]')
    const bo = await native('bo')
    expect(server.gateway.connections()).toBe(2)
    for (let each = 0; each < 2_000; each += 1) socket.say('42["no:such:event",{}]')
    await socket.closed
    expect((await bo.ask('room:list')).ok).toBe(true)
  })

  it('a connection that sends events before CONNECT is closed', async () => {
    const socket = await openRaw(server.url)
    for (let each = 0; each < 2_000; each += 1) socket.say('42["no:such:event",{}]')
    await socket.closed
    await native('bo')
  })

  it('a frame or body above the limit closes its connection and no other', async () => {
    const ana = await native('ana')
    const socket = await openRaw(server.url)
    socket.say('40')
    socket.say(`42["new-message","${'x'.repeat(FRAME_MAX_BYTES)}"]`)
    await socket.closed
    const handshake = await (await polling({})).text()
    const { sid } = JSON.parse(handshake.slice(1)) as { sid: string }
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: `42["new-message","${'x'.repeat(FRAME_MAX_BYTES)}"]`
    })
    expect(answer.status).toBe(413)
    expect((await ana.ask('message:send', { room: LOBBY, id: newId(), text: 'still works' })).ok).toBe(true)
  })

  it('a classroom shares an address; one connection more than the limit is refused until another one closes', async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => openRaw(server.url)))
    expect(sockets.every(({ status }) => status === 101)).toBe(true)
    expect((await openRaw(server.url)).status).toBe(400)
    sockets[0]?.tcp.destroy()
    await until('a free place', () => server.gateway.connections() < 200)
    expect((await openRaw(server.url)).status).toBe(101)
    for (const { tcp } of sockets) tcp.destroy()
  })

  it('a person above the rate limit gets the time to wait, and earlier messages are stored', async () => {
    const ana = await native('ana')
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, each) => ana.ask('message:send', { room: LOBBY, id: newId(), text: `${each}` }))
    )
    const refused = answers.filter((answer) => !answer.ok)
    expect(refused.length).toBeGreaterThan(20)
    expect(refused[0]).toMatchObject({ reason: 'too-fast', retryAfterMs: expect.any(Number) })
    expect(answers.slice(0, 50).every(({ ok }) => ok)).toBe(true)
    await native('bo')
  })

  it('many connections of one person share one bucket', async () => {
    const session = await signIn(server.url, 'ana')
    const tabs = await Promise.all(Array.from({ length: 4 }, () => connectClient(server.url, asNative(session.token))))
    await Promise.all(tabs.map((tab) => tab.ask('room:open', { room: LOBBY })))
    const answers = await Promise.all(
      tabs.flatMap((tab) =>
        Array.from({ length: 30 }, () => tab.ask('message:send', { room: LOBBY, id: newId(), text: 'x' }))
      )
    )
    expect(answers.filter(({ ok }) => ok).length).toBeLessThan(80)
  })

  it('a connection that has joined keeps neither the request nor the token of its handshake, and has one listener', async () => {
    await native('ana')
    const [socket] = server.gateway.io.of('/').sockets.values()
    expect([socket?.conn.request, socket?.handshake]).toEqual([null, {}])
    expect(['packet', 'data'].map((event) => socket?.conn.listenerCount(event))).toEqual([1, 1])
  })

  it('every path of Socket.IO answers, and its client library is served', async () => {
    for (const file of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js']) {
      const answer = await fetch(`${server.url}/socket.io/${file}`)
      expect([file, answer.status]).toEqual([file, 200])
      expect((await answer.text()).length).toBeGreaterThan(1_000)
    }
    for (const path of [
      '',
      '?EIO=3',
      '?EIO=4',
      '?EIO=4&transport=no',
      '?EIO=4&transport=polling&sid=no',
      'foo',
      '../etc/passwd'
    ])
      expect((await fetch(`${server.url}/socket.io/${path}`)).status).toBeLessThan(500)
  })
})

describe('a connection that is in no namespace', () => {
  it('is closed within 10 s: without CONNECT, refused at CONNECT however often, or after it left', async () => {
    const clock = standingClock(Date.now())
    const server = await startTestServer({ clock })
    const open = async (...packets: string[]) => {
      const socket = await openRaw(server.url)
      for (const packet of packets) socket.say(packet)
      return socket
    }
    const refused = `40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token: 'forged' })}`
    const guest = await open('40')
    const gone = [await open(), await open('40/other,'), await open(refused), await open('40')]
    const polling = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)
    expect(polling.status).toBe(200)
    await until(
      'the answers',
      () => guest.received.length === 2 && gone[2]?.received.some((one) => one.startsWith('44'))
    )
    await until('the welcome', () => gone[3]?.received.length === 2)
    gone[3]?.say('41')
    await until('one to have left', () => server.gateway.io.of('/').sockets.size === 1)
    expect(server.gateway.connections()).toBe(6)
    await clock.advance(4_000)
    gone[2]?.say(refused)
    await until('another refusal', () => gone[2]?.received.filter((one) => one.startsWith('44')).length === 2)
    await clock.advance(1_000)
    await Promise.all([gone[2]?.closed, gone[3]?.closed])
    await clock.advance(5_000)
    await Promise.all(gone.map(({ closed }) => closed))
    expect(server.gateway.connections()).toBe(1)
    expect(guest.tcp.destroyed).toBe(false)
    closeRaws()
    const stopped = server.stop()
    await clock.advance(30_000)
    await stopped
  })
})

describe('with the guest protocols off', () => {
  it('guests are refused, the library is not served, and native clients connect', async () => {
    const server = await startTestServer({ env: { GUEST_PROTOCOLS: 'off' } })
    await expect(connectClient(server.url)).rejects.toMatchObject({ data: { reason: 'sign-in' } })
    expect((await fetch(`${server.url}/socket.io/socket.io.js`)).status).not.toBe(200)
    expect((await fetch(`${server.url}/api/messages`)).status).toBe(404)
    await connectNative(server.url, 'ana')
    closeClients()
    await server.stop()
  })
})
