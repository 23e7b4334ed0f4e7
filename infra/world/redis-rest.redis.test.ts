import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
beforeEach(async () => {
  await (await say(['FLUSHALL'])).text()
})

describe.each(['base64', false] as const)('the stock client, strings as %s', (responseEncoding) => {
  const client = (more: Partial<RedisConfigNodejs> = {}) =>
    new Redis({ url: rest.url, token: TOKEN, responseEncoding, automaticDeserialization: false, ...more })

  it('gets back what it set, whatever it was', async () => {
    for (const value of AWKWARD) {
      expect(await client().set('key', value)).toBe('OK')
      expect(await client().get('key')).toBe(value)
    }
    expect(await client().get('nothing')).toBeNull()
  })

  it('reads hashes, lists, sets and numbers', async () => {
    const it = client({ automaticDeserialization: true })
    await it.hset('hash', { name: 'Ana', ł: 'OK' })
    expect(await it.hgetall('hash')).toEqual({ name: 'Ana', ł: 'OK' })
    expect(await it.hgetall('nothing')).toBeNull()
    expect(await it.rpush('list', 'a', 'OK', 'c')).toBe(3)
    expect(await it.lrange('list', 0, -1)).toEqual(['a', 'OK', 'c'])
    await it.zadd('sorted', { score: 2, member: 'b' }, { score: 1, member: 'a' })
    expect(await it.zrange('sorted', 0, -1, { withScores: true })).toEqual(['a', 1, 'b', 2])
    expect(await it.incr('counter')).toBe(1)
    expect((await it.scan(0))[1]).toHaveLength(4)
  })

  it('batches by itself, and in pipelines, where one failure is one failure', async () => {
    const it = client()
    await Promise.all([it.set('a', '1'), it.set('b', '2')])
    expect(await Promise.all([it.get('a'), it.get('b')])).toEqual(['1', '2'])
    const outcomes = await it.pipeline().set('c', 'text').incr('c').get('c').exec({ keepErrors: true })
    expect(outcomes.map(({ result, error }) => error ?? result)).toEqual([
      'OK',
      'ERR value is not an integer or out of range',
      'text'
    ])
  })

  it('keeps transactions whole: nobody comes in between', async () => {
    const it = client()
    await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const multi = it.multi()
        for (let step = 0; step < 5; step += 1) multi.rpush('order', `${n}`)
        await multi.exec()
      })
    )
    const order = await it.lrange('order', 0, -1)
    const runs = order.filter((n, place) => n !== order[place - 1])
    expect([order.length, runs.length]).toEqual([150, 30])
    expect(await it.multi().set('a', 'OK').get('a').lrange('order', 0, 1).exec()).toEqual([
      'OK',
      'OK',
      order.slice(0, 2)
    ])
  })

  it('runs scripts by text and by digest, and learns when a digest is not known', async () => {
    const it = client()
    expect(await it.eval('return {KEYS[1], ARGV[1], 7, {"deep"}}', ['key'], ['argument'])).toEqual([
      'key',
      'argument',
      7,
      ['deep']
    ])
    await expect(it.evalsha('0'.repeat(40), [], [])).rejects.toThrow('NOSCRIPT')
    const script = it.createScript<string>('return ARGV[1]')
    expect(await script.exec([], ['twice'])).toBe('twice')
    expect(await script.exec([], ['twice'])).toBe('twice')
  })

  it('hears what Redis refuses', async () => {
    const it = client({ enableAutoPipelining: false })
    await it.set('text', 'abc')
    await expect(it.incr('text')).rejects.toThrow('ERR value is not an integer')
    await expect(it.eval("return redis.error_reply('MINE no')", [], [])).rejects.toThrow('MINE no')
    await expect(client({ token: 'another' }).get('text')).rejects.toThrow('WRONGPASS')
  })
})

