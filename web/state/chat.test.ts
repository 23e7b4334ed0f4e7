// The client's state without a page, as two people on a real server.
import type { Socket as Connection } from 'engine.io'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { LOBBY, PERSON_ROOMS_MAX, newId } from '../../src/contract.ts'
import { openChat, type Chat } from './chat.ts'
import { mapStorage } from './page.fixture.ts'
import { openSession, type Session } from '../engine/session.ts'

const until = (claim: () => void) => vi.waitFor(claim, { timeout: 15_000, interval: 5 })

let server: TestServer
const chats: Chat[] = []

beforeEach(async () => {
  server = await startTestServer({ region: 'waw' })
})
afterEach(async () => {
  for (const chat of chats.splice(0)) chat.close()
  await server.stop()
})

function openTestSession(storage = mapStorage()): Session {
  return openSession({
    storage,
    browser: storage,
    fetch: (path, init) => fetch(`${server.url}${path as string}`, init)
  })
}

async function comeIn(name: string, storage = mapStorage()) {
  const session = openTestSession(storage)
  expect(await session.signIn(name)).toEqual({ ok: true })
  return start(session, storage)
}

async function start(session: Session, storage: Storage) {
  const ended: string[] = []
  const chat = openChat(session.person.value!, {
    token: session.token,
    storage,
    ended: ({ reason }) => ended.push(reason),
    address: server.url
  })
  chats.push(chat)
  chat.start()
  chat.rooms.show(LOBBY)
  await until(() => expect(chat.rooms.room.value?.people.value).toBeTruthy())
  return { chat, session, storage, ended }
}
/** The server knows how far the person has read the room. */
const isStored = ({ me: { value: person } }: Chat, room: string) =>
  vi.waitFor(async () => {
    const rooms = await server.chat.unread({ person, name: person.name, address: room })
    expect(rooms.map((one) => one.room)).toContain(room)
  })
const texts = (chat: Chat, room = LOBBY) => chat.rooms.open.value.get(room)?.log.value?.messages.map(({ text }) => text)
const names = (chat: Chat) => chat.rooms.room.value?.people.value?.people.map(({ name }) => name).toSorted()

test('what one says, both see once; the outbox is empty again', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  ana.chat.say(LOBBY, 'hello')
  bo.chat.say(LOBBY, 'hello yourself')
  for (const { chat } of [ana, bo]) await until(() => expect(texts(chat)).toHaveLength(2))
  expect(texts(ana.chat)).toEqual(texts(bo.chat))
  await until(() => expect(ana.chat.outbox.items.value).toEqual([]))
})

test('a removed room leaves the list, says so where it is open, and can be made again', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  const made = await ana.chat.rooms.create('Garden')
  await until(() => expect(ana.chat.rooms.room.value?.people.value).toBeTruthy())
  await until(() => expect(bo.chat.rooms.list.value.map(({ id }) => id)).toContain('garden'))
  expect(made.ok).toBe(true)
  expect(await bo.chat.removeRoom('garden')).toEqual({ ok: false, reason: 'not-allowed' })
  expect(await ana.chat.removeRoom('garden')).toEqual({ ok: true, value: null })
  for (const { chat } of [ana, bo])
    await until(() => expect(chat.rooms.list.value.map(({ id }) => id)).toEqual([LOBBY]))
  expect(ana.chat.rooms.room.value?.refused.value).toBe('no-room')
  await ana.chat.rooms.create('Garden')
  await until(() => expect(ana.chat.rooms.room.value?.refused.value).toBeNull())
})

test('people see each other come, type and go', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  await until(() => expect(names(ana.chat)).toEqual(['Ana', 'Bo']))
  bo.chat.typed(LOBBY, 'h')
  await until(() => expect(ana.chat.typists.rooms.value.get(LOBBY)).toMatchObject([{ name: 'Bo' }]))
  bo.chat.say(LOBBY, 'h')
  await until(() => expect(ana.chat.typists.rooms.value.get(LOBBY)).toEqual([]))
  await bo.session.signOut()
  await until(() => expect(names(ana.chat)).toEqual(['Ana']))
  expect(new Set(bo.ended)).toEqual(new Set(['sign-in']))
  expect(ana.chat.rooms.room.value?.notices.value.map(({ kind }) => kind)).toEqual(['people.joined', 'people.left'])
})

