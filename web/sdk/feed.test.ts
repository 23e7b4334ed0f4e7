// Handlers on a real server: at least once, in order, one at a time, from where they stood.
import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { CATCH_UP_MAX_EVENTS, isId, LOBBY } from '../../src/contract.ts'
import type { HeardEvent, Reset } from './api.ts'
import { derivedId } from './keys.ts'
import { recording, numbered, openFixture } from './server.fixture.ts'
import { memoryStore, type ClientStore } from './store.ts'

const until = (claim: () => void | Promise<void>) => vi.waitFor(claim, { timeout: 15_000, interval: 5 })
/** Waits until the handlers of the lobby have a place kept. */
const placed = (store: ClientStore, seq: number) =>
  until(async () => expect(await store.get(`place:${LOBBY}`)).toMatchObject({ at: { seq } }))

test('handlers receive new events in order, including their own', async () => {
  const fixture = await openFixture()
  const { say } = fixture.speaker()
  await say('before')
  const store = memoryStore()
  const { client, lobby } = await fixture.client({ store })
  const received = recording(lobby)
  const messages: string[] = []
  lobby.onMessage(({ message, mine }) => messages.push(`${message.text} ${mine}`))
  await placed(store, 1)
  await say('one', 'two')
  const mine = await lobby.send('three')
  await lobby.edit(mine, 'three, better')
  await until(() => expect(received.events).toHaveLength(4))
  expect(received.events.map(({ seq, kind }) => [seq, kind])).toEqual([
    [2, 'sent'],
    [3, 'sent'],
    [4, 'sent'],
    [5, 'edited']
  ])
  expect(messages).toEqual(['one false', 'two false', 'three true'])
  expect(received.events.at(-1)).toMatchObject({ room: LOBBY, by: { id: client.me.id }, mine: true })
})

test('a handler gets the whole message of a change, also of one that is no longer loaded', async () => {
  const fixture = await openFixture({ historyLimit: 20 })
  const speaker = fixture.speaker()
  const [old, dropped] = await speaker.say('from long ago', 'dropped soon')
  const store = memoryStore()
  const { client } = await fixture.client({ store })
  const room = client.room(LOBBY, { keep: 2 })
  const received = recording(room)
  await placed(store, 2)
  await speaker.say(...numbered(1, 10))
  await until(() => expect(room.messages.map(({ text }) => text)).toEqual(['9', '10']))
  await client.room(LOBBY).react(old!, '👍')
  await speaker.edit(dropped!.id, 'not dropped yet')
  await until(() => expect(received.events).toHaveLength(12))
  expect(received.events.slice(-2).map(({ kind, message }) => [kind, message])).toEqual([
    ['reacted', expect.objectContaining({ text: 'from long ago', reactions: { '👍': [client.me.id] } })],
    ['edited', expect.objectContaining({ text: 'not dropped yet', rev: 14 })]
  ])
})

test('one event at a time: the next waits for the handler', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby } = await fixture.client({ store })
  const steps: string[] = []
  lobby.onMessage(async ({ message }) => {
    steps.push(`${message.text} begins`)
    await new Promise((done) => setTimeout(done, 5))
    steps.push(`${message.text} ends`)
  })
  await placed(store, 0)
  const { say } = fixture.speaker()
  await say(...numbered(1, 5))
  await until(() => expect(steps).toHaveLength(10))
  expect(steps).toEqual(numbered(1, 5).flatMap((text) => [`${text} begins`, `${text} ends`]))
})

test('the next process continues after the last handled event', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { say } = fixture.speaker()
  const first = await fixture.client({ store })
  const early = recording(first.lobby)
  await placed(store, 0)
  await say('one')
  await placed(store, 1)
  await first.client.close()
  await say(...numbered(2, 300))
  const second = await fixture.client({ store })
  const late = recording(second.lobby)
  await say('live')
  await until(() => expect(late.texts()).toHaveLength(300))
  expect(early.texts()).toEqual(['one'])
  expect(late.texts()).toEqual([...numbered(2, 300), 'live'])
})

