// What presence costs, counted by a Redis that is asked for nothing else: two instances with nobody, with somebody, with many, and
// in a storm. Six times faster than life; the figures printed are those of life.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openRedisRest, type RedisRest } from '../../world/redis-rest.ts'
import { lookInto, startTestServer, untilReady, type TestServer } from '../chat-server.ts'
import { closeClients, connectClient, connectNative } from '../clients.ts'
import { startRedis, type RedisServer } from '../redis-server.ts'
import { faster } from '../presence-simulation.ts'
import { LOBBY } from '../../../src/contract.ts'

const FASTER = 6
const timing = faster(FASTER)
const { renewMs, readMs, writeGapMs } = timing
const TOKEN = 'a token for the door of this test'
const INSTANCES = 2
const IDLE_MS = 2 * renewMs
const BUSY_MS = 2 * renewMs
const STORM_MS = 10 * writeGapMs

let redis: RedisServer
let forPresence: RedisServer
let door: RedisRest
let inside: Awaited<ReturnType<typeof lookInto>>
let servers: TestServer[]
beforeAll(async () => {
  ;[redis, forPresence] = await Promise.all([startRedis(), startRedis()])
  door = await openRedisRest({ redisUrl: forPresence.url, token: TOKEN })
  inside = await lookInto(forPresence.url)
  servers = await Promise.all(
    ['ams', 'iad'].map((region) =>
      startTestServer({
        redisUrl: redis.url,
        instance: `test${region}`,
        region,
        presenceTiming: timing,
        env: { UPSTASH_REDIS_REST_URL: door.url, UPSTASH_REDIS_REST_TOKEN: TOKEN }
      })
    )
  )
  await untilReady(...servers)
})
afterAll(async () => {
  closeClients()
  for (const server of servers) await server.stop()
  inside.destroy()
  await door.close()
  await Promise.all([redis.stop(), forPresence.stop()])
})

/**
 * What was asked in a stretch of time, which may become longer (`tookMs`) on a busy machine. A request is one command: a script, or
 * the end of a lease.
 */
async function counted(ms: number, work: () => Promise<unknown> = async () => {}) {
  const start = performance.now()
  await inside.sendCommand(['CONFIG', 'RESETSTAT'])
  await Promise.all([work(), wait(ms)])
  const stats = await inside.info('commandstats')
  const tookMs = performance.now() - start
  const calls = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  const [scripts, writes, worlds] = [calls('eval'), calls('hset'), calls('hgetall')]
  return { tookMs, requests: scripts + calls('hdel'), scripts, writes, worlds, reads: scripts - writes }
}

/** Seconds of life. */
const life = (ms: number) => (ms * FASTER) / 1_000

const most = (ms: number, everyMs: number) => INSTANCES * (Math.floor(ms / everyMs) + 1)

it('nobody is here: nothing is written, and nothing read', async () => {
  await wait(renewMs / 2)
  const { requests } = await counted(IDLE_MS)
  console.log(`presence, ${INSTANCES} instances with nobody: ${requests} requests in ${life(IDLE_MS)} s`)
  expect(requests).toBe(0)
})

it('people are here: a renewal in six seconds and a reading between, the whole world in one request, however many they are', async () => {
  const [ams, iad] = servers as [TestServer, TestServer]
  const ana = await connectNative(ams.url, 'Ana')
  await ana.ask('room:open', { room: LOBBY })
  const listener = await connectClient(iad.url, { transports: ['websocket'] })
  await wait(renewMs / 2)
  const few = await counted(BUSY_MS)
  const rooms = Array.from({ length: 60 }, (_, n) => `room-${n}`)
  const people = Array.from({ length: 500 }, (_, n) => ({
    key: `key-${n}`,
    name: `n ${n}`,
    guest: false,
    region: 'iad'
  }))
  await Promise.all(
    people.flatMap((who, n) => [LOBBY, rooms[n % 60] ?? ''].map((room) => iad.people.arrive(room, who, who.key)))
  )
  await wait(renewMs / 2)
  const many = await counted(BUSY_MS, async () => {
    // People who stay and do things cost nothing more.
    for (let n = 0; n < 50; n += 1) {
      for (const { key } of people) iad.people.active(key)
      await ana.ask('person:active')
      await wait(BUSY_MS / 60)
    }
  })
  console.log(
    `presence in ${life(BUSY_MS)} s, a person and a listener on ${INSTANCES} instances: ${few.writes} renewals, ${few.reads} readings; ` +
      `five hundred more in ${rooms.length} rooms: ${many.writes} renewals, ${many.reads} readings`
  )
  for (const { tookMs, writes, reads, scripts, worlds } of [few, many]) {
    expect(writes).toBeGreaterThan(0)
    expect(writes).toBeLessThanOrEqual(most(tookMs, renewMs))
    expect(reads).toBeLessThanOrEqual(most(tookMs, readMs))
    expect(worlds).toBe(scripts)
  }
  for (const who of people) for (const room of [LOBBY, ...rooms]) iad.people.leave(room, who.key, who.key, 'left')
  listener.close()
})

it('a storm costs a write a second', async () => {
  const [ams] = servers as [TestServer]
  const storm = async () => {
    const end = performance.now() + STORM_MS
    for (let n = 0; performance.now() < end; n += 1) {
      const who = { key: `storm-${n % 97}`, name: `storm ${n % 97}`, guest: true, region: 'ams' }
      void ams.people.arrive(LOBBY, who, `${n}`)
      await wait(5)
      ams.people.leave(LOBBY, who.key, `${n}`, 'left')
    }
  }
  const { tookMs, writes, reads } = await counted(STORM_MS, storm)
  console.log(`presence in a storm of ${life(STORM_MS)} s: ${writes} writes, ${reads} readings`)
  // One for each second of the clock that it touches: it begins and ends within one.
  expect(writes).toBeLessThanOrEqual(Math.ceil(tookMs / writeGapMs) + 1)
  expect(reads).toBeLessThanOrEqual(most(tookMs, readMs))
})