test('edits, removals and reactions reach the others', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  ana.chat.say(LOBBY, 'one')
  const first = () => bo.chat.rooms.room.value?.log.value?.messages[0]
  await until(() => expect(first()?.text).toBe('one'))
  expect(await bo.chat.edit(LOBBY, first()!, 'mine now', 'A'.repeat(22))).toEqual({ ok: false, reason: 'not-allowed' })
  await ana.chat.edit(LOBBY, first()!, 'two', 'B'.repeat(22))
  await until(() => expect(first()?.text).toBe('two'))
  await bo.chat.react(LOBBY, first()!, '👍', true)
  await until(() => expect(first()?.reactions).toEqual({ '👍': [bo.chat.me.value.id] }))
  await ana.chat.remove(LOBBY, first()!)
  await until(() => expect(first()).toMatchObject({ removed: true, text: '' }))
})

test('a room that is open and not looked at counts what is new, until it is', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  const made = await ana.chat.rooms.create('Tea')
  if (!made.ok) throw new Error(made.reason)
  const room = made.value.id
  await until(() => expect(bo.chat.rooms.list.value.map(({ title }) => title)).toContain('Tea'))
  bo.chat.rooms.show(room)
  await until(() => expect(texts(bo.chat, room)).toEqual([]))
  ana.chat.rooms.show(LOBBY)
  bo.chat.say(room, 'first')
  bo.chat.say(room, 'second')
  await until(() => expect(ana.chat.rooms.unread.value.get(room)).toBe(2))
  expect(bo.chat.rooms.unread.value.get(room)).toBeUndefined()
  ana.chat.rooms.show(room)
  expect(ana.chat.rooms.line.value.get(room)).toBe(0)
  ana.chat.rooms.look({ atEnd: true })
  expect(ana.chat.rooms.unread.value.get(room)).toBeUndefined()
})

test('what one reads on one device is read on the others, also in rooms that are not open there', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  const made = await ana.chat.rooms.create('Tea')
  if (!made.ok) throw new Error(made.reason)
  const room = made.value.id
  await until(() => expect(texts(ana.chat, room)).toEqual([]))
  await isStored(ana.chat, room)
  ana.chat.rooms.show(LOBBY)
  const { chat: phone } = await start(ana.session, mapStorage())
  bo.chat.rooms.show(room)
  await until(() => expect(texts(bo.chat, room)).toEqual([]))
  for (const text of ['one', 'two']) bo.chat.say(room, text)
  for (const chat of [ana.chat, phone]) await until(() => expect(chat.rooms.unread.value.get(room)).toBe(2))
  expect(phone.rooms.open.value.has(room)).toBe(false)

  ana.chat.rooms.show(room)
  ana.chat.rooms.look({ atEnd: true })
  await until(() => expect(phone.rooms.unread.value.get(room)).toBeUndefined())
  ana.chat.rooms.markUnread(2)
  for (const chat of [ana.chat, phone]) await until(() => expect(chat.rooms.unread.value.get(room)).toBe(1))
  expect(ana.chat.rooms.line.value.get(room)).toBe(1)

  bo.chat.say(room, 'three')
  for (const chat of [ana.chat, phone]) await until(() => expect(chat.rooms.unread.value.get(room)).toBe(2))
  const third = bo.chat.rooms.open.value.get(room)!.log.value!.messages[2]!
  await bo.chat.remove(room, third)
  for (const chat of [ana.chat, phone]) await until(() => expect(chat.rooms.unread.value.get(room)).toBe(1))
  phone.rooms.readAll()
  for (const chat of [ana.chat, phone]) await until(() => expect(chat.rooms.unread.value.size).toBe(0))
})

test('after a reload the tab is who it was, with its rooms and what it had not read', async () => {
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  const made = await ana.chat.rooms.create('Tea')
  if (!made.ok) throw new Error(made.reason)
  const room = made.value.id
  await until(() => expect(texts(ana.chat, room)).toEqual([]))
  ana.chat.rooms.show(LOBBY)
  await isStored(ana.chat, room)
  ana.chat.close()

  await until(() => expect(bo.chat.rooms.list.value.map(({ id }) => id)).toContain(room))
  bo.chat.rooms.show(room)
  await until(() => expect(texts(bo.chat, room)).toEqual([]))
  bo.chat.say(room, 'while you were away')
  await until(() => expect(texts(bo.chat, room)).toHaveLength(1))

  const session = openTestSession(ana.storage)
  await session.begin()
  expect(session.person.value?.id).toBe(ana.chat.me.value.id)
  const again = await start(session, ana.storage)
  await until(() => expect(again.chat.rooms.unread.value.get(room)).toBe(1))
})

