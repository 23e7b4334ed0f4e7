// The published client on a real server: verbs that resolve once kept, the view of a room, and who a program is.
import type { Socket as Connection } from 'engine.io'
import { expect, test, vi } from 'vitest'
import { LOBBY, TEXT_MAX_CODE_POINTS, newId } from '../../src/contract.ts'
import { newFolder } from '../../infra/testing/folder.ts'
import { signIn, request } from '../../infra/testing/clients.ts'
import { recording, numbered, openFixture } from './server.fixture.ts'
import { openClient } from './client.ts'
import { memoryStore } from './store.ts'
import { fileStore } from './store-file.ts'

const texts = ({ messages }: { messages: readonly { text: string }[] }) => messages.map(({ text }) => text)
const until = (claim: () => void) => vi.waitFor(claim, { timeout: 10_000, interval: 5 })

test('a message is at the seq of its receipt, in every client', async () => {
  const { client, all } = await openFixture()
  const [ana, bo] = [await client({ name: 'Ana' }), await client({ name: 'Bo' })]
  await until(() => expect([ana.lobby.state, bo.lobby.state]).toEqual(['synced', 'synced']))
  const receipt = await ana.lobby.send('hello')
  await bo.lobby.send('hello yourself', { replyTo: receipt.id })
  for (const { lobby } of [ana, bo]) await until(() => expect(texts(lobby)).toEqual(['hello', 'hello yourself']))
  expect(ana.lobby.messages).toEqual(await all())
  expect(ana.lobby.messages[0]).toMatchObject({ ...receipt, by: { id: ana.client.me.id, name: 'Ana' } })
  expect(ana.lobby.messages[1]).toMatchObject({ replyTo: receipt.id })
  await until(() => expect(ana.lobby.people?.people.map(({ name }) => name).toSorted()).toEqual(['Ana', 'Bo']))
})

test('edits, removals and reactions are durable when they resolve, and refused for others', async () => {
  const fixture = await openFixture()
  const [ana, bo] = [await fixture.client(), await fixture.client()]
  const message = await ana.lobby.send('one')
  await expect(bo.lobby.edit(message, 'mine')).rejects.toMatchObject({ reason: 'not-allowed', room: LOBBY })
  await ana.lobby.edit(message, 'two')
  await bo.lobby.react(message, '👍')
  expect(await fixture.all()).toMatchObject([{ text: 'two', reactions: { '👍': [bo.client.me.id] } }])
  await bo.lobby.react(message.id, '👍', false)
  await ana.lobby.remove(message)
  expect(await fixture.all()).toMatchObject([{ text: '', removed: true }])
  await until(() => expect(bo.lobby.messages).toMatchObject([{ removed: true }]))
})

test('a repeat under the same id is the same verb, whether it waits or was stored long ago', async () => {
  const fixture = await openFixture()
  const { lobby } = await fixture.client()
  const id = newId()
  const [one, two] = await Promise.all([lobby.send('once', { id }), lobby.send('once', { id })])
  const three = await lobby.send('once', { id })
  expect([two, three]).toEqual([one, one])
  const verb = newId()
  expect(await lobby.edit(one, 'other', { id: verb })).toEqual(await lobby.edit(one, 'other', { id: verb }))
  expect(await fixture.all()).toHaveLength(1)
})

test('a program sees the other sessions of its person, ends them, and is still the same person when it comes again', async () => {
  const { url, client } = await openFixture()
  const store = memoryStore()
  const ana = await client({ name: 'Ana', store })
  const link = await ana.client.deviceLink()
  expect(link).toEqual({ url: expect.stringMatching(`^${url}/#device=`), lastsMs: 60_000 })
  const other = await request('POST', `${url}/api/session/link`, { body: { token: link.url.split('=').at(-1) } })
  expect(other.status).toBe(201)
  expect(new Set((await ana.client.devices()).map(({ current }) => current))).toEqual(new Set([false, true]))
  expect(await ana.client.endOtherDevices()).toBe(1)
  await ana.client.endDevice(newId())
  await ana.client.close()
  // Its session is lost: name and secret find the person.
  await store.remove('session')
  expect((await client({ name: 'Ana', store })).client.me.id).toBe(ana.client.me.id)
})

