// One id is one message: when it is sent to two regions at once, and when it is sent again because the connection broke at any byte of
// the reply, between client and instance or between instance and Redis.
import { describe, expect, it, type TestContext } from 'vitest'
import { untilReady, type TestServer } from '../chat-server.ts'
import { asNative, closeClients, connectClient } from '../clients.ts'
import * as history from '../history.ts'
import { openCluster, type Cluster } from '../cluster.fixture.ts'
import type { Screen } from '../screen.ts'
import type { Proxy } from '../tcp-proxy.ts'
import { LOBBY, newId, type Receipt, type Reply } from '../../../src/contract.ts'
import { createRedisLog } from '../../../src/log/redis/redis-log.ts'
import { connectRedis } from '../../../src/redis/connection.ts'

const PAIRS = 1_000
const AT_ONCE = 25
/** Connections to each instance. A single one may not send all pairs that quickly. */
const LANES = 5
/** Clusters that share the bytes at which Redis is cut, because reconnecting takes long. */
const CHATS = 8
/** A reply's length varies by a few bytes with its numbers. */
const SPARE_BYTES = 4
/** Redis' reply contains the number several times, here with more digits than in the measured one, and a state of the rooms. */
const REDIS_SPARE_BYTES = 48
const QUIET_MS = 15
/** The type of Socket.IO's packet. */
const ACKNOWLEDGEMENT = '3'
const MEASUREMENTS = 5
const CUT_ATTEMPTS = 4

