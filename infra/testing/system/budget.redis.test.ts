// The budget as clients meet it: a real server, and two that share a Redis.
import { afterEach, expect, it, onTestFinished } from 'vitest'
import { startTestServer, untilReady } from '../chat-server.ts'
import { closeClients, connectNative, signIn } from '../clients.ts'
import { closeRaws, openRaw } from '../raw-websocket.ts'
import { startRedis } from '../redis-server.ts'
import { until } from '../until.ts'
import { LOBBY, WIRE_VERSION, newId } from '../../../src/contract.ts'

const BURST = 6
/** Nothing is gained while a test runs. */
const rate = { burst: BURST, perSecond: 1e-9 }

afterEach(() => {
  closeClients()
  closeRaws()
})

async function start(options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer({ config: { rate }, ...options })
  onTestFinished(() => server.stop())
  return server
}

it('forged tokens use up the budget of their address, over sockets and over HTTP, and nobody else’s', async () => {
  const server = await start()
  const ana = await connectNative(server.url, 'Ana')
  const flood = { localAddress: '127.0.0.2' }
  const forged = `40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token: 'forged' })}`
  let answer = ''
  for (let each = 0; each < 10 * BURST && !answer.includes('too-fast'); each += 1) {
    const socket = await openRaw(server.url, {}, undefined, flood)
    // Ten are answered on one connection.
    for (let nth = 1; nth <= 10 && !answer.includes('too-fast'); nth += 1) {
      socket.say(forged)
      answer = await until(
        'an answer',
        () => socket.received.filter((packet) => packet.startsWith('44'))[nth - 1] ?? null
      )
    }
  }
  expect(answer).toMatch(/"reason":"too-fast","retryAfterMs":\d+/)
  // A new connection of that address isn't let in either.
  expect((await openRaw(server.url, {}, undefined, flood)).status).not.toBe(101)
  expect((await ana.ask('room:open', { room: LOBBY })).ok).toBe(true)
  expect((await ana.ask('message:send', { room: LOBBY, id: newId(), text: 'well' })).ok).toBe(true)

  const headers = { authorization: 'Bearer forged' }
  const statuses = await Promise.all(
    Array.from({ length: 12 * BURST }, async () => (await fetch(`${server.url}/api/rooms`, { headers })).status)
  )
  expect(statuses).toContain(429)
})

it('a body is paid for before it is read, by its size, even if it is then refused', async () => {
  const server = await start()
  const post = async (bytes: number) =>
    (await fetch(`${server.url}/api/messages`, { method: 'POST', body: 'x'.repeat(bytes) })).status
  // Of the 60 tokens of an address each takes one, and one for each 4,000 bytes.
  for (let each = 0; each < 7; each += 1) expect(await post(30_000)).toBe(400)
  for (let each = 0; each < 4; each += 1) expect(await post(10)).toBe(400)
  expect(await post(10)).toBe(429)
})

it('a person who has used up the budget at one instance is refused at the other', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const [here, there] = await Promise.all(
    ['ams', 'iad'].map((region) => start({ redisUrl: redis.url, instance: `test${region}`, region }))
  )
  if (!here || !there) throw new Error('two instances were started')
  await untilReady(here, there)
  const ana = await signIn(here.url, 'Ana')
  const bo = await signIn(here.url, 'Bo')
  const ask = async ({ token }: { token: string }) =>
    (await fetch(`${there.url}/api/rooms`, { headers: { authorization: `Bearer ${token}` } })).status
  for (let each = 0; each < BURST; each += 1) here.chat.spend({ person: ana.person, address: 'home' }, 1)
  const almostNothing = 1e-6
  await until(
    'the other instance to hear of it',
    () => !there.chat.maySpend({ person: ana.person, address: 'elsewhere' }, almostNothing)
  )
  expect([await ask(ana), await ask(bo)]).toEqual([429, 200])
})