test.each([
  'http://localhost:1/chat',
  'http://localhost:1/#/lobby',
  'http://localhost:1/?room',
  'http://me:secret@localhost:1',
  'ws://localhost:1',
  'localhost:1'
])('%s is no address of a chat: its path would be lost', async (url) => {
  await expect(openClient({ url, name: 'Ana' })).rejects.toMatchObject({
    reason: 'bad-request',
    message: expect.stringContaining('without a path')
  })
})

test.each([
  ['', 'text-empty'],
  ['x'.repeat(5_000), 'text-too-long']
])('what can’t be said is refused, and not tried again', async (text, reason) => {
  const { client, all } = await openFixture()
  const { lobby } = await client()
  await expect(lobby.send(text)).rejects.toMatchObject({ reason })
  await lobby.send('and on')
  expect(texts({ messages: await all() })).toEqual(['and on'])
})

test('rooms are listed, created and opened; a missing room refuses messages', async () => {
  const fixture = await openFixture()
  const { client, errors } = await fixture.client()
  const tea = await client.createRoom('Tea')
  await client.room(tea.id).send('hot')
  expect((await client.rooms()).map(({ title }) => title)).toContain('Tea')
  expect(texts({ messages: await fixture.all(tea.id) })).toEqual(['hot'])
  const nowhere = client.room('nowhere')
  await expect(nowhere.send('hello?')).rejects.toMatchObject({ reason: 'no-room', room: 'nowhere' })
  await expect(nowhere.edit(newId(), 'hello?')).rejects.toMatchObject({ reason: 'no-room' })
  await expect(nowhere.before()).rejects.toMatchObject({ reason: 'no-room' })
  expect(nowhere.state).toBe('refused')
  expect(errors).toMatchObject([{ reason: 'no-room', room: 'nowhere' }])
})

test('a fault of the server is reported and rejects what waits, and the room continues once it is gone', async () => {
  const { server, client, drop } = await openFixture()
  const { lobby, errors } = await client()
  await lobby.send('before')
  const { open, page } = server.chat
  const damaged = () => Promise.reject(new Error('damaged'))
  Object.assign(server.chat, { open: damaged, page: damaged })
  drop()
  for (const text of ['meanwhile', 'again']) await expect(lobby.send(text)).rejects.toMatchObject({ reason: 'fault' })
  expect([lobby.state, errors.map(({ reason }) => reason)]).toEqual(['refused', ['fault']])
  Object.assign(server.chat, { open, page })
  await until(() => expect(lobby.state).toBe('synced'))
  await lobby.send('after')
  await until(() => expect(texts(lobby)).toEqual(['before', 'after']))
})

test('pages that the server fails to read are reported, and handlers continue once it can', async () => {
  const { server, client, speaker } = await openFixture()
  await speaker().say(...Array.from({ length: 60 }, (_, n) => `${n}`))
  const { page } = server.chat
  Object.assign(server.chat, { page: () => Promise.reject(new Error('damaged')) })
  const { client: bot, errors } = await client()
  const lobby = bot.room(LOBBY, { from: 'beginning' })
  const received: string[] = []
  lobby.onMessage(({ message }) => void received.push(message.text))
  await until(() => expect(lobby.older).toBe(true))
  await expect(lobby.before()).rejects.toMatchObject({ reason: 'fault' })
  await until(() => expect(errors).toMatchObject([{ reason: 'fault', room: LOBBY }]))
  Object.assign(server.chat, { page })
  await until(() => expect(received).toHaveLength(60))
  expect(await lobby.before()).toBe(false)
})

test('a message whose receipt does not come is settled by its own event, and the next one is sent', async () => {
  const { server, client, all } = await openFixture()
  server.gateway.io.use((socket, next) => {
    socket.use((packet, next) => {
      if (packet[0] === 'message:send') packet.splice(-1, 1, () => {})
      next()
    })
    next()
  })
  const { lobby } = await client()
  const receipts = await Promise.all(['one', 'two', 'three'].map((text) => lobby.send(text)))
  expect(await all()).toMatchObject(receipts)
})