describe('one id is one message', () => {
  it(`sent at the same moment to two instances, ${PAIRS} times over`, async ({ onTestFinished }) => {
    const cluster = await openCluster({}, onTestFinished)
    const [one, two] = await cluster.startAll(['one', 'two'])
    const pairs = holdPairs([one, two])
    const here = await cluster.screen({ name: 'here', urls: [one.url] })
    const there = await cluster.screen({ name: 'there', urls: [two.url], session: here.session })
    const lanes = [[here, there]]
    while (lanes.length < LANES)
      lanes.push(await Promise.all([one, two].map(({ url }) => cluster.screen({ ...here, urls: [url] }))))
    const answers: [Reply<Receipt>, Reply<Receipt>][] = []
    for (let pair = 0; pair < PAIRS; pair += AT_ONCE) {
      const [left, right] = lanes[(pair / AT_ONCE) % LANES] as [Screen, Screen]
      const together = Array.from({ length: AT_ONCE }, (_, n) => {
        const sent = { room: LOBBY, id: newId(), text: `pair ${pair + n}` }
        here.sent.push({ ...sent, client: 'somebody' })
        const ask = async ({ socket }: Screen) => {
          const reply = (await socket.emitWithAck('message:send', sent)) as Reply<Receipt>
          pairs.answered.add(sent.id)
          return reply
        }
        // Either of the two may be first.
        return n % 2 ? Promise.all([ask(left), ask(right)]) : Promise.all([ask(right), ask(left)])
      })
      answers.push(...(await Promise.all(together)))
    }
    expect(pairs.underWay).toBe(PAIRS)
    for (const [first, second] of answers) expect(first).toEqual(second)
    const receipts = answers.flatMap(([first]) => (first.ok ? [first.value] : []))
    expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(PAIRS)
    expect(Math.max(...receipts.map(({ seq }) => seq))).toBe(PAIRS)
    const acknowledged = receipts.map(({ seq, id }) => ({ client: 'somebody', room: LOBBY, seq, id }))
    await expectOnceOn([here, there], acknowledged, here.sent)
    console.log(`${PAIRS} pairs, each under way in two instances at once: ${PAIRS} messages, both acknowledged alike`)
  })

  it('sent again because the client’s connection broke at any byte of the acknowledgement', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const [server] = await cluster.startAll(['one'])
    const way = await cluster.way({ to: server.url })
    const watcher = await cluster.screen({ name: 'watcher', urls: [server.url] })
    const { session } = await cluster.screen({ name: 'somebody', urls: [server.url] })
    async function comeIn(url: string) {
      const client = await connectClient(url, asNative(session.token))
      const opened = await client.ask('room:open', { room: LOBBY })
      expect(opened.ok).toBe(true)
      return client
    }
    onTestFinished(closeClients)
    const sent: history.Sent[] = []
    const acknowledged: history.Acknowledged[] = []
    let cut = 0
    const keep = (answer: Reply<Receipt> | null) => {
      if (answer?.ok) acknowledged.push({ client: 'somebody', room: LOBBY, seq: answer.value.seq, id: answer.value.id })
      return answer
    }

    const length = await acknowledgementBytes(await comeIn(way.url))
    const again = await comeIn(server.url)
    for (let bytes = 0; bytes <= length + SPARE_BYTES; bytes += 1) {
      const word = { room: LOBBY, id: newId(), text: `cut after ${bytes}` }
      sent.push({ ...word, client: 'somebody' })
      const first = await comeIn(way.url)
      const broken = way.cutAfterBytes(bytes, 'down')
      const answer = await Promise.race([
        first.ask<Receipt>('message:send', word),
        new Promise<null>((done) => first.socket.once('disconnect', () => done(null)))
      ])
      keep(answer)
      await broken
      first.close()
      if (!answer) cut += 1
      expect(keep(await again.ask<Receipt>('message:send', word))).toMatchObject({ ok: true })
    }
    // Those that were cut within the frame had no answer; the others had one before they were cut.
    expect(cut).toBeGreaterThanOrEqual(length - SPARE_BYTES)
    expect(acknowledged.length).toBeGreaterThan(sent.length)
    await expectOnceOn([watcher], acknowledged, sent)
    console.log(`client cut at ${length + SPARE_BYTES + 1} places of an answer of ${length} bytes: one message each`)

    async function acknowledgementBytes({ socket, ask, close }: Awaited<ReturnType<typeof comeIn>>): Promise<number> {
      const frame = new Promise<number>((done) =>
        socket.io.engine.on('data', (text: string) => {
          // Other frames may come before it.
          if (text.startsWith(ACKNOWLEDGEMENT)) done(4 + Buffer.byteLength(`4${text}`))
        })
      )
      const word = { room: LOBBY, id: newId(), text: 'how long is an answer?' }
      sent.push({ ...word, client: 'somebody' })
      keep(await ask<Receipt>('message:send', word))
      close()
      return frame
    }
  })

  it('sent again because Redis’ answer to the instance broke at any of its bytes', async ({ onTestFinished }) => {
    const length = await appendBytes(await openCluster({}, onTestFinished))
    const chats = await Promise.all(Array.from({ length: CHATS }, (_, chat) => cutRedis(chat, length, onTestFinished)))
    const last = length + REDIS_SPARE_BYTES
    const cutAt = chats.flatMap((chat) => chat.cutAt).toSorted((one, other) => one - other)
    expect(cutAt).toEqual(Array.from({ length: last + 1 }, (_, bytes) => bytes))
    // A cut inside of the answer makes the instance report that nothing is known.
    const unknown = chats.flatMap((chat) => chat.unknownAt)
    expect(unknown.length).toBeGreaterThan(length * 0.9)
    // The last places are behind the reply, which arrived whole: no byte of it was skipped.
    expect(Math.max(...unknown)).toBeLessThan(last)
    console.log(
      `Redis cut at ${cutAt.length} places of an answer of ${Math.max(...unknown) + 1} bytes, ${unknown.length} times unanswered: one message each`
    )
  })

  /** Cuts one cluster's Redis at each byte of its share. `length`: of Redis' answer. */
  async function cutRedis(chat: number, length: number, onTestFinished: TestContext['onTestFinished']) {
    const cluster = await openCluster({}, onTestFinished)
    const way = await cluster.way()
    const [cutOff, other] = [await cluster.start('cut', { redisUrl: way.url }), await cluster.start('other')]
    await untilReady(cutOff, other)
    const speaker = await cluster.screen({ name: 'speaker', urls: [cutOff.url] })
    const far = await cluster.screen({ name: 'far', urls: [other.url] })
    const unknown = () => speaker.refused.filter(({ reason }) => reason === 'unavailable').length
    const [cutAt, unknownAt]: [number[], number[]] = [[], []]
    const last = length + REDIS_SPARE_BYTES
    for (let bytes = chat; bytes <= last; bytes += CHATS) {
      // A cut may fall on another connection of the instance, or on another answer before this one, and is repeated then. Cuts behind the
      // answer leave it whole.
      let isUnknown = false
      for (let attempt = 1; attempt <= CUT_ATTEMPTS; attempt += 1) {
        await quiet(way)
        const before = unknown()
        const broken = way.cutAfterBytes(bytes, 'down')
        await speaker.say(`cut after ${bytes}`)
        await broken
        isUnknown = unknown() > before
        if (bytes < length ? isUnknown : bytes < last || !isUnknown) break
      }
      cutAt.push(bytes)
      if (isUnknown) unknownAt.push(bytes)
    }
    expect(speaker.acknowledged).toHaveLength(speaker.sent.length)
    await expectOnceOn([speaker, far], speaker.acknowledged, speaker.sent)
    expect(history.disagreements(history.ordersOf([...speaker.shown, ...far.shown]))).toEqual([])
    return { cutAt, unknownAt }
  }

  /** Everything acknowledged is on these screens, once, in one order, and nothing else. */
  async function expectOnceOn(screens: Screen[], acknowledged: history.Acknowledged[], sent: history.Sent[]) {
    const last = Math.max(...acknowledged.map(({ seq }) => seq))
    for (const screen of screens) await screen.until(({ cursor }) => (cursor?.seq ?? 0) >= last)
    const shown = screens.flatMap((screen) => screen.shown)
    expect(history.lost(acknowledged, shown)).toEqual([])
    expect(history.repeated(shown, acknowledged)).toEqual([])
    expect(history.phantoms(shown, sent)).toEqual([])
    expect(history.holes(shown)).toEqual([])
    expect(history.mixtures(shown)).toEqual([])
    for (const screen of screens) expect(screen.shown.length).toBe(sent.length)
    expect(last).toBe(sent.length)
  }
})

