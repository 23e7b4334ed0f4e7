import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { readConfig, type Config } from './config.ts'
import { listenSentence, openListener, type Listener } from './listener.ts'

const env = {
  PORT: '0',
  HOST: '127.0.0.1',
  SESSION_SECRET: 'a secret for tests, long enough for them',
  FLY_REGION: 'ams'
}
const config = readConfig({ ...env, FLY_MACHINE_ID: 'one' })

describe('sockets without a request', () => {
  const open = async (port: number) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    await new Promise((done) => socket.once('connect', done).once('close', done))
    return { socket, closed }
  }
  const start = async (connections: Config['connections'], proxy: Partial<Config> = {}, times = {}) => {
    const listener = await openListener({ ...config, connections, ...proxy }, times)
    onTestFinished(() => {
      for (const socket of listener.sockets) socket.destroy()
      listener.server.close()
    })
    const refused: string[] = []
    listener.countSocketRefusals((why) => refused.push(why))
    listener.handOver((_, response) => response.end('here'))()
    return { listener, refused }
  }

  it('lock out nobody: the oldest one of an address is closed for a new one', async () => {
    const { listener, refused } = await start({ max: 25, perAddress: 12 })
    const used = await open(listener.port)
    used.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((done) => used.socket.once('data', done))
    const silent = await Promise.all(Array.from({ length: 120 }, () => open(listener.port)))
    expect((await fetch(`http://127.0.0.1:${listener.port}/`)).status).toBe(200)
    // Two sockets for each connection that an address may have.
    await expect.poll(() => listener.sockets.size).toBeLessThanOrEqual(24)
    expect(used.socket.destroyed).toBe(false)
    expect(silent.filter(({ socket }) => !socket.destroyed).length).toBeLessThan(24)
    expect(new Set(refused)).toEqual(new Set(['address-sockets']))
  })

  it.each([
    ['Fly’s proxy', { isOnFly: true }],
    ['a trusted proxy', { trustedProxies: ['127.0.0.1'] }]
  ])('are limited for the process alone behind %s, which is the address of all', async (_, proxy) => {
    const { listener, refused } = await start({ max: 25, perAddress: 5 }, proxy)
    await Promise.all(Array.from({ length: 60 }, () => open(listener.port)))
    await expect.poll(() => listener.sockets.size).toBe(50)
    expect(new Set(refused)).toEqual(new Set(['sockets']))
  })

  it('are closed when their first byte is late', async () => {
    const { listener } = await start(config.connections, {}, { firstByteWithinMs: 100 })
    const started = performance.now()
    await Promise.all([open(listener.port), open(listener.port)].map(async (one) => (await one).closed))
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('are read before that is decided, when the event loop stood still meanwhile', async () => {
    const withinMs = 250
    const { listener } = await start(config.connections, {}, { firstByteWithinMs: withinMs })
    const accepted = once(listener.server, 'connection')
    const { socket } = await open(listener.port)
    await accepted
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const answer = once(socket, 'data')
    const blockedAt = performance.now()
    while (performance.now() - blockedAt <= withinMs);
    expect(await Promise.race([answer, once(socket, 'close')])).toEqual([expect.any(Buffer)])
  })

  it('and with endless headers are closed in the time for headers, at most a second later', async () => {
    const withinMs = 1_000
    const { listener } = await start(config.connections, {}, { headersWithinMs: withinMs })
    const { socket, closed } = await open(listener.port)
    const started = performance.now()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
    const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), 100)
    await closed
    clearInterval(drip)
    expect(performance.now() - started).toBeLessThan(2 * (withinMs + 1_000))
  })
})

it('the time for headers is as documented', async () => {
  const { server } = await openListener(config)
  expect(server.headersTimeout).toBe(10_000)
  server.close()
})

describe('a listener that is open before the rest is loaded', () => {
  let listener: Listener
  let url: string
  beforeEach(async () => {
    listener = await openListener(config)
    url = `http://127.0.0.1:${listener.port}`
  })
  afterEach(() => {
    for (const socket of listener.sockets) socket.destroy()
    listener.server.close()
  })

  it('answers health checks at once: live, and not ready', async () => {
    const [live, ready] = [await fetch(`${url}/health/live`), await fetch(`${url}/health/ready`)]
    expect([live.status, ready.status]).toEqual([200, 503])
    expect(await live.json()).toEqual({ ok: true, region: 'ams', instance: 'one' })
    expect(await ready.json()).toEqual({ ok: false, region: 'ams', instance: 'one' })
  })

  it('handles early requests in their order, with their bodies', async () => {
    const asked: string[] = []
    let arrived = 0
    listener.server.on('request', () => (arrived += 1))
    const early = ['/first', '/second', '/third'].map(async (path, place) => {
      await until('the ones before', () => arrived >= place)
      return (await fetch(url + path, { method: 'POST', body: `body of ${path}` })).text()
    })
    await expect.poll(() => arrived).toBe(3)
    const handleEarly = listener.handOver((asking, answer) => {
      asked.push(asking.url ?? '')
      void text(asking).then((body) => answer.end(body))
    })
    expect(asked).toEqual([])
    handleEarly()
    expect(asked).toEqual(['/first', '/second', '/third'])
    expect(await Promise.all(early)).toEqual(['body of /first', 'body of /second', 'body of /third'])
    expect(await (await fetch(`${url}/late`, { method: 'POST', body: 'late body' })).text()).toBe('late body')
  })

  it('keeps early WebSockets for the listener of upgrades', async () => {
    const early = openRaw(url)
    await expect.poll(() => listener.sockets.size).toBe(1)
    const handleEarly = listener.handOver(() => {})
    listener.server.on('upgrade', (_, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    )
    handleEarly()
    expect((await early).status).toBe(101)
  })

  it('drops early requests whose client is gone', async () => {
    const socket = connect(listener.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const patient = fetch(`${url}/patient`)
    await expect.poll(() => listener.sockets.size).toBe(2)
    socket.resetAndDestroy()
    await expect.poll(() => listener.sockets.size).toBe(1)
    const asked: string[] = []
    listener.handOver(({ url: path = '' }, answer) => {
      asked.push(path)
      answer.end()
    })()
    await patient
    expect(asked).toEqual(['/patient'])
  })

  it('reports a port in use by the name of its variable', async () => {
    const taken = await openListener({ ...config, port: listener.port }).then(
      () => 'let in',
      (cause: unknown) => [listenSentence(cause, undefined), listenSentence(cause, `${listener.port}`)]
    )
    expect(taken).toEqual([
      expect.stringMatching(/^PORT \d+ is in use/),
      expect.stringMatching(/^METRICS_PORT \d+ is in use/)
    ])
  })
})