test('a program is informed once that the rate limit paces it, and everything is sent', async () => {
  const { client, all } = await openFixture({ rate: { burst: 5, perSecond: 4 } })
  const { lobby, errors } = await client()
  await Promise.all(numbered(1, 10).map((text) => lobby.send(text)))
  expect(errors).toMatchObject([
    { reason: 'too-fast', message: expect.stringContaining('everything is sent') as string }
  ])
  expect(texts({ messages: await all() })).toEqual(numbered(1, 10))
})

test('while the server is down verbs wait, in order, and resolve when it is back', async () => {
  const fixture = await openFixture()
  const { client, lobby } = await fixture.client()
  const first = await lobby.send('before')
  await fixture.down()
  await until(() => expect(client.online).toBe(false))
  expect(lobby.state).toBe('behind')
  const waiting = Promise.all([lobby.send('one'), lobby.send('two'), lobby.edit(first, 'before, changed')])
  await fixture.up()
  const [one, two] = await waiting
  expect(two.seq).toBeGreaterThan(one.seq)
  expect(texts({ messages: await fixture.all() })).toEqual(['before, changed', 'one', 'two'])
  await until(() => expect(lobby.messages).toHaveLength(3))
  expect(lobby.messages).toEqual(await fixture.all())
})

test('a client that comes back opens its rooms with the handshake, from where it was, and asks for none afterwards', async () => {
  const { server, client, drop, speaker } = await openFixture()
  const ana = await client()
  const handled = recording(ana.lobby)
  await until(() => expect(ana.lobby.state).toBe('synced'))
  await ana.lobby.send('first')
  const packets: string[] = []
  server.gateway.io.engine.on('connection', (connection: Connection) =>
    connection.on('packet', ({ data }) => packets.push(`${data}`))
  )
  drop(ana.client.me.id)
  await speaker().say('missed')
  await until(() =>
    expect([texts(ana.lobby), handled.texts()]).toEqual([
      ['first', 'missed'],
      ['first', 'missed']
    ])
  )
  const [connect] = packets.filter((packet) => packet.startsWith('0'))
  expect(connect).toContain('"open":[{"room":"lobby","cursor":{"epoch":')
  expect(packets.filter((packet) => packet.includes('"room:open"'))).toEqual([])
})

test('messages that wait when the client is closed are sent, once, when its store is opened again', async () => {
  const fixture = await openFixture()
  const store = fileStore(newFolder())
  const { client, lobby } = await fixture.client({ name: 'Ana', store })
  await until(() => expect(lobby.state).toBe('synced'))
  await fixture.down()
  const unsaid = [lobby.send('one'), lobby.send('two')]
  await client.close()
  for (const send of unsaid) await expect(send).rejects.toMatchObject({ reason: 'closed' })
  await fixture.up()

  const again = await fixture.client({ name: 'Ana', store })
  expect(again.client.me.id).toBe(client.me.id)
  await again.lobby.send('three')
  expect(texts({ messages: await fixture.all() })).toEqual(['one', 'two', 'three'])
  await again.client.close()
  expect(await store.get(`outbox:${client.me.id}`)).toBeUndefined()
})

test('a message tried longer ago than the server remembers is reported, not sent again', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { client } = await fixture.client({ name: 'Ana', store })
  await client.close()
  const old = { v: 1, room: LOBBY, state: 'queued', at: 1 }
  const said = { ...old, id: newId(), text: 'perhaps', at: 1, triedAt: Date.now() - 8 * 24 * 60 * 60 * 1_000 }
  const unsaid = { ...old, id: newId(), text: 'never tried', at: 2 }
  const bad = { ...old, id: newId(), text: '', at: 3 }
  await store.put(`outbox:${client.me.id}`, [said, unsaid, bad])
  const again = await fixture.client({ name: 'Ana', store })
  await again.lobby.send('and on')
  expect(texts({ messages: await fixture.all() })).toEqual(['never tried', 'and on'])
  expect(again.errors).toMatchObject([
    { reason: 'unsure', room: LOBBY, unsent: { id: said.id, text: 'perhaps' } },
    { reason: 'text-empty', unsent: { id: bad.id } }
  ])
  await again.client.close()
  expect(await store.get(`outbox:${client.me.id}`)).toBeUndefined()
})

