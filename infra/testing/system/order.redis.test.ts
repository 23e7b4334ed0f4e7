// One order on every screen: three instances, near and far from their one Redis, people speaking on all of them at once in all
// three protocols.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { untilReady } from '../chat-server.ts'
import { closeClients, connectClient, onEvents, type TestClient } from '../clients.ts'
import * as history from '../history.ts'
import { openCluster, type Cluster } from '../cluster.fixture.ts'
import type { Screen } from '../screen.ts'
import type { Proxy } from '../tcp-proxy.ts'
import { until } from '../until.ts'
import { LOBBY } from '../../../src/contract.ts'

/** How far each instance is from Redis, there and back, in milliseconds. */
const ROUND_TRIPS_MS = [2, 40, 80] as const
const VERY_FAR_MS = 1_600
/** What each of a region's six people says. */
const WORDS_EACH = 30
/** Between two words of one person, at random around this, in milliseconds. */
const PACE_MS = 110

/** Somebody in a region: speaks, and writes down the texts received, in order. */
interface Speaker {
  name: string
  region: number
  /** Whether their own words come back to them. */
  receivesOwn: boolean
  say(text: string): void
  texts(): string[]
}

describe.concurrent('people in three regions, speaking at once', () => {
  afterAll(closeClients)

  it('see all messages once and in one order, with native and compatible clients of all instances', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const ways = await waysOf(cluster)
    const servers = await Promise.all(ways.map(({ url }, n) => cluster.start(`order${n}`, { redisUrl: url })))
    await untilReady(...servers)
    const receivedAt = new Map<string, number>()
    const screens: Screen[] = []
    const speakers: Speaker[] = []
    for (const [region, { url }] of servers.entries()) {
      for (const n of [1, 2]) {
        const screen = await cluster.screen({ name: `native ${region}.${n}`, urls: [url] })
        noteTimes(receivedAt, screen.name, screen.socket, 'room:events')
        screens.push(screen)
        speakers.push({
          name: screen.name,
          region,
          receivesOwn: true,
          say: (text) => void screen.say(text),
          texts: () => screen.shown.map(({ text }) => text)
        })
        speakers.push(await classic(`classic ${region}.${n}`, region, url, receivedAt))
        speakers.push(await course(`course ${region}.${n}`, region, url, receivedAt))
      }
    }

    const sent = await converse(speakers)
    const texts = sent.map(({ text }) => text)
    for (const { name, receivesOwn, texts: received } of speakers) {
      const meant = receivesOwn ? texts : texts.filter((text) => !text.startsWith(name))
      expect(received().toSorted()).toEqual(meant.toSorted())
    }
    expect(history.disagreements(new Map(speakers.map(({ name, texts }) => [name, texts()])))).toEqual([])
    const all = speakers.filter(({ receivesOwn }) => receivesOwn).map(({ texts }) => texts())
    expect(new Set([...all].map((order) => JSON.stringify(order))).size).toBe(1)

    const shown = screens.flatMap((screen) => screen.shown)
    const acknowledged = screens.flatMap((screen) => screen.acknowledged)
    expect(acknowledged).toHaveLength(WORDS_EACH * screens.length)
    expect(history.lost(acknowledged, shown)).toEqual([])
    expect(history.repeated(shown, acknowledged)).toEqual([])
    expect(history.holes(shown)).toEqual([])
    expect(history.mixtures(shown)).toEqual([])
    expect(history.outOfTurn(namedByText(speakers), sent)).toEqual([])
    expect(screens.flatMap(({ synced }) => synced)).toEqual([])
    report('with room feeds', sent, speakers, receivedAt)
  })

  it('see a message, and those after it, before its sender in a far region has the acknowledgement', async ({
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const way = await cluster.way()
    const [near, far] = [await cluster.start('near'), await cluster.start('far', { redisUrl: way.url })]
    await untilReady(near, far)
    const ana = await cluster.screen({ name: 'ana', urls: [far.url] })
    const bo = await cluster.screen({ name: 'bo', urls: [near.url] })
    await until('the instances to know the lease of the other', () =>
      [near, far].every(({ people }) => people.understoodByAll())
    )
    way.delay(VERY_FAR_MS / 2)
    const said = ana.say('from far away')
    await bo.until(({ shown }) => shown.length === 1)
    await bo.say('from here')
    await bo.until(({ shown }) => shown.length === 2)
    expect(ana.acknowledged).toEqual([])
    await said
  })
})

