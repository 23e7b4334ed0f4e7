// The rules of the edge, each tried on machines that say what they were asked: plain servers that answer as a test tells them.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openEdge, type Edge, type EdgeOptions } from './edge.ts'

const REPLAY_TO_TWO = 'instance=two;timeout=2s;fallback=prefer_self'

interface Received {
  method: string
  headers: IncomingMessage['headers']
  body: string
}

describe('the edge', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  /** A machine that answers with its name, or with what `replay` gives for a request. */
  async function machine(
    id: string,
    {
      region = 'ams',
      replay = () => null,
      status = 200
    }: { region?: string; replay?: (request: IncomingMessage) => string | null; status?: number } = {}
  ) {
    const received: Received[] = []
    const state = { ready: true }
    const server: Server = createServer((request, response) => {
      if (request.url === '/health/ready') {
        response.writeHead(state.ready ? 200 : 503).end()
        return
      }
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        received.push({ method: request.method ?? '', headers: request.headers, body })
        const header = replay(request)
        const headers = { 'set-cookie': ['a=1', 'b=2'], ...(header !== null && { 'fly-replay': header }) }
        response.writeHead(status, headers).end(id)
      })
    })
    server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
      received.push({ method: 'upgrade', headers: request.headers, body: head.toString() })
      const header = replay(request)
      if (header !== null) {
        const code = status === 200 ? '200 OK' : '101 Switching Protocols'
        socket.end(`HTTP/1.1 ${code}\r\nfly-replay: ${header}\r\n\r\n`)
        return
      }
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
      socket.write(`${id}:`)
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stop = async () => {
      server.closeAllConnections()
      if (server.listening) await new Promise((done) => server.close(done))
    }
    closing.push(stop)
    return { id, region, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, state, stop }
  }

  async function open(options: EdgeOptions): Promise<Edge> {
    const edge = await openEdge(options)
    closing.push(() => edge.close())
    return edge
  }
  const get = async (edge: Edge, init: RequestInit = {}, region = 'ams') => {
    const answer = await fetch(`${edge.urls[region]}/path?query`, init)
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  it('sends to the nearest healthy machine, and among equally near ones to each in turn', async () => {
    const [one, two, far] = [await machine('one'), await machine('two'), await machine('far', { region: 'nrt' })]
    const edge = await open({
      machines: [one, two, far],
      regions: ['ams', 'nrt'],
      roundTripMs: (from, to) => (from === to ? 0 : 10)
    })
    const texts = async (region: string) =>
      [await get(edge, {}, region), await get(edge, {}, region), await get(edge, {}, region)].map(({ text }) => text)
    expect(new Set(await texts('ams'))).toEqual(new Set(['one', 'two']))
    expect(await texts('nrt')).toEqual(['far', 'far', 'far'])
    expect((await get(edge, { headers: { 'fly-prefer-region': 'nrt' } })).text).toBe('far')

    one.state.ready = false
    // Until a check has seen it, it is still sent to.
    expect(edge.healthy('one')).toBe(true)
    await edge.check()
    expect(await texts('ams')).toEqual(['two', 'two', 'two'])
    // Not yet noticed by a check, but it can't be connected to.
    await two.stop()
    expect(await texts('ams')).toEqual(['far', 'far', 'far'])
    edge.cut('nrt')
    expect((await get(edge)).status).toBe(503)
    edge.mend('nrt')
    one.state.ready = true
    await edge.check()
    expect(await texts('ams')).toEqual(['one', 'one', 'one'])
  })

  it('says who asks and where, and lets nobody else say so', async () => {
    const one = await machine('one')
    const edge = await open({ machines: [one], regions: ['ams'] })
    const answer = await get(edge, {
      method: 'POST',
      body: 'said',
      headers: { 'fly-client-ip': '6.6.6.6', 'fly-replay-src': 'instance=x', 'fly-region': 'xxx', 'x-mine': 'kept' }
    })
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(one.received).toMatchObject([
      { method: 'POST', body: 'said', headers: { 'fly-client-ip': '127.0.0.1', 'fly-region': 'ams', 'x-mine': 'kept' } }
    ])
    expect(one.received[0]?.headers).not.toHaveProperty('fly-replay-src')
    expect(one.received[0]?.headers['host']).toBe(new URL(edge.urls['ams'] ?? '').host)
  })

  it('replays a request with its body to the machine that is named, and says so to that machine alone', async () => {
    const [one, two] = [await machine('one', { replay: () => REPLAY_TO_TWO }), await machine('two', { region: 'nrt' })]
    const edge = await open({ machines: [one, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 20) })
    const answer = await get(edge, { method: 'POST', body: 'said' })
    expect([answer.status, answer.text, answer.headers.get('fly-replay')]).toEqual([200, 'two', null])
    expect(two.received).toMatchObject([{ method: 'POST', body: 'said' }])
    expect(two.received[0]?.headers['fly-replay-src']).toMatch(/^instance=one;region=ams;t=\d+$/)
    expect(edge.counts).toMatchObject({ requestReplays: 1, fallbacks: 0 })
  })

  it.each(['region="lhr,nrt"', 'elsewhere=true', 'prefer_instance=two', 'prefer_instance=gone'])(
    'knows %s as well',
    async (field) => {
      const one = await machine('one', { replay: ({ headers }) => (headers['fly-replay-src'] ? null : field) })
      const two = await machine('two', { region: 'nrt' })
      const edge = await open({ machines: [one, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 1) })
      expect((await get(edge)).text).toBe(field.endsWith('gone') ? 'one' : 'two')
    }
  )

  it('brings a request back when its target is gone, once', async () => {
    const one = await machine('one', {
      replay: ({ headers }) => (headers['fly-replay-failed'] ? null : REPLAY_TO_TWO)
    })
    const two = await machine('two', { region: 'nrt' })
    const edge = await open({ machines: [one, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 1) })
    await two.stop()
    expect((await get(edge)).text).toBe('one')
    expect(one.received.at(-1)?.headers['fly-replay-failed']).toMatch(
      /^instance=two;region=;replay_source=one;reason=no_candidate;elapsed_ms=\d+$/
    )
    expect(edge.counts.fallbacks).toBe(1)
  })

  it.each([
    ['a second replay after one that failed', 'instance=gone;fallback=prefer_self', /fallen back/],
    ['a target that is gone, without fallback', 'instance=gone', /PR04/],
    ['machines that send it around forever', 'instance=one', /PA02/],
    ['a field that is not documented', 'instance=one;colour=red', /colour=red/],
    ['a machine with a wrong name', 'instance=ONE', /ONE/]
  ])('refuses %s', async (_, header, sentence) => {
    const one = await machine('one', { replay: () => header })
    const edge = await open({ machines: [one], regions: ['ams'] })
    const answer = await get(edge)
    expect(answer.status).toBeGreaterThanOrEqual(502)
    expect(answer.text).toMatch(sentence)
    expect(one.received.length).toBeLessThanOrEqual(11)
  })

  it('replays one megabyte and not more', async () => {
    const [one, two] = [await machine('one', { replay: () => REPLAY_TO_TWO }), await machine('two', { region: 'nrt' })]
    const edge = await open({ machines: [one, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 1) })
    const post = (bytes: number) => get(edge, { method: 'POST', body: 'x'.repeat(bytes) })
    expect((await post(1_000_000)).text).toBe('two')
    expect(await post(1_000_001)).toMatchObject({ status: 502, text: expect.stringContaining('PA01') })
  })

  it('passes upgrades through in both directions, and replays them by 101 alone', async () => {
    const [one, two] = [
      await machine('one', { replay: () => REPLAY_TO_TWO, status: 101 }),
      await machine('two', { region: 'nrt' })
    ]
    const edge = await open({ machines: [one, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 20) })
    expect(await upgrade(edge, 'hello', 'two:hello')).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\ntwo:hello$/s)
    expect(two.received[0]?.headers['fly-replay-src']).toMatch(/^instance=one/)

    const wrong = await machine('wrong', { replay: () => REPLAY_TO_TWO })
    const other = await open({ machines: [wrong, two], regions: ['ams'], roundTripMs: (a, b) => (a === b ? 0 : 1) })
    expect(await upgrade(other, 'hello', 'only by 101')).toMatch(/^HTTP\/1\.1 502 /)
  })

  it('cuts and starts again as the real one does: connections end, new ones are served', async () => {
    const one = await machine('one')
    const edge = await open({ machines: [one], regions: ['ams', 'nrt'], roundTripMs: () => 2 })
    for (const end of [() => edge.restart(), () => edge.restart('ams'), () => edge.cut('ams')]) {
      const ended = upgrade(edge, 'hello', 'never said')
      await expect.poll(() => one.received.length).toBeGreaterThan(0)
      // Of another region.
      edge.restart('nrt')
      expect(await Promise.race([ended, get(edge)])).toMatchObject({ text: 'one' })
      end()
      await ended
      edge.mend('ams')
      one.received.length = 0
      expect((await get(edge)).text).toBe('one')
    }
  })
})

/** Asks for an upgrade, says something, and returns everything received once `enough` is in it or the socket has closed. */
async function upgrade(edge: Edge, word: string, enough: string): Promise<string> {
  const { port } = new URL(edge.urls['ams'] ?? '')
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${word}`)
  let received = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString()
    if (received.includes(enough)) socket.destroy()
  })
  await once(socket, 'close')
  return received
}