test('closing the client rejects no receipt that nobody waits for', async () => {
  const fixture = await openFixture()
  const { client, lobby } = await fixture.client()
  await fixture.down()
  void lobby.send('into the dark')
  await client.close()
  expect(await client.ended).toBeNull()
  await expect(lobby.send('too late')).rejects.toMatchObject({ reason: 'closed' })
})

test('memory is bounded: the oldest messages are dropped and can be read again', async () => {
  const fixture = await openFixture()
  const { say } = fixture.speaker()
  await say(...numbered(1, 130))
  const { client } = await fixture.client()
  const lobby = client.room(LOBBY, { keep: 20 })
  await until(() => expect(lobby.state).toBe('synced'))
  await say(...numbered(131, 140))
  await until(() => expect(lobby.messages.at(-1)?.text).toBe('140'))
  expect(texts(lobby)).toEqual(numbered(121, 140))
  expect(() => client.room(LOBBY, { keep: 30 })).toThrow('was opened before')
  let pages = 1
  while (await lobby.before()) pages += 1
  expect(pages).toBe(3)
  await say('141')
  await until(() => expect(lobby.messages.at(-1)?.text).toBe('141'))
  expect(texts(lobby)).toEqual(numbered(1, 141))
  expect(lobby.older).toBe(false)
})

test('long missed messages arrive in several answers, and older ones in several pages', async () => {
  const fixture = await openFixture()
  const bo = await fixture.client({ name: 'Bo' })
  await until(() => expect(bo.lobby.state).toBe('synced'))
  const { say } = fixture.speaker()
  const long = (numbers: string[]) => numbers.map((number) => `${number} ${'🌻'.repeat(TEXT_MAX_CODE_POINTS - 10)}`)
  const received = (room: { messages: readonly { text: string }[] }) => texts(room).map((text) => text.split(' ')[0])
  fixture.drop()
  // One answer holds 15 of them.
  await say(...long(numbered(1, 50)))
  await until(() => expect(received(bo.lobby)).toEqual(numbered(1, 50)))
  await say(...long(numbered(51, 60)))
  const cy = await fixture.client({ name: 'Cy' })
  await until(() => expect(cy.lobby.state).toBe('synced'))
  const sizes: number[] = []
  for (let older = true; older;) {
    sizes.push(cy.lobby.messages.length)
    expect(received(cy.lobby)).toEqual(numbered(61 - cy.lobby.messages.length, 60))
    older = await cy.lobby.before()
  }
  expect(received(cy.lobby)).toEqual(numbered(1, 60))
  expect(sizes).toEqual([15, 30, 45])
})

test('a listener is called on changes until it is removed', async () => {
  const fixture = await openFixture()
  const { lobby } = await fixture.client()
  const seen: string[][] = []
  const stop = lobby.onChange(() => seen.push(texts(lobby)))
  await lobby.send('one')
  await until(() => expect(seen.at(-1)).toEqual(['one']))
  stop()
  const count = seen.length
  await lobby.send('two')
  await until(() => expect(texts(lobby)).toEqual(['one', 'two']))
  expect(seen).toHaveLength(count)
})

test('with a store a program stays the same person, also under a new name', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const first = await fixture.client({ name: 'Bot', store })
  await until(() => expect(first.lobby.state).toBe('synced'))
  await expect(fixture.client({ name: 'Bot' })).rejects.toMatchObject({ reason: 'name-taken' })
  await first.client.close()
  const second = await fixture.client({ name: 'Robot', store })
  expect(second.client.me).toMatchObject({ id: first.client.me.id, name: 'Robot' })
  // A session made elsewhere needs no name.
  const kept = (await store.get('session')) as { token: string }
  const third = await fixture.client({ token: kept.token })
  expect(third.client.me).toEqual(second.client.me)
})

test('a session that ends elsewhere ends the client, and the next client signs in anew', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { client, errors, lobby } = await fixture.client({ name: 'Bot', store })
  const { token } = (await store.get('session')) as { token: string }
  await fetch(`${fixture.url}/api/session`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  expect(await client.ended).toMatchObject({ reason: 'sign-in' })
  expect(errors).toMatchObject([{ reason: 'sign-in' }])
  await expect(lobby.send('hello?')).rejects.toMatchObject({ reason: 'sign-in' })

  await store.put('session', { ...((await store.get('session')) as object), token: 'no longer accepted' })
  const next = await fixture.client({ name: 'Other', store })
  expect(next.client.me.id).not.toBe(client.me.id)
  await store.put('session', { ...((await store.get('session')) as object), token: 'no longer accepted' })
  await expect(fixture.client({ token: 'nobody' })).rejects.toMatchObject({ reason: 'sign-in' })
})

