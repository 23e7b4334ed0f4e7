// Instances as processes of their own, killed and restarted under people's feet; what the people elsewhere hear of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startChild, type ChildServer } from '../infra/testing/child.ts'
import { untilReady } from '../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../infra/testing/clients.ts'
import { startRedis, type RedisServer } from '../infra/testing/redis-server.ts'
import { LEASE_MS } from './storage/presence.ts'

/** The promise is 20 s; a test holds it at twice that. */
const KILLED_GONE_WITHIN_MS = 40_000

describe('two processes on one Redis', { timeout: 120_000 }, () => {
  let redis: RedisServer
  let servers: ChildServer[]
  beforeEach(async () => {
    redis = await startRedis()
    servers = await Promise.all(['ams', 'iad'].map((region) => start(region)))
    await untilReady(...servers)
  })
  afterEach(async () => {
    closeClients()
    await Promise.all(servers.map((server) => server.end('SIGKILL')))
    await redis.stop()
  })

  const start = (region: string) =>
    startChild({
      REDIS_URL: redis.url,
      SESSION_SECRET: 'one secret for all instances of this test',
      FLY_REGION: region,
      FLY_MACHINE_ID: `machine${region}`
    })
  const guest = async (url: string, name: string) => {
    const client = await connectClient(url, { transports: ['websocket'] })
    client.emit('add-user', name)
    await client.next('login')
    return client
  }

  it('a killed instance’s people leave once, in time, and those present elsewhere do not', async () => {
    const [one, two] = servers as [ChildServer, ChildServer]
    const watcher = await guest(two.url, 'watcher')
    for (const name of ['ana', 'bo', 'cy']) await guest(one.url, name)
    while (watcher.all('user-joined').length < 3) await watcher.next('user-joined')
    const killedAt = Date.now()
    await one.end('SIGKILL')
    const left = []
    for (let each = 0; each < 3; each += 1) {
      // Patience of its own: this one is the longest that there is.
      while (watcher.all('user-left').length <= each && Date.now() - killedAt < KILLED_GONE_WITHIN_MS)
        await new Promise((done) => setTimeout(done, 50))
      left.push(watcher.all<{ username: string; numUsers: number }>('user-left')[each])
    }
    const seconds = (Date.now() - killedAt) / 1_000
    console.log(`a killed instance's people were gone after ${seconds.toFixed(1)} s (promise: 20 s)`)
    expect(new Set(left.map((who) => who?.username))).toEqual(new Set(['ana', 'bo', 'cy']))
    expect(left.at(-1)?.numUsers).toBe(1)
    await new Promise((done) => setTimeout(done, 2_000))
    expect(watcher.all('user-left')).toHaveLength(3)
  })

  it('in a rolling restart nobody is seen leaving or coming', async () => {
    const [one, two] = servers as [ChildServer, ChildServer]
    const watcher = await guest(two.url, 'watcher')
    const ana = await guest(one.url, 'ana')
    await watcher.next('user-joined')
    expect(await one.end('SIGTERM')).toBe(0)
    await ana.next('(disconnect)')
    // What every such client does by itself: it comes back, to whoever is there, and says its name again.
    const again = await guest(two.url, 'ana')
    expect(again.all('login')).toEqual([{ numUsers: 2 }])
    servers[0] = await start('ams')
    await untilReady(servers[0])
    await new Promise((done) => setTimeout(done, LEASE_MS + 4_000))
    expect(watcher.all('user-left')).toEqual([])
    expect(watcher.all('user-joined')).toHaveLength(1)
    again.emit('new-message', 'still here')
    expect(await watcher.next('new-message')).toEqual({ username: 'ana', message: 'still here' })
  })
})