test('a handler that fails is called again with the same event, and nothing overtakes it', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby, errors } = await fixture.client({ store })
  const others = recording(lobby)
  const received: string[] = []
  const keys = new Set<string>()
  lobby.onMessage(({ message, key }) => {
    received.push(message.text)
    keys.add(key)
    if (message.text === 'bad' && received.length < 3) throw new Error('not yet')
  })
  await placed(store, 0)
  const { say } = fixture.speaker()
  await say('bad', 'good')
  await until(() => expect(received).toEqual(['bad', 'bad', 'bad', 'good']))
  expect(keys.size).toBe(2)
  // The other handler has done its part, and isn't asked again.
  expect(others.texts()).toEqual(['bad', 'good'])
  expect(errors).toMatchObject([
    { reason: 'handler', room: LOBBY, event: { seq: 1 }, cause: { message: 'not yet' } },
    { reason: 'handler' }
  ])
})

test('repeated replies are stored once, each in its place, with several handlers', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby } = await fixture.client({ store })
  let tries = 0
  lobby.onMessage(async (event) => {
    if (event.message.text !== 'ping') return
    await Promise.all([event.reply('one'), event.reply('two')])
    await lobby.react(event.message, '🏓', true, { id: await event.idFor('reaction') })
    tries += 1
    if (tries < 3) throw new Error('after the replies')
  })
  lobby.onMessage((event) => event.message.text === 'ping' && event.reply('three'))
  await placed(store, 0)
  const { say } = fixture.speaker()
  const [ping] = await say('ping')
  await until(() => expect(lobby.messages).toHaveLength(4))
  const all = await fixture.all()
  expect(all.map(({ text }) => text)).toEqual(['ping', 'one', 'two', 'three'])
  expect(all.slice(1).map(({ replyTo }) => replyTo)).toEqual([ping, ping, ping].map((ping) => ping!.id))
  // Three replies, the ping and one reaction: a reaction of another id would have taken a number of its own.
  expect([tries, Math.max(...all.map(({ rev }) => rev))]).toEqual([3, 5])
})

test('two programs that answer one event use different ids', async () => {
  const fixture = await openFixture()
  const stores = [memoryStore(), memoryStore()]
  for (const store of stores) {
    const { lobby } = await fixture.client({ store })
    lobby.onMessage((event) => event.message.text === 'ping' && event.reply('pong'))
    await placed(store, 0)
  }
  const { say } = fixture.speaker()
  await say('ping')
  await until(async () => expect(await fixture.all()).toHaveLength(3))
})

test('from the beginning: every message the log still has in its current state, then the live events', async () => {
  const fixture = await openFixture()
  const { say, edit, remove } = fixture.speaker()
  // More than one answer to a catch-up may hold, and several pages.
  const receipts = await say(...numbered(1, CATCH_UP_MAX_EVENTS + 100))
  const [first, second] = receipts
  await edit(first!.id, 'edited')
  await remove(second!.id)
  const store = memoryStore()
  const opened = await fixture.client({ name: 'Bot', store })
  const early: string[] = []
  opened.client.room(LOBBY, { from: 'beginning' }).onMessage(async ({ message }) => {
    early.push(message.text)
    if (early.length === 500) await opened.client.close()
  })
  await opened.client.ended
  await say('live')

  const again = await fixture.client({ name: 'Bot', store })
  const received = recording(again.client.room(LOBBY, { from: 'beginning' }))
  const all = ['edited', ...numbered(3, CATCH_UP_MAX_EVENTS + 100), 'live']
  await until(() => expect(received.texts().at(-1)).toBe('live'))
  expect(early).toEqual(all.slice(0, 500))
  // The one during which it was closed is received again: at least once.
  expect(received.texts()).toEqual(all.slice(499))
})

test('a program that was away too long is told, and continues from the current log', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { say } = fixture.speaker()
  const first = await fixture.client({ store })
  recording(first.lobby)
  await placed(store, 0)
  await first.client.close()
  await say(...numbered(1, CATCH_UP_MAX_EVENTS + 1))
  const { lobby, errors } = await fixture.client({ store })
  const received = recording(lobby)
  const resets: Reset[] = []
  lobby.onReset((reset) => resets.push(reset))
  await placed(store, CATCH_UP_MAX_EVENTS + 1)
  await say('after')
  await until(() => expect(received.texts()).toEqual(['after']))
  expect(resets).toMatchObject([
    { room: LOBBY, from: { seq: 0 }, to: { seq: CATCH_UP_MAX_EVENTS + 1 }, replaced: false }
  ])
  expect(errors).toEqual([])
})

