// Redis stands still in the middle of a word, keeps it after all, and everybody is told as usual.
import { expect, it } from 'vitest'
import { startTestServer, untilReady } from '../chat-server.ts'
import { closeClients, connectClient } from '../clients.ts'
import { startRedis } from '../redis-server.ts'

it('a classic message that Redis kept late is heard by everyone else, and not by who said it', async () => {
  const redis = await startRedis()
  const server = await startTestServer({ redisUrl: redis.url })
  await untilReady(server)
  const ana = await connectClient(server.url)
  const bo = await connectClient(server.url)
  ana.emit('add-user', 'ana')
  await ana.next('login')
  ana.emit('new-message', 'before')
  await bo.next('new-message')
  redis.kill('SIGSTOP')
  ana.emit('new-message', 'meanwhile')
  // Longer than the server waits for an answer.
  await new Promise((done) => setTimeout(done, 4_000))
  redis.kill('SIGCONT')
  expect(await bo.next('new-message')).toEqual({ username: 'ana', message: 'meanwhile' })
  ana.emit('new-message', 'after')
  expect(await bo.next('new-message')).toEqual({ username: 'ana', message: 'after' })
  expect(ana.all('new-message')).toEqual([])
  closeClients()
  await server.stop()
  await redis.stop()
})
