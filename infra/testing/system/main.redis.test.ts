// What an operator sees of a start with Redis: warnings that name the cure, and a chat that listens whatever Redis does.
import { afterEach, describe, expect, it } from 'vitest'
import { startChild, type ChildServer } from '../child.ts'
import { closeClients, connectClient, signIn, request } from '../clients.ts'
import { startRedis, type RedisServer } from '../redis-server.ts'

const SECRET = 'one secret for all instances of this test'

describe('a start with Redis', () => {
  const redises: RedisServer[] = []
  const servers: ChildServer[] = []
  afterEach(async () => {
    closeClients()
    for (const server of servers.splice(0)) await server.end('SIGKILL')
    for (const redis of redises.splice(0)) await redis.stop()
  })
  async function start(url: string, env: Record<string, string> = {}) {
    const server = await startChild({ REDIS_URL: url, SESSION_SECRET: SECRET, ...env })
    servers.push(server)
    return server
  }
  async function redisWith(options: Parameters<typeof startRedis>[0]) {
    const redis = await startRedis(options)
    redises.push(redis)
    return redis
  }

  it('warns loudly of a Redis that may evict, of one without an append-only file, and of a misspelled setting', async () => {
    const redis = await redisWith({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] })
    const server = await start(redis.url, { HISTORYLIMIT: '10' })
    await expect.poll(server.printed).toMatch(/"level":"warn".*HISTORYLIMIT is not a setting.*HISTORY_LIMIT\?/)
    await expect.poll(server.printed, { timeout: 10_000 }).toMatch(/"level":"error".*MAY EVICT.*maxmemory-policy/)
    await expect.poll(server.printed).toMatch(/appendonly yes/)
  })

  it('says nothing of the kind where all is well', async () => {
    const redis = await redisWith({ aof: true })
    const server = await start(redis.url)
    const client = await connectClient(server.url)
    client.emit('message', { username: 'User', content: 'hello' })
    await client.next('message')
    expect(server.printed()).not.toMatch(/"level":"(warn|error)"/)
    // An old client library, which repeats its attempts, is one line.
    for (let n = 0; n < 3; n += 1)
      expect((await fetch(`${server.url}/socket.io/?EIO=3&transport=polling`)).status).toBe(400)
    await expect.poll(() => server.printed().match(/older than socket\.io-client 3\.0/g)?.length).toBe(1)
  })

  it('with Redis silent it listens and is ready, refuses what it can’t keep, and is whole when Redis comes', async () => {
    const { port, ...gone } = await redisWith({ aof: true })
    await gone.stop()
    redises.pop()
    const server = await start(`redis://127.0.0.1:${port}`)
    const unreachable = () => server.printed().match(/Redis at 127\.0\.0\.1:\d+ is unreachable \(ECONNREFUSED\)/g)
    await expect.poll(() => unreachable()?.length).toBe(1)
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
    // Connected while nothing can be read: it receives what is stored later all the same.
    const client = await connectClient(server.url)
    const classic = await connectClient(server.url)
    classic.emit('add-user', 'Di')
    classic.emit('new-message', 'into the void')
    client.emit('message', { username: 'User', content: 'into the void' })
    const [posted] = await Promise.all([
      request('POST', `${server.url}/api/messages`, { body: { username: 'User', content: 'into the void' } }),
      client.next('error'),
      expect(signIn(server.url, 'Ana')).rejects.toThrow('503')
    ])
    expect(posted.status).toBe(503)
    expect(Number(posted.headers.get('retry-after'))).toBeGreaterThan(0)
    await redisWith({ port, aof: true })
    await expect
      .poll(
        async () => {
          client.emit('message', { username: 'User', content: 'kept' })
          await new Promise((done) => setTimeout(done, 200))
          return client.all('message').length
        },
        { timeout: 20_000 }
      )
      .toBeGreaterThan(0)
    const listed = (await (await fetch(`${server.url}/api/messages`)).json()) as { id: string }[]
    // Redis may store at its return what was not confirmed before. That came before this client's room could be read.
    const [received, stored] = [
      () => client.all<{ id: string }>('message').map(({ id }) => id),
      listed.map(({ id }) => id)
    ]
    await expect.poll(() => received().at(-1)).toBe(stored.at(-1))
    expect(received()).toEqual(stored.slice(-received().length))
    expect(JSON.stringify(client.all('message'))).not.toContain('into the void')
    // Many attempts failed, and verbs of each kind: one line when the outage began, one when it ended.
    expect(unreachable()).toHaveLength(1)
    expect(server.printed().match(/answers again after \d+ s/g)).toHaveLength(1)
    expect(server.printed().match(/"level":"(warn|error)"/g)).toHaveLength(1)
  })
})