/**
 * A barrier for each pair: the instance that receives a request first waits until the other has received it too. Counts the pairs that
 * both instances received before either answered.
 */
function holdPairs(servers: TestServer[]) {
  const held = new Map<string, { by: TestServer; begin: () => void }>()
  const pairs = { answered: new Set<string>(), underWay: 0 }
  for (const server of servers)
    server.gateway.io.on('connection', (socket) =>
      socket.use(([word, sent], begin) => {
        if (word !== 'message:send') return begin()
        const { id } = sent as { id: string }
        const first = held.get(id)
        if (!first) return held.set(id, { by: server, begin })
        if (first.by !== server && !pairs.answered.has(id)) pairs.underWay += 1
        first.begin()
        begin()
      })
    )
  return pairs
}

/**
 * The size of Redis' reply to an append, in bytes, measured on a connection of its own: the least, as the log may ask for more meanwhile.
 */
async function appendBytes(cluster: Cluster): Promise<number> {
  const { url, passed } = await cluster.way()
  const client = connectRedis(url, { onError: () => {}, name: 'measuring' })
  const log = await createRedisLog({ client, prefix: 'measuring', instance: 'measuring', historyLimit: 1_000 })
  const by = { id: newId(), name: 'speaker' }
  const say = () => log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: Date.now(), text: 'cut after 100' })
  await say()
  const bytes: number[] = []
  while (bytes.length < MEASUREMENTS) {
    const before = passed.down
    await say()
    bytes.push(passed.down - before)
  }
  await log.close()
  return Math.min(...bytes)
}

/** Waits until Redis sends nothing more through this proxy. */
async function quiet({ passed }: Proxy) {
  for (let before = -1; before !== passed.down;) {
    before = passed.down
    await new Promise((done) => setTimeout(done, QUIET_MS))
  }
}
