import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRaw } from '../../infra/testing/raw-websocket.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { readConfig } from './config.ts'
import { endWhenIdle } from './idle-exit.ts'
import { openListener, type Listener } from './listener.ts'

const IDLE_MS = 600_000
const SHORT_MS = 1_000

const config = readConfig({ PORT: '0', HOST: '127.0.0.1', SESSION_SECRET: 'a secret for tests, long enough for them' })

describe('an instance that ends when it is idle', () => {
  let listener: Listener
  let clock: ReturnType<typeof standingClock>
  let clients: number
  let ended: number
  /** Functions that answer the pending requests, oldest first. */
  let answers: (() => void)[]

  beforeEach(async () => {
    listener = await openListener(config)
    clock = standingClock()
    clients = 0
    ended = 0
    answers = []
    listener.handOver((_, response) => void answers.push(() => response.end('here')))()
    listener.server.on('upgrade', (_, socket) => {
      socket
        .on('error', () => {})
        .on('end', () => socket.end())
        .resume()
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    })
    endWhenIdle({ ...listener, clients: () => clients, clock, idleMs: IDLE_MS, end: () => void (ended += 1) })
  })
  afterEach(() => {
    for (const socket of listener.sockets) socket.destroy()
    listener.server.close()
  })

  const url = (path: string) => `http://127.0.0.1:${listener.port}${path}`
  async function ask(path: string) {
    const answer = fetch(url(path))
    await expect.poll(() => answers.length).toBeGreaterThan(0)
    return {
      async answered() {
        answers.shift()?.()
        await (await answer).text()
        // The server has processed the end too.
        await clock.advance(0)
      }
    }
  }

  it('ends once, after the idle time and not before', async () => {
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
    await clock.advance(IDLE_MS * 3)
    expect(ended).toBe(1)
  })

  it('stays while a client is connected, and for the idle time after the last one has left', async () => {
    clients = 1
    await clock.advance(IDLE_MS * 3)
    expect(ended).toBe(0)
    clients = 0
    await clock.advance(IDLE_MS)
    expect(ended).toBe(1)
  })

  it('counts from the last request of a program', async () => {
    await clock.advance(IDLE_MS - SHORT_MS)
    await (await ask('/api/messages')).answered()
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('stays while a request is unanswered, and counts from its answer', async () => {
    const asked = await ask('/api/messages')
    await clock.advance(IDLE_MS * 2 + SHORT_MS)
    expect(ended).toBe(0)
    await asked.answered()
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it.each(['/health/live', '/health/ready?from=proxy'])('ignores health checks: %s', async (path) => {
    await clock.advance(IDLE_MS - SHORT_MS)
    await (await ask(path)).answered()
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('counts from the close of a WebSocket', async () => {
    const { tcp } = await openRaw(`http://127.0.0.1:${listener.port}`)
    await clock.advance(IDLE_MS - SHORT_MS)
    tcp.destroy()
    await expect.poll(() => listener.sockets.size).toBe(0)
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('waits for a connection without a request, and not for one that is open after its answer', async () => {
    const tcp = connect(listener.port, '127.0.0.1')
    await expect.poll(() => listener.sockets.size).toBe(1)
    await clock.advance(IDLE_MS * 2)
    expect(ended).toBe(0)
    tcp.write('GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(() => answers.length).toBe(1)
    answers.shift()?.()
    await once(tcp, 'data')
    await clock.advance(IDLE_MS)
    expect([ended, listener.sockets.size]).toEqual([1, 1])
    tcp.destroy()
  })

  it('sees a connection that the kernel, but not the event loop, had accepted when the time was over', async () => {
    let now = 0
    let fire = () => {}
    const after = (_: number, work: () => void) => {
      fire = work
      return () => {}
    }
    endWhenIdle({
      ...listener,
      clients: () => 0,
      clock: { now: () => now, after },
      idleMs: IDLE_MS,
      end: () => (ended += 1)
    })
    const tcp = connect(listener.port, '127.0.0.1')
    now = IDLE_MS
    fire()
    await once(tcp, 'connect')
    await clock.advance(0)
    expect([ended, listener.sockets.size]).toEqual([0, 1])
    tcp.destroy()
  })
})
