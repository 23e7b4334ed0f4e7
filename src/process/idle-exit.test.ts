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

describe('an instance that ends when nobody is here', () => {
  let listener: Listener
  let clock: ReturnType<typeof standingClock>
  let clients: number
  let ended: number
  /** Answers the request that came first. */
  let answers: (() => void)[]

  beforeEach(async () => {
    listener = await openListener(config)
    clock = standingClock()
    clients = 0
    ended = 0
    answers = []
    listener.handOver((_, response) => void answers.push(() => response.end('here')))()
    listener.server.on('upgrade', (_, wire) => {
      wire
        .on('error', () => {})
        .on('end', () => wire.end())
        .resume()
      wire.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    })
    endWhenIdle({ ...listener, clients: () => clients, clock, idleMs: IDLE_MS, end: () => void (ended += 1) })
  })
  afterEach(() => {
    for (const wire of listener.sockets) wire.destroy()
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
        // The server has seen the end of it as well.
        await clock.advance(0)
      }
    }
  }

  it('ends once, when the time is over and not before', async () => {
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
    await clock.advance(IDLE_MS * 3)
    expect(ended).toBe(1)
  })

  it('stays while somebody is connected, and that long after the last has gone', async () => {
    clients = 1
    await clock.advance(IDLE_MS * 3)
    expect(ended).toBe(0)
    clients = 0
    await clock.advance(IDLE_MS)
    expect(ended).toBe(1)
  })

  it('counts from the last request that a program made', async () => {
    await clock.advance(IDLE_MS - SHORT_MS)
    await (await ask('/api/messages')).answered()
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('stays while a question is unanswered, and counts from its answer', async () => {
    const asked = await ask('/api/messages')
    await clock.advance(IDLE_MS * 2 + SHORT_MS)
    expect(ended).toBe(0)
    await asked.answered()
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it.each(['/health/live', '/health/ready?from=proxy'])('takes %s for nobody', async (path) => {
    await clock.advance(IDLE_MS - SHORT_MS)
    await (await ask(path)).answered()
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('counts from when a WebSocket closed', async () => {
    const { wire } = await openRaw(`http://127.0.0.1:${listener.port}`)
    await clock.advance(IDLE_MS - SHORT_MS)
    wire.destroy()
    await expect.poll(() => listener.sockets.size).toBe(0)
    await clock.advance(IDLE_MS - SHORT_MS)
    expect(ended).toBe(0)
    await clock.advance(SHORT_MS)
    expect(ended).toBe(1)
  })

  it('waits for a connection that has said nothing yet, and not for one kept open after its answer', async () => {
    const wire = connect(listener.port, '127.0.0.1')
    await expect.poll(() => listener.sockets.size).toBe(1)
    await clock.advance(IDLE_MS * 2)
    expect(ended).toBe(0)
    wire.write('GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(() => answers.length).toBe(1)
    answers.shift()?.()
    await once(wire, 'data')
    await clock.advance(IDLE_MS)
    expect([ended, listener.sockets.size]).toEqual([1, 1])
    wire.destroy()
  })

  it('sees who was accepted by the kernel when the clock struck, and not by the loop yet', async () => {
    let now = 0
    let strike = () => {}
    const after = (_: number, work: () => void) => {
      strike = work
      return () => {}
    }
    endWhenIdle({
      ...listener,
      clients: () => 0,
      clock: { now: () => now, after },
      idleMs: IDLE_MS,
      end: () => (ended += 1)
    })
    const wire = connect(listener.port, '127.0.0.1')
    now = IDLE_MS
    strike()
    await once(wire, 'connect')
    await clock.advance(0)
    expect([ended, listener.sockets.size]).toEqual([0, 1])
    wire.destroy()
  })
})
