import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRedisRest, type RedisRest } from './redis-rest.ts'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'

const TOKEN = 'the token of this test'
const AWKWARD = ['', '123', 'true', 'null', '{"a":1}', 'OK', 'T0s=', 'ł ą 😀', '\u0000\r\n', '"', 'x'.repeat(100_000)]

let redis: RedisServer
let rest: RedisRest
beforeAll(async () => {
  redis = await startRedis()
  rest = await openRedisRest({ redisUrl: redis.url, token: TOKEN })
})
afterAll(async () => {
  await rest.close()
  await redis.stop()
})

const stock = ({ url }: RedisRest, more: Partial<RedisConfigNodejs> = {}) =>
  new Redis({ url, token: TOKEN, automaticDeserialization: false, enableAutoPipelining: false, ...more })

describe.each(['base64', false] as const)('the stock client, strings as %s', (responseEncoding) => {
  const client = (more: Partial<RedisConfigNodejs> = {}) => stock(rest, { responseEncoding, ...more })

  it('gets back what it set, whatever it was', async () => {
    for (const value of AWKWARD) {
      expect(await client().set('key', value)).toBe('OK')
      expect(await client().get('key')).toBe(value)
    }
    expect(await client().get('nothing')).toBeNull()
  })

  it('runs scripts, and reads lists and numbers, however deep', async () => {
    expect(await client().eval('return {KEYS[1], ARGV[1], 7, {"deep", "OK"}}', ['key'], ['argument'])).toEqual([
      'key',
      'argument',
      7,
      ['deep', 'OK']
    ])
    const hash = `hash ${responseEncoding}`
    expect(await client().hset(hash, { name: 'Ana', ł: 'OK' })).toBe(2)
    expect(await client().hdel(hash, 'name')).toBe(1)
  })

  it('hears what Redis refuses', async () => {
    await client().set('text', 'abc')
    await expect(client().incr('text')).rejects.toThrow('ERR value is not an integer')
    await expect(client().eval("return redis.error_reply('MINE no')", [], [])).rejects.toThrow('MINE no')
    await expect(client({ token: 'another' }).get('text')).rejects.toThrow('WRONGPASS')
  })
})

describe('requests', () => {
  it('without the token are refused', async () => {
    for (const headers of [{}, { authorization: 'Bearer another' }, { authorization: `Bearer ${TOKEN}x` }]) {
      const answer = await fetch(rest.url, { method: 'POST', headers, body: '["PING"]' })
      expect(answer.status).toBe(401)
    }
  })

  it.each([
    ['another method', 'GET', '/', undefined],
    ['another path', 'POST', '/pipeline', '["PING"]'],
    ['no JSON', 'POST', '/', '["PING"'],
    ['no list', 'POST', '/', '{}'],
    ['no command', 'POST', '/', '[]'],
    ['something else than strings and numbers', 'POST', '/', '["GET", {}]'],
    ['an unknown command', 'POST', '/', '["NONSENSE"]']
  ])('with %s are refused with a sentence', async (_, method, path, body) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const answer = await fetch(`${rest.url}${path}`, { method, headers, ...(body !== undefined && { body }) })
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringMatching(/^ERR /) }])
  })
})

describe('a Redis that goes and comes', () => {
  it('is an error meanwhile, also at the start, and works again without anybody doing anything', async () => {
    const own = await startRedis()
    own.kill('SIGKILL')
    const ownProxy = await openRedisRest({ redisUrl: own.url, token: TOKEN })
    const client = stock(ownProxy, { retry: false })
    for (const _ of ['at the start', 'later']) {
      await expect(client.ping()).rejects.toThrow(/ERR/)
      await own.restart()
      await expect.poll(() => client.set('key', 'again').catch(() => null)).toBe('OK')
      own.kill('SIGKILL')
    }
    await ownProxy.close()
    await own.stop()
  })

  it('a proxy that is gone is a network error, which the client retries', async () => {
    const first = await openRedisRest({ redisUrl: redis.url, token: TOKEN })
    const client = stock(first, { retry: { retries: 50, backoff: () => 20 } })
    await client.set('key', 'value')
    await first.close()
    const asked = client.get('key')
    const second = await openRedisRest({ redisUrl: redis.url, token: TOKEN, port: first.port })
    expect(await asked).toBe('value')
    await second.close()
  })

  it('a taken port is said at once', async () => {
    await expect(openRedisRest({ redisUrl: redis.url, token: TOKEN, port: rest.port })).rejects.toThrow('EADDRINUSE')
  })
})
