// A rolling restart as a deploy makes it: three instances as three regions behind the edge, one after the other told to end and
// started again, while everybody talks.
import { effect } from '@preact/signals'
import { expect, test } from 'vitest'
import { roundTripMs } from '../../infra/world/distance.ts'
import { openEdge } from '../../infra/world/edge.ts'
import { startChild, type ChildServer } from '../../infra/testing/child.ts'
import { untilReady } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { openCluster } from '../../infra/testing/cluster.fixture.ts'
import { median, percentile } from '../../infra/testing/statistics.ts'
import { LOBBY } from '../../src/contract.ts'
import { openClient, type Client } from './client.ts'

const REGIONS = ['ams', 'iad', 'nrt'] as const
const REDIS_REGION = 'iad'
const PEOPLE_PER_REGION = 6
const SPEAKS_EVERY_MS = 150
/** Oftener than in life (15 s), as a deploy there takes minutes. */
const CHECK_EVERY_MS = 500
/** What the README promises; a test on a busy machine holds it at twice that. */
const BLACKOUT_P99_MS = 3_000

test(
  'a rolling restart loses and repeats nothing, shows nobody leaving, and keeps nobody offline for long',
  { timeout: 120_000 },
  async () => {
    const cluster = await openCluster()
    const ways = await Promise.all(
      REGIONS.map((region) => cluster.way({ delayMs: roundTripMs(region, REDIS_REGION) / 2 }))
    )
    const start = (n: number, port = '0') =>
      startChild({
        PORT: port,
        REDIS_URL: ways[n]?.url ?? '',
        SESSION_SECRET: 'one secret for all instances of this test',
        FLY_APP_NAME: 'rolling',
        FLY_REGION: REGIONS[n] ?? '',
        FLY_MACHINE_ID: `machine${REGIONS[n]}`,
        RATE_BURST: '100000'
      })
    const servers: ChildServer[] = await Promise.all(REGIONS.map((_, n) => start(n)))
    await untilReady(...servers)
    const machines = servers.map(({ url }, n) => ({ id: `machine${REGIONS[n]}`, region: REGIONS[n] ?? '', url }))
    const edge = await openEdge({ machines, regions: REGIONS, roundTripMs, checkEveryMs: CHECK_EVERY_MS })
    const people: { client: Client; seqs: number[]; keys: string[]; fewest: number; stop: () => void }[] = []
    const blackouts: number[] = []
    try {
      for (const region of REGIONS)
        for (let n = 0; n < PEOPLE_PER_REGION; n += 1)
          people.push(await person(`${region} ${n}`, edge.urls[region] ?? ''))
      const guests = await Promise.all(REGIONS.map((region) => guest(`guest ${region}`, edge.urls[region] ?? '')))
      const everybody = people.length + guests.length
      for (const { client } of people)
        await expect.poll(() => client.room(LOBBY).people?.count, { timeout: 20_000 }).toBe(everybody)
      for (const one of people) one.fewest = everybody
      const before = guests.map(({ received }) => received.length)

      const acknowledged: Promise<{ seq: number }>[] = []
      const talking = people.map(({ client }, n) =>
        setInterval(() => acknowledged.push(client.room(LOBBY).send(`${n}: ${acknowledged.length}`)), SPEAKS_EVERY_MS)
      )
      for (const [n, machine] of machines.entries()) {
        expect(await servers[n]?.end('SIGTERM')).toBe(0)
        await expect.poll(() => edge.healthy(machine.id), { timeout: 10_000 }).toBe(false)
        servers[n] = await start(n, new URL(machine.url).port)
        await expect.poll(() => edge.healthy(machine.id), { timeout: 20_000 }).toBe(true)
      }
      for (const timer of talking) clearInterval(timer)

      const kept = (await Promise.all(acknowledged)).map(({ seq }) => seq)
      const last = Math.max(...kept)
      for (const one of people) await expect.poll(() => one.seqs.at(-1), { timeout: 20_000 }).toBe(last)
      expect(new Set(kept).size).toBe(acknowledged.length)
      for (const { seqs, keys } of people) {
        expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => last - seqs.length + 1 + n))
        expect(new Set(keys).size).toBe(keys.length)
        expect(kept.filter((seq) => !seqs.includes(seq))).toEqual([])
      }
      // Changes are told once a second: somebody else's comes after all there was to tell.
      await guest('marker', edge.urls[REGIONS[0]] ?? '')
      for (const { client } of people)
        await expect.poll(() => client.room(LOBBY).people?.count, { timeout: 20_000 }).toBe(everybody + 1)
      for (const one of people) expect(one.fewest).toBe(everybody)
      for (const [n, guest] of guests.entries()) {
        await guest.next<{ username: string }>('user-joined', ({ username }) => username === 'marker')
        const seen = guest.received
          .slice(before[n])
          .filter(({ event }) => event === 'user-left' || event === 'user-joined')
        expect(seen.map(({ payload }) => (payload as { username: string }).username)).toEqual(['marker'])
      }
      // Each was moved at least once.
      expect(blackouts.length).toBeGreaterThanOrEqual(people.length)
      const [p50, p99] = [median(blackouts), percentile(blackouts, 0.99)]
      console.log(
        `rolling restart: ${kept.length} acknowledged, 0 lost, 0 repeated; ${blackouts.length} blackouts, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (promise: 3,000 ms)`
      )
      expect(p99).toBeLessThan(2 * BLACKOUT_P99_MS)
    } finally {
      for (const { client, stop } of people) {
        stop()
        await client.close()
      }
      closeClients()
      await edge.close()
      await Promise.all(servers.map((server) => server.end('SIGKILL')))
    }

    /** Somebody at a page, who writes down what comes, and how long they were away. */
    async function person(name: string, url: string) {
      const client = await openClient({ url, name })
      const room = client.room(LOBBY)
      const one = { client, seqs: [] as number[], keys: [] as string[], fewest: 0, stop: () => {} }
      room.onEvent(({ seq, key }) => {
        one.seqs.push(seq)
        one.keys.push(key)
      })
      let awaySince: number | null = null
      one.stop = effect(() => {
        one.fewest = Math.min(one.fewest, room.people?.count ?? Infinity)
        const here = client.online && room.state === 'synced'
        if (!client.online) awaySince ??= performance.now()
        if (!here || awaySince === null) return
        blackouts.push(performance.now() - awaySince)
        awaySince = null
      })
      await expect.poll(() => room.state, { timeout: 20_000 }).toBe('synced')
      return one
    }

    /** A borrowed client: comes back by itself, and says its name again as its page does. */
    async function guest(name: string, url: string) {
      const client = await connectClient(url, { reconnection: true })
      client.socket.on('connect', () => client.emit('add-user', name))
      client.emit('add-user', name)
      await client.next('login')
      return client
    }
  }
)
