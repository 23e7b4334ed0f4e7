// Each mistake in REDIS_URL, made with a real connection.
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../infra/dev/free-port.ts'
import { startRedis } from '../../infra/testing/redis-server.ts'
import { redisErrorSentence } from './error-sentence.ts'
import { connectRedis } from './connection.ts'

/** The sentence for the first error of a connection to `url`. */
async function sentenceFor(url: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const client = connectRedis(url, { onError: resolve, name: 'test' })
  const cause = await promise
  client.destroy()
  return redisErrorSentence(url, cause)
}

test('a port where nobody listens', async () => {
  const port = await freePort()
  expect(await sentenceFor(`redis://127.0.0.1:${port}`)).toBe(
    `Redis at 127.0.0.1:${port} is unreachable (ECONNREFUSED). Messages wait.`
  )
})

test('an unknown host', async () => {
  expect(await sentenceFor('redis://no-such-host.invalid:6379')).toMatch(
    /^The host name in REDIS_URL, no-such-host\.invalid, is unknown \((ENOTFOUND|EAI_AGAIN)\)\./
  )
})

test.each([
  ['a wrong password, which is not shown', ':swordfish@', 'WRONGPASS'],
  ['no password where one is needed', '', 'NOAUTH']
])('%s', async (_, user, refusal) => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const admin = connectRedis(redis.url, { onError() {}, name: 'admin' })
  await admin.sendCommand(['CONFIG', 'SET', 'requirepass', 'right'])
  admin.destroy()
  const sentence = await sentenceFor(`redis://${user}127.0.0.1:${redis.port}`)
  expect(sentence).toBe(
    `Redis at 127.0.0.1:${redis.port} refuses the user or password in REDIS_URL (${refusal}). Messages wait until it is right.`
  )
})

test('TLS to a port without it', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  expect(await sentenceFor(`rediss://127.0.0.1:${redis.port}`)).toBe(
    `Redis at 127.0.0.1:${redis.port} does not answer (Connection timeout). If it has no TLS, use redis://. Messages wait.`
  )
})

test('a connection that is lost later: the address was right', () => {
  expect(redisErrorSentence('redis://redis:6379', new Error('Socket closed unexpectedly'), true)).toBe(
    'Redis at redis:6379 does not answer (Socket closed unexpectedly). Messages wait.'
  )
})