const waysOf = (cluster: Cluster): Promise<Proxy[]> =>
  Promise.all(ROUND_TRIPS_MS.map((ms) => cluster.way({ delayMs: ms / 2 })))

async function classic(name: string, region: number, url: string, receivedAt: Map<string, number>): Promise<Speaker> {
  const client = await guest(name, url)
  noteTimes(receivedAt, name, client.socket, 'new-message')
  client.emit('add-user', name)
  await client.next('login')
  const texts = () => client.all<{ message: string }>('new-message').map(({ message }) => message)
  return { name, region, receivesOwn: false, say: (text) => client.emit('new-message', text), texts }
}

async function course(name: string, region: number, url: string, receivedAt: Map<string, number>): Promise<Speaker> {
  const client = await guest(name, url)
  noteTimes(receivedAt, name, client.socket, 'message')
  const texts = () => client.all<{ content: string }>('message').map(({ content }) => content)
  return {
    name,
    region,
    receivesOwn: true,
    say: (content) => client.emit('message', { username: name, content }),
    texts
  }
}

const guest = (name: string, url: string): Promise<TestClient> => connectClient(url, { transports: ['websocket'] })

interface Word extends history.Sent {
  region: number
  at: number
}

/** Everyone speaks, on and on; resolves with what was sent when everyone has received as many words as they should. */
async function converse(speakers: Speaker[]): Promise<Word[]> {
  const before = new Map(speakers.map(({ name, texts }) => [name, texts().length]))
  const sent: Word[] = []
  const speak = async ({ name, region, say }: Speaker) => {
    for (let n = 1; n <= WORDS_EACH; n += 1) {
      await wait(PACE_MS * 2 * Math.random())
      const text = `${name}: word ${n}`
      sent.push({ client: name, room: LOBBY, id: text, text, region, at: performance.now() })
      say(text)
    }
  }
  await Promise.all(speakers.map(speak))
  await until('everyone to have received everything', () =>
    speakers.every(({ name, receivesOwn, texts }) => {
      const own = receivesOwn ? 0 : WORDS_EACH
      return texts().length >= (before.get(name) ?? 0) + sent.length - own
    })
  )
  return sent
}

/** What everyone received, as a history in which the text names the message. */
function namedByText(speakers: Speaker[]): history.Shown[] {
  return speakers.flatMap(({ name, texts }) =>
    texts().map((text, n) => ({ client: name, room: LOBBY, epoch: '', seq: n, id: text, text }))
  )
}

/** Writes down when each text reached this client. */
function noteTimes(receivedAt: Map<string, number>, name: string, socket: TestClient['socket'], event: string) {
  onEvents(socket, (received, payload) => {
    if (received !== event) return
    for (const text of textsIn(payload)) receivedAt.set(`${name} < ${text}`, performance.now())
  })
}

function textsIn(sent: unknown): string[] {
  if (typeof sent === 'string') return [sent]
  const { message, content, events } = sent as {
    message?: string
    content?: string
    events?: { message: { text: string } }[]
  }
  return events ? events.map((event) => event.message.text) : [message ?? content ?? '']
}

function report(title: string, sent: Word[], speakers: Speaker[], receivedAt: Map<string, number>) {
  console.log(`${title}: ${sent.length} messages, ${speakers.length} clients, one order, 0 lost, 0 repeated`)
  for (const [region, roundTrip] of ROUND_TRIPS_MS.entries()) {
    const took = (own: boolean) =>
      sent
        .filter((word) => own === (word.region === region))
        .flatMap(({ text, at }) =>
          speakers
            .filter((speaker) => speaker.region === region)
            .flatMap(({ name }) => {
              const received = receivedAt.get(`${name} < ${text}`)
              return received === undefined ? [] : [received - at]
            })
        )
        .toSorted((one, other) => one - other)
    const figures = [true, false].map((own) => {
      const all = took(own)
      const at = (share: number) => (all[Math.floor((all.length - 1) * share)] ?? NaN).toFixed(0)
      return `${own ? 'own' : 'other'} instances’ words p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
    })
    console.log(`  ${roundTrip} ms from Redis: ${figures.join('; ')}`)
  }
}
