// Which failures of Redis are worth a retry, and what happens to commands when a connection is lost.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProxy } from '../../infra/testing/tcp-proxy.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { createAsk, type Ask } from './commands.ts'
import { createRun, script, type Run } from './scripts.ts'
import { connectRedis, type RedisClient } from './connection.ts'

let server: RedisServer
let client: RedisClient
let ask: Ask
let run: Run
beforeEach(async () => {
  server = await startRedis()
  client = connectRedis(server.url, { onError() {}, name: 'test' })
  ask = createAsk(client, 2_000)
  run = createRun(client, ask)
})
afterEach(async () => {
  client.destroy()
  await server.stop()
})

const nameOf = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    () => null,
    (cause: Error) => cause
  )
  return error?.name === 'StoreUnavailable' ? 'unavailable' : error?.message
}

test('a bug in a script, a wrong command, a wrong argument and foreign data are reported as themselves', async () => {
  expect(await nameOf(run(script('return nothing.at.all'), [], []))).toContain('user_script')
  expect(await nameOf(run(script('not Lua'), [], []))).toContain('compiling script')
  expect(await nameOf(ask(['NO-SUCH-COMMAND']))).toContain('unknown command')
  expect(await nameOf(ask(['GET']))).toContain('wrong number of arguments')
  expect(await nameOf(ask(['SET', 'key', 7 as unknown as string]))).toContain('must be of type')
  await ask(['SET', 'key', 'text'])
  expect(await nameOf(ask(['LPUSH', 'key', 'item']))).toContain('WRONGTYPE')
  expect(await nameOf(run(script("return redis.call('LPUSH', KEYS[1], 'item')"), ['key'], []))).toContain('WRONGTYPE')
})

test('a Redis that is full, read-only, busy or closed is unavailable', async () => {
  const write = script("return redis.call('SET', KEYS[1], 'text')")
  await ask(['CONFIG', 'SET', 'maxmemory', '1'])
  expect(await nameOf(ask(['SET', 'key', 'text']))).toBe('unavailable')
  expect(await nameOf(run(write, ['key'], []))).toBe('unavailable')
  await ask(['CONFIG', 'SET', 'maxmemory', '0'])
  await ask(['REPLICAOF', '127.0.0.1', '1'])
  expect(await nameOf(ask(['SET', 'key', 'text']))).toBe('unavailable')
  expect(await nameOf(run(write, ['key'], []))).toBe('unavailable')
  await ask(['REPLICAOF', 'NO', 'ONE'])
  expect(await nameOf(run(write, ['key'], []))).toBeUndefined()
  client.destroy()
  expect(await nameOf(ask(['GET', 'key']))).toBe('unavailable')
})

test('a script that Redis has forgotten is sent again in full', async () => {
  const answer = script('return ARGV[1]')
  expect(await run(answer, [], ['first'])).toBe('first')
  await ask(['SCRIPT', 'FLUSH'])
  expect(await run(answer, [], ['second'])).toBe('second')
})

test('what a lost connection has not written is not written to the next one either', async () => {
  const way = await openProxy(server.url)
  const far = connectRedis(way.url, { onError() {}, name: 'far' })
  const askFar = createAsk(far, 10_000)
  await askFar(['PING'])
  server.kill('SIGSTOP')
  // More than all buffers on the way hold, so the next command stays here.
  const filler = 'x'.repeat(64_000_000)
  const answers = [askFar(['ECHO', filler]), askFar(['RPUSH', 'list', 'not written'])].map(nameOf)
  await expect.poll(() => way.passed.up).toBeGreaterThan(1_000_000)
  way.cut()
  expect(await answers[0]).toBe('unavailable')
  way.mend()
  server.kill('SIGCONT')
  expect(await answers[1]).toBe('unavailable')
  await askFar(['RPUSH', 'list', 'of the next connection'])
  expect(await askFar(['LRANGE', 'list', '0', '-1'])).toEqual(['of the next connection'])
  far.destroy()
  await way.close()
})
