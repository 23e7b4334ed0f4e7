// One id is one message: said twice at once in two regions, or again because the answer was cut off at any of its bytes,
// between client and instance as between instance and Redis.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, untilReady, type TestServer } from '../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../infra/testing/clients.ts'
import * as history from '../infra/testing/history.ts'
import { startRedis, type RedisServer } from '../infra/testing/redis-server.ts'
import { closeScreens, openScreen, type Screen } from '../infra/testing/screen.ts'
import { openProxy, type Proxy } from '../infra/testing/tcp-proxy.ts'
import { LOBBY, WIRE_VERSION, newId, type Receipt, type Reply } from './contract.ts'
import { createRedisLog } from './storage/message-log-redis.ts'
import { connectRedis } from './storage/redis.ts'

const PAIRS = 1_000
const AT_ONCE = 25
/** The pairs are said over so many connections to each instance: a single one may not say that much that quickly. */
const LANES = 5
/** Redis' answers are cut at every so many of their bytes: reconnecting takes its time. */
const REDIS_STEP_BYTES = 5
/** An answer's length changes by a few bytes with its numbers. */
const SPARE_BYTES = 4
const QUIET_MS = 15
const UNHURRIED = { rate: { burst: 1_000_000, perSecond: 1_000_000 } }

describe('one id is one message', () => {
  let redis: RedisServer
  let servers: TestServer[]
  let ways: Proxy[]
  beforeEach(async () => {
    redis = await startRedis()
    servers = []
    ways = []
  })
  afterEach(async () => {
    closeClients()
    closeScreens()
    for (const server of servers) await server.stop()
    for (const way of ways) await way.close()
    await redis.stop()
  })

  async function start(instance: string, redisUrl = redis.url): Promise<TestServer> {
    const server = await startTestServer({ redisUrl, instance, config: UNHURRIED })
    servers.push(server)
    return server
  }

  it(`said at the same moment to two instances, ${PAIRS} times over`, async () => {
    const [one, two] = [await start('one'), await start('two')]
    await untilReady(one, two)
    const here = await openScreen({ name: 'here', urls: [one.url] })
    const there = await openScreen({ name: 'there', urls: [two.url], session: here.session })
    const lanes = [[here, there]]
    while (lanes.length < LANES)
      lanes.push(await Promise.all([one, two].map(({ url }) => openScreen({ ...here, urls: [url] }))))
    const answers: [Reply<Receipt>, Reply<Receipt>][] = []
    for (let pair = 0; pair < PAIRS; pair += AT_ONCE) {
      const [left, right] = lanes[(pair / AT_ONCE) % LANES] as [Screen, Screen]
      const together = Array.from({ length: AT_ONCE }, (_, n) => {
        const said = { room: LOBBY, id: newId(), text: `pair ${pair + n}` }
        here.said.push({ ...said, client: 'somebody' })
        const ask = ({ socket }: Screen) => socket.emitWithAck('message:send', said) as Promise<Reply<Receipt>>
        // Which of the two is first is as chance will have it.
        return n % 2 ? Promise.all([ask(left), ask(right)]) : Promise.all([ask(right), ask(left)])
      })
      answers.push(...(await Promise.all(together)))
    }
    for (const [first, second] of answers) expect(first).toEqual(second)
    const receipts = answers.flatMap(([first]) => (first.ok ? [first.value] : []))
    expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(PAIRS)
    expect(Math.max(...receipts.map(({ seq }) => seq))).toBe(PAIRS)
    const acknowledged = receipts.map(({ seq, id }) => ({ client: 'somebody', room: LOBBY, seq, id }))
    await expectOnceOn([here, there], acknowledged, here.said)
    console.log(`${PAIRS} pairs from two instances: ${PAIRS} messages, both acknowledged alike`)
  })

  it('said again because the client’s connection broke at any byte of the acknowledgement', async () => {
    const server = await start('one')
    await untilReady(server)
    const way = await openProxy(server.url)
    ways.push(way)
    const watcher = await openScreen({ name: 'watcher', urls: [server.url] })
    const session = (await openScreen({ name: 'somebody', urls: [server.url] })).session
    const auth = { speaks: 'native', v: WIRE_VERSION, token: session.token }
    async function comeIn() {
      const client = await connectClient(way.url, { transports: ['websocket'], auth })
      const opened = await client.ask('room:open', { room: LOBBY })
      expect(opened.ok).toBe(true)
      return client
    }
    const said: history.Said[] = []
    const acknowledged: history.Acknowledged[] = []
    let cut = 0
    const keep = (answer: Reply<Receipt> | null) => {
      if (answer?.ok) acknowledged.push({ client: 'somebody', room: LOBBY, seq: answer.value.seq, id: answer.value.id })
      return answer
    }

    const length = await acknowledgementBytes(await comeIn())
    for (let bytes = 0; bytes <= length + SPARE_BYTES; bytes += 1) {
      const word = { room: LOBBY, id: newId(), text: `cut after ${bytes}` }
      said.push({ ...word, client: 'somebody' })
      const first = await comeIn()
      const broken = way.cutAfterBytes(bytes, 'down')
      const answer = await Promise.race([
        first.ask<Receipt>('message:send', word),
        new Promise<null>((done) => first.socket.once('disconnect', () => done(null)))
      ])
      keep(answer)
      await broken
      first.close()
      if (!answer) cut += 1
      const again = await comeIn()
      expect(keep(await again.ask<Receipt>('message:send', word))).toMatchObject({ ok: true })
      again.close()
    }
    // Those that were cut within the frame had no answer; the others had one before they were cut.
    expect(cut).toBeGreaterThanOrEqual(length - SPARE_BYTES)
    expect(acknowledged.length).toBeGreaterThan(said.length)
    await expectOnceOn([watcher], acknowledged, said)
    console.log(`client cut at ${length + SPARE_BYTES + 1} places of an answer of ${length} bytes: one message each`)

    async function acknowledgementBytes({ socket, ask, close }: Awaited<ReturnType<typeof comeIn>>): Promise<number> {
      const frame = new Promise<number>((done) =>
        socket.io.engine.once('data', (text: string) => done(4 + Buffer.byteLength(`4${text}`)))
      )
      const word = { room: LOBBY, id: newId(), text: 'how long is an answer?' }
      said.push({ ...word, client: 'somebody' })
      keep(await ask<Receipt>('message:send', word))
      close()
      return frame
    }
  })

  it('said again because Redis’ answer to the instance broke at any of its bytes', async () => {
    const way = await openProxy(redis.url)
    ways.push(way)
    const [cutOff, other] = [await start('cut', way.url), await start('other')]
    await untilReady(cutOff, other)
    const length = await appendBytes(cutOff)
    const speaker = await openScreen({ name: 'speaker', urls: [cutOff.url] })
    const far = await openScreen({ name: 'far', urls: [other.url] })
    for (let bytes = 0; bytes <= length; bytes += REDIS_STEP_BYTES) {
      await quiet(way)
      const broken = way.cutAfterBytes(bytes, 'down')
      await speaker.say(`cut after ${bytes}`)
      await broken
    }
    const cuts = Math.floor(length / REDIS_STEP_BYTES) + 1
    expect(speaker.acknowledged).toHaveLength(cuts)
    // A cut inside of the answer makes the instance say that nothing is known. Now and then one falls on another connection.
    const unknown = speaker.refused.filter(({ reason }) => reason === 'unavailable').length
    expect(unknown).toBeGreaterThan(cuts * 0.9)
    await expectOnceOn([speaker, far], speaker.acknowledged, speaker.said)
    expect(history.disagreements(history.ordersOf([...speaker.shown, ...far.shown]))).toEqual([])
    console.log(
      `Redis cut at ${cuts} places of an answer of ${length} bytes, ${unknown} times unanswered: one message each`
    )

    /** What Redis answers an append with, in bytes; over a way that nothing else uses. */
    async function appendBytes({ config }: TestServer): Promise<number> {
      const own = await openProxy(redis.url)
      ways.push(own)
      const client = connectRedis(own.url, { onError: () => {}, name: 'measuring' })
      const log = await createRedisLog({ client, prefix: 'measuring', historyLimit: config.historyLimit })
      const by = { id: newId(), name: 'speaker' }
      const say = () =>
        log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'cut after 100' })
      await say()
      const before = own.passed.down
      await say()
      const bytes = own.passed.down - before
      await log.close()
      return bytes
    }
  })

  /** Everything acknowledged is on these screens, once, in one order, and nothing else. */
  async function expectOnceOn(screens: Screen[], acknowledged: history.Acknowledged[], said: history.Said[]) {
    const last = Math.max(...acknowledged.map(({ seq }) => seq))
    for (const screen of screens) await screen.until(({ cursor }) => (cursor?.seq ?? 0) >= last)
    const shown = screens.flatMap((screen) => screen.shown)
    expect(history.lost(acknowledged, shown)).toEqual([])
    expect(history.repeated(shown, acknowledged)).toEqual([])
    expect(history.phantoms(shown, said)).toEqual([])
    expect(history.holes(shown)).toEqual([])
    expect(history.mixtures(shown)).toEqual([])
    for (const screen of screens) expect(screen.shown.length).toBe(said.length)
    expect(last).toBe(said.length)
  }
})

/** Until nothing comes down this way any more. */
async function quiet({ passed }: Proxy) {
  for (let before = -1; before !== passed.down;) {
    before = passed.down
    await new Promise((done) => setTimeout(done, QUIET_MS))
  }
}
