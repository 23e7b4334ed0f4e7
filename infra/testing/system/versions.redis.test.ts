// Every rolling deploy mixes two versions: a newer one's bus messages, events, stored records and clients beside this one's.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { describe, expect, it, type TestContext } from 'vitest'
import { TEST_SECRET, lookInto } from '../chat-server.ts'
import { asNative, connectClient, connectNative, signIn } from '../clients.ts'
import { complaintsOf, openCluster, type Cluster } from '../cluster.fixture.ts'
import { wallClock } from '../../../src/clock.ts'
import type { BusMessage } from '../../../src/bus/messages.ts'
import {
  LOBBY,
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  newId,
  type Answers,
  type Cursor,
  type Message
} from '../../../src/contract.ts'
import { createRedisBus } from '../../../src/bus/redis-bus.ts'

type Finished = TestContext['onTestFinished']

const NEWER = WIRE_VERSION + 1
const key = (part: string) => `{taifas}:room:${LOBBY}:${part}`

/** An event of a newer version, of a kind and with fields that this version doesn't know. */
interface NewEvent {
  kind: string
  /** The message that it is about, if any. */
  message?: Message
  published?: boolean
}

/** An instance of a newer version, as far as others notice it: what it writes to Redis and what it publishes on the bus. */
async function openNewer({ redis }: Cluster, onTestFinished: Finished) {
  const client = await lookInto(redis.url)
  const bus = createRedisBus({
    url: redis.url,
    prefix: 'taifas',
    region: 'next',
    secret: TEST_SECRET,
    clock: wallClock,
    onError: () => {}
  })
  const io = new Server(createServer(), { adapter: bus.adapter })
  bus.start(io, () => {})
  onTestFinished(async () => {
    await bus.close()
    await io.close()
    client.destroy()
  })
  const publish = (message: object) => bus.send(message as BusMessage)

  return {
    client,
    publish,
    async keep({ kind, message, published = true }: NewEvent): Promise<Cursor> {
      const [epoch = '', seq, id = ''] = (await client.hGet('{taifas}:heads', LOBBY))?.split(' ') ?? []
      const before = { epoch, seq: Number(seq), id }
      const event = {
        v: NEWER,
        seq: before.seq + 1,
        kind,
        id: newId(),
        at: Date.now(),
        by: { id: null, name: 'newer' }
      }
      const about = message && { message: message.id, of: message.seq }
      const envelope = JSON.stringify({ ...event, ...about, mood: { bright: true } })
      await client.xAdd(key('log'), `${event.seq}-0`, { m: message?.id ?? '', e: envelope })
      await client.hSet('{taifas}:heads', LOBBY, `${epoch} ${event.seq} ${event.id}`)
      if (published)
        publish({ v: NEWER, kind: 'event', room: LOBBY, before, event: { ...event, message }, urgent: true })
      return { epoch, seq: event.seq, id: event.id }
    }
  }
}