describe('requests', () => {
  it('without the token are refused', async () => {
    for (const headers of [{}, { authorization: 'Bearer another' }, { authorization: `Bearer ${TOKEN}x` }]) {
      const answer = await fetch(rest.url, { method: 'POST', headers, body: '["PING"]' })
      expect(answer.status).toBe(401)
      expect(await answer.json()).toEqual({ error: 'WRONGPASS invalid or missing auth token' })
    }
    const answer = await fetch(`${rest.url}/?_token=${encodeURIComponent(TOKEN)}`, { method: 'POST', body: '["PING"]' })
    expect(await answer.json()).toEqual({ result: 'PONG' })
  })

  it('in another shape are refused with a sentence', async () => {
    expect(await refusal(await fetch(rest.url, { headers: { authorization: `Bearer ${TOKEN}` } }))).toMatch(/^405 ERR/)
    expect(await refusal(await say('["PING"'))).toMatch(/^400 ERR/)
    for (const body of [{}, [], null, ['GET', {}], ['GET', ['a']], ['GET', null], 'PING'])
      expect(await refusal(await say(body))).toMatch(/^400 ERR/)
    for (const body of [[], ['PING'], {}]) expect(await refusal(await say(body, '/pipeline'))).toMatch(/^400 ERR/)
    expect(await refusal(await say(['PING'], '/elsewhere'))).toMatch(/^404 ERR/)
    expect(await refusal(await say(['NONSENSE']))).toMatch(/^400 ERR unknown command/)
    expect(await refusal(await say(['GET']))).toMatch(/^400 ERR wrong number/)
  })

  it('numbers and booleans are words to Redis', async () => {
    await (await say(['SET', 'key', 12, 'EX', 100])).text()
    expect(await (await say(['GET', 'key'])).json()).toEqual({ result: '12' })
    await (await say(['SET', 'key', true])).text()
    expect(await (await say(['GET', 'key'])).json()).toEqual({ result: 'true' })
  })

  it('a transaction with a command that Redis does not know is discarded', async () => {
    const answer = await say([['SET', 'key', 'x'], ['NONSENSE']], '/multi-exec')
    expect(await refusal(answer)).toMatch(/^400 EXECABORT/)
    expect(await (await say(['EXISTS', 'key'])).json()).toEqual({ result: 0 })
    const outcomes = await say(
      [
        ['SET', 'key', 'x'],
        ['INCR', 'key'],
        ['GET', 'key']
      ],
      '/multi-exec'
    )
    expect(await outcomes.json()).toEqual([
      { result: 'OK' },
      { error: 'ERR value is not an integer or out of range' },
      { result: 'x' }
    ])
  })

  it('that would hold the connection of all are refused', async () => {
    for (const command of [
      ['SUBSCRIBE', 'a'],
      ['blpop', 'a', 0],
      ['XREAD', 'block', 0, 'STREAMS', 'a', '$'],
      ['MULTI']
    ])
      expect(await refusal(await say(command))).toMatch(/^400 ERR .* is not available over REST/)
    expect(await (await say(['PING'])).json()).toEqual({ result: 'PONG' })
  })

  it('longer than ten megabytes are refused before they are read', async () => {
    const asking = request(rest.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-length': 10 * 1024 * 1024 + 1 }
    })
    asking.on('error', () => {})
    asking.flushHeaders()
    const [answer] = await once(asking, 'response')
    asking.destroy()
    expect(answer.statusCode).toBe(413)
  })

  it('are answered with a sync token that changes', async () => {
    const tokens = [await say(['PING']), await say(['PING'])].map(({ headers }) => headers.get('upstash-sync-token'))
    expect(tokens[0]).toMatch(/./)
    expect(tokens[1]).not.toBe(tokens[0])
  })

  it('bytes that are no text survive in base64', async () => {
    const client = createClient({ url: redis.url, RESP: 2 })
    await client.connect()
    const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x80])
    await client.set('bytes', bytes)
    await client.close()
    const answer = await say(['GET', 'bytes'], '/', { 'upstash-encoding': 'base64' })
    expect(await answer.json()).toEqual({ result: bytes.toString('base64') })
  })
})

describe('a Redis that goes and comes', () => {
  it('is an error meanwhile, and works again without anybody doing anything', async () => {
    const own = await startRedis()
    const ownDoor = await openRedisRest({ redisUrl: own.url, token: TOKEN })
    const client = new Redis({ url: ownDoor.url, token: TOKEN, retry: false, enableAutoPipelining: false })
    await client.set('key', 'value')
    own.kill('SIGKILL')
    await expect(client.get('key')).rejects.toThrow(/./)
    await own.restart()
    let back: unknown = null
    while (back !== 'OK') back = await client.set('key', 'again').catch(() => null)
    expect(await client.get('key')).toBe('again')
    await ownDoor.close()
    await own.stop()
  })

  it('a proxy that is gone is a network error, which the client retries', async () => {
    const first = await openRedisRest({ redisUrl: redis.url, token: TOKEN })
    const { port } = first
    const client = new Redis({
      url: first.url,
      token: TOKEN,
      enableAutoPipelining: false,
      retry: { retries: 50, backoff: () => 20 }
    })
    await client.set('key', 'value')
    await first.close()
    const asked = client.get('key')
    const second = await openRedisRest({ redisUrl: redis.url, token: TOKEN, port })
    expect(await asked).toBe('value')
    await second.close()
  })

  it('may start later than the proxy', async () => {
    const own = await startRedis()
    own.kill('SIGKILL')
    const ownDoor = await openRedisRest({ redisUrl: own.url, token: TOKEN })
    const client = new Redis({ url: ownDoor.url, token: TOKEN, retry: false })
    await expect(client.ping()).rejects.toThrow(/ERR/)
    await own.restart()
    let heard: unknown = null
    while (heard !== 'PONG') heard = await client.ping().catch(() => null)
    await ownDoor.close()
    await own.stop()
  })

  it('a taken port is said at once', async () => {
    await expect(openRedisRest({ redisUrl: redis.url, token: TOKEN, port: rest.port })).rejects.toThrow('EADDRINUSE')
  })
})

describe('from the command line', () => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, ['infra/world/redis-rest.ts', ...args], { env: { PATH: process.env['PATH'], ...env } })

  it('starts with flags or environment, and closes on SIGTERM', async () => {
    const child = run(['--redis-url', redis.url, '--port', '0'], { UPSTASH_REDIS_REST_TOKEN: TOKEN })
    const [line] = await once(child.stdout, 'data')
    const url = /http:\S+/.exec(String(line))?.[0] ?? ''
    expect(await new Redis({ url, token: TOKEN }).ping()).toBe('PONG')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('says so when the token is missing', async () => {
    const child = run(['--redis-url', redis.url])
    const [line] = await once(child.stderr, 'data')
    expect(String(line)).toContain('UPSTASH_REDIS_REST_TOKEN')
    expect(await once(child, 'exit')).toEqual([1, null])
  })
})

async function say(body: unknown, path = '/', headers: Record<string, string> = {}) {
  return fetch(`${rest.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body)
  })
}

async function refusal(answer: Response) {
  return `${answer.status} ${((await answer.json()) as { error: string }).error}`
}
