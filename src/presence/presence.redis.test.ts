// Presence on a real Redis, over TCP and over REST, at a tenth of the times.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openRedisRest, type RedisRest } from '../../infra/world/redis-rest.ts'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { faster, guest, openSimulation, person, type Instance } from '../../infra/testing/presence-simulation.ts'
import { createPresenceRedis, createPresenceUpstash } from './redis.ts'
import { connectRedis, type RedisClient } from '../redis/connection.ts'
import { wallClock } from '../clock.ts'

const timing = faster(10)
const token = 'secret'
const PATIENCE = { timeout: 20_000 }

let redis: RedisServer
let rest: RedisRest
let client: RedisClient
let inside: Awaited<ReturnType<typeof lookInto>>
let simulation: ReturnType<typeof openSimulation>
let east: Instance
let west: Instance
beforeAll(async () => {
  redis = await startRedis()
  rest = await openRedisRest({ redisUrl: redis.url, token })
  client = connectRedis(redis.url, { onError() {}, name: 'test' })
  inside = await lookInto(redis.url)
})
afterAll(async () => {
  client.destroy()
  inside.destroy()
  await rest.close()
  await redis.stop()
})
beforeEach(async () => {
  await inside.flushAll()
  let opened = 0
  const makeStore = () =>
    (opened += 1) % 2
      ? createPresenceRedis({ client, prefix: 'test' })
      : createPresenceUpstash({ url: rest.url, token, prefix: 'test' })
  simulation = openSimulation({ clock: wallClock, makeStore, timing })
  east = simulation.instance('east')
  west = simulation.instance('west')
  await east.people.start()
  await west.people.start()
})
afterEach(async () => {
  await east.people.close()
  await west.people.close()
  expect(simulation.faults).toEqual([])
})
const seen = () => [east, west].map((instance) => instance.names())
const isSound = () => [east, west].every(({ people }) => !people.stale)

it('twenty people joining over alternating instances are 1, 2, … 20 when their joins resolve', async () => {
  for (let n = 1; n <= 20; n += 1) {
    const here = n % 2 ? east : west
    await here.arrive(guest(`guest ${n}`))
    expect(here.count()).toBe(n)
  }
  await expect.poll(() => [east.count(), west.count()], PATIENCE).toEqual([20, 20])
})

it('the people of a killed instance leave once, and its lease leaves Redis', async () => {
  await east.arrive(person('Ana'))
  await west.arrive(person('Bo'))
  await west.arrive(person('Cy'))
  await expect.poll(seen, PATIENCE).toEqual([
    ['Ana', 'Bo', 'Cy'],
    ['Ana', 'Bo', 'Cy']
  ])
  west.kill()
  await expect.poll(() => east.left().toSorted(), PATIENCE).toEqual(['Bo', 'Cy'])
  await wait(2 * timing.leaseMs)
  expect(east.left().toSorted()).toEqual(['Bo', 'Cy'])
  expect(await inside.hLen('{test}:presence')).toBe(1)
})

it.each([
  [
    'stands still for longer than a lease',
    async () => {
      redis.kill('SIGSTOP')
      await wait(1.5 * timing.leaseMs)
      redis.kill('SIGCONT')
    }
  ],
  [
    'is killed and comes back without its memory',
    async () => {
      redis.kill('SIGKILL')
      await wait(1.5 * timing.leaseMs)
      await redis.restart()
    }
  ],
  ['forgets everything', async () => void (await inside.flushAll())]
])('when Redis %s nobody is shown as gone', async (_, fault) => {
  await east.arrive(person('Ana'))
  await west.arrive(person('Bo'))
  await expect.poll(seen, PATIENCE).toEqual([
    ['Ana', 'Bo'],
    ['Ana', 'Bo']
  ])
  await wait(timing.leaseMs)
  await fault()
  await expect.poll(async () => [isSound(), await inside.hLen('{test}:presence')], PATIENCE).toEqual([true, 2])
  await wait(2 * timing.leaseMs)
  expect([...east.left(), ...west.left()]).toEqual([])
  expect(seen()).toEqual([
    ['Ana', 'Bo'],
    ['Ana', 'Bo']
  ])
  await west.arrive(person('Cy'))
  await expect.poll(() => east.count(), PATIENCE).toBe(3)
})

it('after the last person left, Redis is empty and gets no calls', async () => {
  await east.arrive(person('Ana'))
  east.people.leave('lobby', 'key-Ana', 'key-Ana', 'left')
  await expect.poll(() => inside.exists('{test}:presence'), PATIENCE).toBe(0)
  const asked = east.store.count() + west.store.count()
  await wait(2 * timing.leaseMs)
  expect(east.store.count() + west.store.count()).toBe(asked)
})