describe.concurrent('beside a newer version', () => {
  async function setUp(onTestFinished: Finished) {
    const cluster = await openCluster({}, onTestFinished)
    const servers = await cluster.startAll(['one', 'two'])
    const [one, two] = servers
    const ana = await cluster.screen({ name: 'ana', urls: [one.url] })
    const bo = await cluster.screen({ name: 'bo', urls: [two.url] })
    const guest = await cluster.guest(two.url, 'gus')
    return { cluster, one, two, ana, bo, guest, newer: await openNewer(cluster, onTestFinished) }
  }

  it.for([
    ['published on the bus', { published: true }],
    ['whose bus message was lost', { published: false }]
  ] as const)('events of an unknown kind only use up a number: %s', async ([, how], { onTestFinished }) => {
    const { ana, bo, guest, newer } = await setUp(onTestFinished)
    await ana.say('first')
    await bo.until(({ messages }) => messages.length === 1)
    const [first] = ana.messages as [Message]
    const kept = [await newer.keep({ kind: 'pinned', message: { ...first, rev: 2, text: 'not as it was' }, ...how })]
    await bo.say('second')
    // About no message at all, unlike every event of this version.
    kept.push(await newer.keep({ kind: 'renamed', ...how }))
    await ana.say('third')

    for (const screen of [ana, bo]) {
      await screen.until(({ cursor }) => cursor?.seq === 5)
      expect(screen.messages.map(({ text, seq }) => [text, seq])).toEqual([
        ['first', 1],
        ['second', 3],
        ['third', 5]
      ])
      expect(screen.synced).toEqual([])
    }
    await guest.next('message', ({ content }) => content === 'third')
    expect(guest.all<{ content: string }>('message').map(({ content }) => content)).toEqual([
      'first',
      'second',
      'third'
    ])
    // The one that its introduction caused.
    expect(guest.all('error')).toHaveLength(1)
    expect(kept.map(({ seq }) => seq)).toEqual([2, 4])
  })

  it('clients keep, resume from and start at a newest event of an unknown kind', async ({ onTestFinished }) => {
    const { cluster, one, ana, bo, newer } = await setUp(onTestFinished)
    await ana.say('first')
    for (const kind of ['renamed', 'moved']) await newer.keep({ kind })
    const last = await newer.keep({ kind: 'closed', message: ana.messages[0] as Message })
    for (const screen of [ana, bo]) {
      await screen.until(({ cursor }) => cursor?.seq === 4)
      expect(screen.cursor).toEqual(last)
    }
    bo.away()
    await ana.say('meanwhile')
    bo.back()
    for (const screen of [ana, bo]) await screen.until(({ messages }) => messages.length === 2)
    expect(bo.synced).toEqual(['events'])
    const fresh = await cluster.screen({ name: 'cy', urls: [one.url] })
    expect(fresh.messages).toEqual(ana.messages)
    // Only the answer of a server brings a proof.
    expect(fresh.cursor).toMatchObject({ ...ana.cursor })
  })

  it('unknown bus messages stop nothing, and known ones with more fields are understood', async ({
    onTestFinished
  }) => {
    const { one, ana, bo, guest, newer } = await setUp(onTestFinished)
    const who = { key: 'k', name: 'newer', guest: true, region: 'ams', mood: 'bright' }
    const strange = [
      { v: NEWER, kind: 'poll', room: LOBBY, options: ['a', 'b'] },
      { v: NEWER, kind: 'event', room: LOBBY },
      { v: NEWER, kind: 'event', room: LOBBY, before: { epoch: 7 }, event: 'nothing' },
      { v: NEWER, kind: 'presence', instance: 'newer', people: [] },
      { v: NEWER, kind: 'typing', room: { id: LOBBY }, who, on: true },
      { v: 'next', kind: 'marker' },
      {},
      []
    ]
    for (const message of strange) newer.publish(message)
    newer.publish({ v: NEWER, kind: 'typing', room: LOBBY, who, on: true, words: 3 })
    expect(await guest.next('typing')).toEqual({ username: 'newer' })
    await ana.say('after')
    await bo.until(({ messages }) => messages.length === 1)
    expect(await complaintsOf([ana, bo])).toEqual([])
    expect((await fetch(`${one.url}/health/ready`)).status).toBe(200)
  })

  it('stored records with more fields are read and changed without losing them', async ({ onTestFinished }) => {
    const { cluster, two, ana, bo, newer } = await setUp(onTestFinished)
    const { client } = newer
    const { seq, id } = await ana.say('with a picture')
    const stored = JSON.parse((await client.hGet(key('messages'), id)) ?? '') as Message
    await client.hSet(key('messages'), id, JSON.stringify({ ...stored, pictures: ['cat'], v: NEWER }))
    const room = JSON.parse((await client.hGet('{taifas}:rooms', LOBBY)) ?? '') as object
    await client.hSet('{taifas}:rooms', LOBBY, JSON.stringify({ ...room, topic: 'cats', v: NEWER }))

    await ana.verb('message:edit', { room: LOBBY, id: newId(), message: id, text: 'with a caption' })
    await bo.until(({ cursor }) => cursor?.seq === seq + 1)
    const fresh = await cluster.screen({ name: 'cy', urls: [two.url] })
    for (const { messages } of [ana, bo, fresh])
      expect(messages).toEqual([expect.objectContaining({ text: 'with a caption' })])
    expect(fresh.messages[0]).not.toHaveProperty('pictures')
    expect(JSON.parse((await client.hGet(key('messages'), id)) ?? '')).toMatchObject({
      pictures: ['cat'],
      text: 'with a caption'
    })
    const list = await ana.verb('room:list', {})
    expect(list.rooms).toEqual([expect.objectContaining({ id: LOBBY, title: 'Lobby' })])
  })

  it('clients of both protocol versions show the same after edits, reactions and removals, and after a catch-up', async ({
    onTestFinished
  }) => {
    const { cluster, one, two, ana } = await setUp(onTestFinished)
    const older = await cluster.screen({ name: 'older', urls: [two.url], wire: OLDEST_WIRE_VERSION })
    const newer = await cluster.screen({ name: 'newer', urls: [one.url], wire: WIRE_VERSION })
    const [first, second] = [await ana.say('first'), await ana.say('second')]
    await older.until(({ messages }) => messages.length === 2)
    older.away()
    const change = async (word: 'message:edit' | 'message:react' | 'message:remove', said: object) =>
      ana.verb(word, { room: LOBBY, id: newId(), ...said })
    for (const emoji of ['👍', '🎉']) await change('message:react', { message: first.id, emoji, on: true })
    await newer.verb('message:react', { room: LOBBY, id: newId(), message: first.id, emoji: '🎉', on: true })
    await change('message:react', { message: first.id, emoji: '👍', on: false })
    for (const text of ['better', 'best']) await change('message:edit', { message: first.id, text })
    await change('message:remove', { message: second.id })
    older.back()
    newer.away()
    await change('message:react', { message: first.id, emoji: '😂', on: true })
    await change('message:edit', { message: first.id, text: 'the last' })
    newer.back()
    for (const screen of [older, newer]) await screen.until(({ cursor }) => cursor?.seq === 11)
    const fresh = await cluster.screen({ name: 'fresh', urls: [one.url] })
    expect([older.messages, newer.messages]).toEqual([fresh.messages, fresh.messages])
    expect(fresh.messages).toEqual([
      expect.objectContaining({
        text: 'the last',
        reactions: { '🎉': [ana.session.person.id, newer.session.person.id], '😂': [ana.session.person.id] }
      }),
      expect.objectContaining({ removed: true, text: '' })
    ])
  })

  it('a client of a too old version is refused with that reason, and one of a newer version is accepted', async ({
    onTestFinished
  }) => {
    const { one, ana } = await setUp(onTestFinished)
    const session = await signIn(one.url, 'old and new')
    const auth = { ...asNative(session.token, NEWER).auth, theme: 'dark' }
    await expect(connectClient(one.url, asNative(session.token, OLDEST_WIRE_VERSION - 1))).rejects.toMatchObject({
      data: { reason: 'too-old' }
    })

    const client = await connectNative(one.url, 'newer', { auth })
    onTestFinished(() => client.close())
    expect(await client.next('server:hello')).toMatchObject({ v: WIRE_VERSION })
    const opened = await client.ask<Answers['room:open']>('room:open', { room: LOBBY, since: 'yesterday' })
    expect(opened.ok).toBe(true)
    const word = { room: LOBBY, id: newId(), text: 'from the future', mood: 'bright' }
    expect((await client.ask('message:send', word)).ok).toBe(true)
    await ana.until(({ messages }) => messages.at(-1)?.text === 'from the future')
    expect(ana.messages.at(-1)).not.toHaveProperty('mood')
  })
})