test('a session that the server no longer accepts is replaced by one of the same person, and what waits is sent', async () => {
  const config: { sessionSecret?: string } = {}
  const chat = await openFixture(config)
  const { client, errors, lobby } = await chat.client({ name: 'Bot', store: memoryStore() })
  const nameless = await chat.client({ token: (await signIn(chat.url, 'Nameless')).token })
  await chat.down()
  const sent = lobby.send('in between')
  // As when a backup is restored without its secret.
  config.sessionSecret = 'another secret for tests, of the same length'
  await chat.up()
  await sent
  expect((await chat.all()).map(({ text, by }) => [text, by.id])).toEqual([['in between', client.me.id]])
  expect(errors).toEqual([])
  expect(await nameless.client.ended).toMatchObject({ reason: 'sign-in' })
})

test('the name of a client without a store is free once it is closed, and of one with a store is not', async () => {
  const chat = await openFixture()
  const [passing, lasting] = [
    await chat.client({ name: 'Passing' }),
    await chat.client({ name: 'Lasting', store: memoryStore() })
  ]
  for (const { client } of [passing, lasting]) await client.close()
  await signIn(chat.url, 'Passing')
  await expect(signIn(chat.url, 'Lasting')).rejects.toThrow('name-taken')
})

test('the client waits for a server that can’t be reached, and reports it', async () => {
  const fixture = await openFixture()
  await fixture.down()
  const onError = vi.fn<() => void>()
  const opening = fixture.client({ onError })
  await until(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ reason: 'unavailable' })))
  await fixture.up()
  expect((await opening).client.online).toBe(true)
})

test('a program learns what is unread and who mentions it, and says how far it has read', async () => {
  const fixture = await openFixture()
  const [ana, bo] = [await fixture.client({ name: 'Ana' }), await fixture.client({ name: 'Bo' })]
  await until(() => expect([ana.lobby.state, bo.lobby.state]).toEqual(['synced', 'synced']))
  await expect(ana.client.markRead('nowhere', 0)).rejects.toThrow('open it first')
  await ana.client.markRead(LOBBY, 0)
  const received: [string, string[], boolean][] = []
  ana.lobby.onMessage(
    ({ message, mentions, mentionsMe }) =>
      void received.push([message.text, mentions.map(({ name }) => name), mentionsMe])
  )
  const { seq } = await bo.lobby.send('hello @Ana')
  await bo.lobby.send('and more')
  expect(await ana.client.unread()).toMatchObject([{ room: LOBBY, unread: 2, mentions: 1 }])
  const mentions = [{ id: ana.client.me.id, name: 'Ana' }]
  expect(await ana.client.mentions()).toMatchObject([{ room: LOBBY, message: { mentions } }])
  await ana.client.markRead(LOBBY, seq)
  expect(await ana.client.unread()).toMatchObject([{ unread: 1, mentions: 0 }])
  await until(() =>
    expect(received).toEqual([
      ['hello @Ana', ['Ana'], true],
      ['and more', [], false]
    ])
  )
})

test('a moderating program removes messages of others, pins one, and reads its former text', async () => {
  const moderator = 'the token of the moderators here'
  const fixture = await openFixture({ moderatorToken: moderator })
  const store = memoryStore()
  const { say } = fixture.speaker()
  const [said] = await say('rude')
  await expect(fixture.client({ moderator: 'not that token' })).rejects.toMatchObject({ reason: 'not-allowed' })
  const plain = await fixture.client({ name: 'Bot', store })
  await expect(plain.lobby.remove(said!)).rejects.toMatchObject({ reason: 'not-allowed' })
  await plain.client.close()
  const { client, lobby } = await fixture.client({ name: 'Bot', moderator, store })
  expect(client.me).toEqual({ ...plain.client.me, moderator: true, role: 'moderator' })
  await lobby.remove(said!)
  expect(await fixture.all()).toMatchObject([{ removed: true }])
  const { id } = await lobby.send('tree o’clock')
  await lobby.edit(id, 'three o’clock')
  expect((await client.pin('lobby', id)).pins).toEqual([id])
  expect(await client.history('lobby', id)).toMatchObject([{ text: 'tree o’clock' }])
  expect(await client.pin('lobby', id, false)).not.toHaveProperty('pins')
})