test('somebody with more open rooms than the server counts is shown in the one that they look at', async () => {
  const ana = await comeIn('Ana')
  const rooms: string[] = []
  for (let n = 0; n < PERSON_ROOMS_MAX; n += 1) {
    // Each by somebody else, as one person cannot make so many at once.
    const name = `Maker ${n}`
    const maker = { person: { id: newId(), key: newId(), name, moderator: false }, name, address: name }
    rooms.push((await server.chat.createRoom(maker, `Room ${n}`)).id)
  }
  for (const room of rooms) {
    ana.chat.rooms.show(room)
    await until(() => expect(texts(ana.chat, room)).toEqual([]))
  }
  const isShownIn = (room: string) => server.people.isHere(room, ana.chat.me.value.key)
  expect(isShownIn(LOBBY)).toBe(false)
  ana.chat.rooms.show(LOBBY)
  await until(() => expect(isShownIn(LOBBY)).toBe(true))
  for (const socket of server.gateway.io.sockets.sockets.values()) socket.conn.close()
  await until(() => expect(ana.chat.connection.online.value).toBe(false))
  await until(() => expect(rooms.every((room) => ana.chat.rooms.open.value.get(room)?.upToDate.value)).toBe(true))
  await until(() => expect(isShownIn(LOBBY)).toBe(true))
})

test('a dropped connection comes back by itself, with the open rooms, and missed messages arrive in both directions', async () => {
  const packets: string[] = []
  server.gateway.io.engine.on('connection', (connection: Connection) =>
    connection.on('packet', ({ data }) => packets.push(`${data}`))
  )
  const ana = await comeIn('Ana')
  const bo = await comeIn('Bo')
  server.gateway.io.sockets.sockets.values().next().value?.conn.close()
  await until(() => expect(ana.chat.connection.online.value).toBe(false))
  ana.chat.say(LOBBY, 'from the dark')
  bo.chat.say(LOBBY, 'into the dark')
  for (const { chat } of [ana, bo]) await until(() => expect(texts(chat)).toHaveLength(2))
  expect(texts(ana.chat)).toEqual(texts(bo.chat))
  expect(packets.filter((packet) => packet.includes('"open":[{"room":"lobby"'))).toHaveLength(3)
  expect(packets.filter((packet) => packet.includes('"room:open"'))).toEqual([])
})

test('a session that is not accepted leads back to the sign-in form, with the name filled in, and to the same person', async () => {
  const storage = mapStorage()
  const session = openTestSession(storage)
  await session.signIn('Ana')
  const stored = JSON.parse(storage.getItem('taifas:session')!) as { token: string }
  storage.setItem('taifas:session', JSON.stringify({ ...stored, token: `${stored.token}x` }))

  const back = openTestSession(storage)
  await back.begin()
  const chat = openChat(back.person.value!, { token: back.token, storage, ended: back.end, address: server.url })
  chats.push(chat)
  chat.start()
  await until(() => expect(back.person.value).toBeNull())
  expect([back.lastName.value, back.ended.value]).toEqual(['Ana', 'sign-in'])
  // In this browser she is the same person under her name.
  await back.signIn('Ana')
  expect(back.person.value).toEqual(session.person.value)
})

test('a name that is in use or not allowed is refused at sign-in, and an unreachable server is reported', async () => {
  await comeIn('Ana')
  expect(await openTestSession().signIn('ana')).toMatchObject({ ok: false, reason: 'name-taken' })
  expect(await openTestSession().signIn('\u200b')).toMatchObject({ ok: false, reason: 'name-bad' })
  const nowhere = openSession({
    storage: mapStorage(),
    browser: mapStorage(),
    fetch: () => Promise.reject(new Error('no network'))
  })
  expect(await nowhere.signIn('Bo')).toEqual({ ok: false, reason: 'unavailable' })
})
