// Machines that are stopped and started on demand, as the edge sees them: plain servers, and starts that a test lets happen.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { NO_WAKING } from './edge-machines.ts'
import { openEdge, type Edge, type EdgeOptions } from './edge.ts'

const LONG_AGO_MS = 60_000
/** What others than `near` replay to it. */
const SENT_ON = '/sent/on'
const roundTripMs = (from: string, to: string) => (from === to ? 0 : 1)

describe('a machine that is started on demand', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  /** A machine, or one that has been stopped for so long. Its start takes until it is told to `listen`, or to `fail`. */
  async function machine(id: string, region: string, stoppedMs: number | null = null) {
    const state = { stoppedMs, starts: 0 }
    const server = createServer(({ url, headers }, response) => {
      const isReady = url !== '/health/ready' || state.stoppedMs === null
      const sendsOn = url === SENT_ON && id !== 'near' && !('fly-replay-failed' in headers)
      response
        .writeHead(isReady ? 200 : 503, sendsOn ? { 'fly-replay': 'instance=near;fallback=prefer_self' } : {})
        .end(id)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const start = Promise.withResolvers<void>()
    return {
      id,
      region,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      state,
      listen() {
        state.stoppedMs = null
        start.resolve()
      },
      fail: () => start.reject(new Error('it ended')),
      onDemand: {
        stoppedMs: () => state.stoppedMs,
        start() {
          state.starts += 1
          return start.promise
        }
      }
    }
  }

  async function open(options: Omit<EdgeOptions, 'regions'>): Promise<Edge> {
    const edge = await openEdge({ regions: ['ams'], roundTripMs, ...options })
    closing.push(() => edge.close())
    return edge
  }
  const get = async (edge: Edge, path = '/', headers: Record<string, string> = {}) =>
    (await fetch(`${edge.urls['ams']}${path}`, { headers })).text()

  it('requests for its region start it and wait until it listens; then it is like any other', async () => {
    const [near, far] = [await machine('near', 'ams', LONG_AGO_MS), await machine('far', 'nrt')]
    const edge = await open({ machines: [near, far] })
    const answers = Promise.all([get(edge), get(edge)])
    await expect.poll(() => near.state.starts).toBe(2)
    // Who only looks doesn't wake it, and doesn't wait.
    expect(await get(edge, '/', { [NO_WAKING]: '' })).toBe('far')
    near.listen()
    expect(await answers).toEqual(['near', 'near'])
    expect(edge.healthy('near')).toBe(true)
    expect(await get(edge)).toBe('near')
  })

  it('when it can’t be started, or not in time, the nearest running one answers', async () => {
    const [near, far] = [await machine('near', 'ams', LONG_AGO_MS), await machine('far', 'nrt')]
    const hasty = await open({ machines: [near, far], startWithinMs: 20 })
    expect(await get(hasty)).toBe('far')
    const patient = await open({ machines: [near, far] })
    const answer = get(patient)
    near.fail()
    expect(await answer).toBe('far')
    expect(near.state.starts).toBe(2)
    expect(patient.healthy('near')).toBe(false)
  })

  it('one that has just stopped is left alone, also by replays, unless there is no other', async () => {
    const [near, far] = [await machine('near', 'ams', 10), await machine('far', 'nrt')]
    const edge = await open({ machines: [near, far] })
    expect([await get(edge), await get(edge, SENT_ON)]).toEqual(['far', 'far'])
    expect(edge.counts).toMatchObject({ requestReplays: 1, fallbacks: 1 })
    expect(near.state.starts).toBe(0)
    const alone = await open({ machines: [near] })
    near.listen()
    near.state.stoppedMs = 10
    expect(await get(alone)).toBe('near')
  })

  it('a replay to it starts it as well', async () => {
    const [near, far] = [await machine('near', 'nrt', LONG_AGO_MS), await machine('far', 'ams')]
    const edge = await open({ machines: [near, far] })
    const answer = get(edge, SENT_ON)
    await expect.poll(() => near.state.starts).toBe(1)
    near.listen()
    expect(await answer).toBe('near')
  })
})