test('records of a newer version are left alone', async () => {
  const fixture = await openFixture()
  const store = memoryStore()
  const { client } = await fixture.client({ name: 'Bot', store })
  await client.close()

  const item = { v: 2, id: newId(), shape: 'unknown' }
  await store.put(`outbox:${client.me.id}`, [item])
  await store.put(`place:${LOBBY}`, { v: 2, where: 'unknown' })
  const again = await fixture.client({ name: 'Bot', store })
  const received = recording(again.lobby)
  await again.lobby.send('one')
  await until(() => expect(again.errors).toMatchObject([{ reason: 'newer' }]))
  await again.client.close()
  expect(received.events).toEqual([])
  expect(await store.get(`outbox:${client.me.id}`)).toEqual([item])
  expect(await store.get(`place:${LOBBY}`)).toEqual({ v: 2, where: 'unknown' })

  await store.put('session', { v: 2 })
  await expect(fixture.client({ name: 'Bot', store })).rejects.toMatchObject({ reason: 'newer' })
  expect(await store.get('session')).toEqual({ v: 2 })
})

test('an owner’s program invites and moderates another one, which comes back as the same person after the invitation is over', async () => {
  const chat = await openFixture({ access: 'invite' })
  await expect(chat.client({ name: 'Stranger' })).rejects.toMatchObject({ reason: 'invite-only' })
  const session = await signIn(chat.url, 'Olga', { owner: await chat.server.ownerLink.offer() })
  const { client: owner } = await chat.client({ token: session.token })
  const { code, id } = await owner.invite({ uses: 1, lastsMs: 3_600_000, room: 'lobby' })
  expect(await owner.invitations()).toMatchObject([{ id, used: 0 }])
  const [invitation, store] = [code, memoryStore()]
  const { client: bot } = await chat.client({ name: 'Bot', invitation, store })
  expect([bot.me.role, await owner.invitations()]).toEqual(['member', []])
  await owner.withdrawInvitation(id)
  await owner.giveRole(bot.me.id, 'moderator')
  await vi.waitFor(() => expect(bot.me.role).toBe('moderator'))
  expect(await bot.leaders()).toMatchObject([
    { name: 'Olga', role: 'owner' },
    { id: bot.me.id, role: 'moderator' }
  ])
  await owner.mute(bot.me.id, { lastsMs: 60_000, reason: 'Loud' })
  await expect(bot.room('lobby').send('may I?')).rejects.toMatchObject({ reason: 'muted' })
  await owner.unmute(bot.me.id)
  const { id: message } = await bot.room('lobby').send('thank you')
  await bot.report('lobby', message, 'My own')
  const [report] = (await owner.reports()).reports
  await owner.resolveReport(report?.id ?? '')
  expect((await owner.auditLog()).entries.map(({ what }) => what)).toEqual([
    'resolve',
    'unmute',
    'mute',
    'give-role',
    'withdraw',
    'invite',
    'give-role'
  ])
  await bot.close()
  const { client: again } = await chat.client({ name: 'Bot', invitation, store })
  expect(again.me).toMatchObject({ id: bot.me.id, role: 'moderator' })
})

test('a program that is banned ends with the reason, and can’t come back while it is', async () => {
  const chat = await openFixture({ access: 'open' })
  const session = await signIn(chat.url, 'Olga', { owner: await chat.server.ownerLink.offer() })
  const { client: owner } = await chat.client({ token: session.token })
  const store = memoryStore()
  const { client: bot } = await chat.client({ name: 'Bot', store })
  await owner.ban(bot.me.id, { reason: 'Spam', lastsMs: 60_000 })
  expect(await bot.ended).toMatchObject({ reason: 'banned', why: 'Spam' })
  await expect(chat.client({ name: 'Bot', store })).rejects.toMatchObject({ reason: 'banned' })
  expect(await owner.restricted()).toMatchObject([{ id: bot.me.id, name: 'Bot', reason: 'Spam' }])
})