test('a replaced history is reported: none of it arrives as new or twice, and live events follow', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby } = await fixture.client({ store })
  const received = recording(lobby)
  const steps: string[] = []
  let failing = true
  lobby.onMessage(({ message }) => void steps.push(message.text))
  lobby.onReset(({ replaced }) => {
    steps.push(`replaced: ${replaced}`)
    if (failing) {
      failing = false
      throw new Error('told again')
    }
  })
  await placed(store, 0)
  const before = fixture.speaker()
  await before.say('old 1', 'old 2')
  await placed(store, 2)
  await fixture.down()
  await fixture.up({ empty: true })
  const after = fixture.speaker()
  await until(() => expect(steps).toHaveLength(4))
  await after.say('new 1', 'new 2', 'new 3')
  await until(() => expect(steps).toHaveLength(7))
  expect(steps).toEqual(['old 1', 'old 2', 'replaced: true', 'replaced: true', 'new 1', 'new 2', 'new 3'])
  expect(new Set(received.events.map(({ epoch }) => epoch)).size).toBe(2)
  expect(new Set(received.events.map(({ key }) => key)).size).toBe(5)
  await until(() => expect(lobby.messages.map(({ text }) => text)).toEqual(['new 1', 'new 2', 'new 3']))
})

test('a reset without a listener is an error', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby, errors } = await fixture.client({ store })
  recording(lobby)
  await placed(store, 0)
  const { say } = fixture.speaker()
  await say('old')
  await placed(store, 1)
  await fixture.down()
  await fixture.up({ empty: true })
  await until(() => expect(errors).toMatchObject([{ reason: 'missed', room: LOBBY }]))
})

test('a handler that always fails at an event of a lost history doesn’t block the new history', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby } = await fixture.client({ store })
  const received: string[] = []
  const resets: Reset[] = []
  lobby.onReset((reset) => resets.push(reset))
  lobby.onMessage(({ message }) => {
    if (message.text === 'poison') throw new Error('never')
    received.push(message.text)
  })
  await placed(store, 0)
  const before = fixture.speaker()
  await before.say('fine', 'poison', 'not received')
  await placed(store, 1)
  await fixture.down()
  await fixture.up({ empty: true })
  await until(() => expect(resets).toHaveLength(1))
  const after = fixture.speaker()
  await after.say('new')
  await until(() => expect(received).toEqual(['fine', 'new']))
  expect(resets).toMatchObject([{ from: { seq: 1 }, to: { seq: 0 } }])
})

test('a failing store is retried and reported', async () => {
  const fixture = await openFixture()
  const inner = memoryStore()
  let failures = 0
  const store: ClientStore = {
    ...inner,
    async put(key, value) {
      if (key.startsWith('place:') && failures++ < 2) throw new Error('disk full')
      await inner.put(key, value)
    }
  }
  const { lobby, errors } = await fixture.client({ store })
  const received = recording(lobby)
  await placed(store, 0)
  await lobby.send('one')
  await until(() => expect(received.texts()).toEqual(['one']))
  expect(errors).toMatchObject([{ reason: 'store', cause: { message: 'disk full' } }, { reason: 'store' }])
})

test('a slow handler does not fill the memory: events that don’t fit are read from the log later', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { lobby } = await fixture.client({ store })
  const received: HeardEvent[] = []
  let go = () => {}
  const wait = new Promise<void>((done) => (go = done))
  lobby.onMessage(async (event) => {
    await wait
    received.push(event)
  })
  await placed(store, 0)
  const { say } = fixture.speaker()
  for (let part = 0; part < 5; part += 1) await say(...numbered(part * 300 + 1, part * 300 + 300))
  await until(() => expect(lobby.messages.at(-1)?.text).toBe('1500'))
  go()
  await until(() => expect(received).toHaveLength(1_500))
  expect(received.map(({ message }) => message.text)).toEqual(numbered(1, 1_500))
})

test('an id derived from an event is 128 bits of SHA-256', async () => {
  const id = await derivedId('reply', 'żółw', 7)
  const bytes = createHash('sha256')
    .update(JSON.stringify(['reply', 'żółw', 7]))
    .digest()
    .subarray(0, 16)
  expect(id).toBe(bytes.toString('base64url'))
  expect(isId(id)).toBe(true)
})