test('programs talk directly and in a private room, until one is removed or blocks the other', async () => {
  const chat = await openFixture()
  const { client: ana } = await chat.client({ name: 'Ana' })
  const { client: bo } = await chat.client({ name: 'Bo' })
  const { people } = await ana.findPeople('b')
  expect(people).toMatchObject([{ id: bo.me.id, name: 'Bo' }])
  const { id } = await ana.directRoom([bo.me.id])
  expect((await bo.directRoom([ana.me.id])).id).toBe(id)
  await ana.room(id).send('for you')
  await vi.waitFor(() => expect(bo.room(id).messages).toMatchObject([{ text: 'for you' }]))
  await bo.block(ana.me.id)
  expect(await bo.blocked()).toMatchObject([{ name: 'Ana' }])
  await expect(ana.room(id).send('still there?')).rejects.toMatchObject({ reason: 'blocked' })

  const { id: cellar } = await bo.createPrivateRoom('Attic', { history: true })
  const room = await bo.changeRoom(cellar, { title: 'Cellar', topic: 'wine', archived: true })
  expect(room).toMatchObject({ title: 'Cellar', topic: 'wine', archived: true, by: bo.me.id })
  await expect(bo.room(cellar).send('closed')).rejects.toMatchObject({ reason: 'room-closed' })
  const { code } = await bo.invite({ uses: 1, lastsMs: 3_600_000, room: cellar })
  expect(await bo.invitations(cellar)).toMatchObject([{ code, roomOnly: true }])
  await expect(ana.invitations(cellar)).rejects.toMatchObject({ reason: 'no-room' })
  const { client: cy } = await chat.client({ name: 'Cy', invitation: code })
  expect((await cy.members(cellar)).map(({ name }) => name)).toEqual(['Bo', 'Cy'])
  await bo.removeMember(cellar, cy.me.id)
  await bo.addMember(cellar, ana.me.id)
  await bo.makeOwner(cellar, ana.me.id)
  expect((await ana.rooms()).map((room) => room.title)).toContain('Cellar')
  await ana.removeMember(cellar, bo.me.id)
  await expect(bo.members(cellar)).rejects.toMatchObject({ reason: 'no-room' })
  expect(await ana.members(cellar)).toMatchObject([{ name: 'Ana' }])
  await ana.leaveRoom(cellar)
  await expect(ana.members(cellar)).rejects.toMatchObject({ reason: 'no-room' })

  const { id: open } = await ana.createRoom('Garden')
  await ana.makeOwner(open, bo.me.id)
  expect(await bo.changeRoom(open, { topic: 'apples' })).toMatchObject({ by: bo.me.id, topic: 'apples' })
  await expect(ana.changeRoom(open, { topic: 'pears' })).rejects.toMatchObject({ reason: 'not-allowed' })
})

test('a program chooses a color, reads all that it wrote, and leaves for good without signing in again', async () => {
  const chat = await openFixture()
  const store = memoryStore()
  const ana = await chat.client({ name: 'Ana', store })
  const session = await signIn(chat.url, 'Olga', { owner: await chat.server.ownerLink.offer() })
  const { client: owner } = await chat.client({ token: session.token })
  await expect(owner.leaveForGood({ messages: 'keep' })).rejects.toMatchObject({ reason: 'last-owner' })
  expect(owner.online).toBe(true)
  await ana.client.chooseColor(5)
  await until(() => expect(ana.client.me.color).toBe(5))
  await ana.lobby.send('mine')
  const { messages, person } = await ana.client.ownData()
  expect([person.id, messages]).toMatchObject([ana.client.me.id, [{ room: LOBBY, text: 'mine' }]])
  await ana.client.leaveForGood({ messages: 'erase' })
  expect([await ana.client.ended, ana.errors]).toEqual([null, []])
  expect(await chat.all()).toMatchObject([{ text: '', removed: true }])
  const again = await chat.client({ name: 'Ana', store })
  expect(again.client.me.id).not.toBe(ana.client.me.id)
})
