// What belongs to a person: to download it, and to take it away.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { request, signIn } from '../../infra/testing/clients.ts'
import { LOBBY, newId, type Message, type Person, type Room, type SessionAnswer } from '../contract.ts'
import { StoreUnavailable } from '../errors.ts'
import { openApp, outcome, UNKNOWN_PAGE } from './app.fixture.ts'

const NAME = 'Żaneta Wiśniewska'

async function openPerson(options: Parameters<typeof openApp>[0] = {}) {
  const app = await openApp(options)
  const [ana, bo] = [await app.signIn(NAME), await app.signIn('Bo')]
  const callerOf = ({ person }: SessionAnswer) => ({ person, name: person.name, address: '192.0.2.1' })
  const send = (who: SessionAnswer, text: string, room = LOBBY) =>
    app.chat.send(callerOf(who), { room, id: newId(), text })
  const room: Room = await app.chat.createRoom(callerOf(ana), 'Garden')
  const data = async (token: string) => {
    const reading = app.ask('GET', '/api/person/data', { token })
    // What it reads is paid for with time.
    for (let turn = 0; turn < 50; turn += 1) await app.clock.advance(1_000)
    const answer = await reading
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    return (await answer.json()) as { person: Person; devices: unknown[]; messages: (Message & { room: string })[] }
  }
  return {
    ...app,
    ana,
    bo,
    callerOf,
    send,
    room,
    data,
    leave: (token: string, messages: string) => app.ask('DELETE', '/api/person', { token, body: { messages } })
  }
}

test('a person downloads all that they wrote, in every room, and nothing of anybody else', async () => {
  const { ana, bo, send, room, data, chat, callerOf, ask } = await openPerson()
  for (let n = 0; n < 40; n += 1) await send(n % 2 ? ana : bo, `text ${n} "`)
  const { id } = await send(ana, 'removed')
  await chat.remove(callerOf(ana), { room: LOBBY, id: newId(), message: id })
  await send(ana, 'in the garden', room.id)
  const { person, devices, messages } = await data(ana.token)
  expect(person).toEqual(ana.person)
  expect(devices).toHaveLength(1)
  expect(messages.map(({ text }) => text)).toEqual([
    ...Array.from({ length: 20 }, (_, n) => `text ${39 - 2 * n} "`),
    'in the garden'
  ])
  expect(messages.at(-1)).toMatchObject({ room: room.id, title: 'Garden', by: { id: ana.person.id } })
  expect((await data(bo.token)).messages).toHaveLength(20)
  expect((await ask('GET', '/api/person/data')).status).toBe(401)
})

test('a person who leaves for good is gone, and the messages stay without a name', async () => {
  const { ana, bo, send, leave, ask, registry, chat, callerOf } = await openPerson()
  await send(ana, 'mine')
  await send(bo, 'of Bo')
  await chat.setAlerts(callerOf(ana), { hideText: true })
  expect((await leave(ana.token, 'perhaps')).status).toBe(400)
  const page = await ask('DELETE', '/api/person', {
    token: ana.token,
    headers: UNKNOWN_PAGE,
    body: { messages: 'keep' }
  })
  expect(page.status).toBe(403)
  expect((await leave(ana.token, 'keep')).status).toBe(204)
  const { messages } = await chat.page(callerOf(bo), LOBBY, null, 10)
  expect(messages.map(({ by, text }) => [by.name.trim(), text])).toEqual([
    ['', 'mine'],
    ['Bo', 'of Bo']
  ])
  expect(messages[0]?.by.id).toBe(ana.person.id)
  expect(await chat.alerts(callerOf(ana))).toMatchObject({ hideText: false })
  expect((await ask('GET', '/api/session', { token: ana.token })).status).toBe(401)
  expect((await leave(ana.token, 'keep')).status).toBe(401)
  await expect(registry.nameOf(ana.person.id)).rejects.toMatchObject({ reason: 'sign-in' })
  const again = await ask('POST', '/api/session', { body: { name: NAME } })
  expect(again.status).toBe(201)
  expect(((await again.json()) as SessionAnswer).person.id).not.toBe(ana.person.id)
  const lobby = (await (await ask('GET', '/api/messages')).json()) as { username: string }[]
  expect(lobby.map(({ username }) => username)).toEqual(['Former member', 'Bo'])
})

test('a person who has everything erased has it erased in private rooms, too, also in those that they have left', async () => {
  const { ana, bo, send, leave, chat, callerOf } = await openPerson()
  const [attic, cellar] = [
    await chat.createPrivate(callerOf(bo), 'Attic', true),
    await chat.createPrivate(callerOf(bo), 'Cellar', true)
  ]
  const talk = await chat.openDirect(callerOf(bo), [ana.person.id])
  const change = (what: 'joined' | 'removed', room: Room) =>
    chat.changeMember(callerOf(bo), { room: room.id, id: newId(), what, person: ana.person.id })
  for (const room of [attic, cellar]) await change('joined', room)
  for (const room of [attic, cellar, talk]) await send(ana, 'mine', room.id)
  await send(bo, 'of Bo', cellar.id)
  await change('removed', cellar)
  const own = await chat.createPrivate(callerOf(ana), 'Own', false)
  expect((await leave(ana.token, 'erase')).status).toBe(204)
  const pages = await Promise.all([attic, cellar, talk].map(({ id }) => chat.page(callerOf(bo), id, null, 10)))
  expect(pages.map(({ messages }) => messages.map(({ text }) => text))).toEqual([[''], ['', 'of Bo'], ['']])
  expect(await chat.members(callerOf(bo), talk.id)).toMatchObject([{ name: 'Bo' }, { name: '' }])
  // Nobody is left in it.
  await expect(chat.roomOfMembers(own.id)).rejects.toMatchObject({ reason: 'no-room' })
})

test.each(['messages', 'table', 'account'] as const)(
  'when the store of the %s goes away meanwhile, a person who leaves for good may repeat it, and is gone then',
  async (part) => {
    let isAway = false
    const away = () => Promise.reject(new StoreUnavailable('test'))
    const app = await openPerson({
      failing: (store) => ({
        ...store,
        read: (id) => (isAway && part === 'account' ? away() : store.read(id))
      })
    })
    const { ana, bo, leave, ask, standings, messageLog, tableStore, registry } = app
    await standings.raise(bo.person.id, 'owner')
    await standings.raise(ana.person.id, 'moderator')
    await app.send(ana, 'mine')
    await ask('POST', '/api/invitations', { token: ana.token, body: { uses: 1, lastsMs: 60_000 } })
    const [{ forgetAuthor }, { put }] = [messageLog, tableStore]
    isAway = true
    if (part === 'messages') messageLog.forgetAuthor = away
    if (part === 'table') tableStore.put = away
    expect((await leave(ana.token, 'keep')).status).toBe(503)
    isAway = false
    Object.assign(messageLog, { forgetAuthor })
    Object.assign(tableStore, { put })
    expect((await leave(ana.token, 'keep')).status).toBe(204)
    await expect(registry.nameOf(ana.person.id)).rejects.toMatchObject({ reason: 'sign-in' })
    const audit = await (await ask('GET', '/api/moderation/audit', { token: bo.token })).text()
    const { messages } = await messageLog.before(LOBBY, null, 9, { removed: false })
    expect([audit.includes(NAME), messages.map(({ by }) => by.name.trim())]).toEqual([false, ['']])
  }
)

test('the only owner stays until somebody else owns the chat', async () => {
  const { ana, bo, leave, standings } = await openPerson()
  await standings.raise(ana.person.id, 'owner')
  expect(await outcome(await leave(ana.token, 'keep'))).toMatchObject([409, { detail: 'last-owner' }])
  await standings.raise(bo.person.id, 'owner')
  expect((await leave(ana.token, 'erase')).status).toBe(204)
  expect(standings.of(ana.person.id)).toEqual({ role: 'visitor' })
})

test('a person who leaves for good has no name in the audit log, and no invitations', async () => {
  const { ana, bo, leave, ask, standings } = await openPerson()
  await standings.raise(bo.person.id, 'owner')
  const { token } = bo
  const audit = async () => (await ask('GET', '/api/moderation/audit', { token })).text()
  await ask('PUT', `/api/roles/${ana.person.id}`, { token, body: { role: 'moderator' } })
  await ask('POST', '/api/invitations', { token: ana.token, body: { uses: 1, lastsMs: 60_000 } })
  expect(await audit()).toContain(NAME)
  expect((await leave(ana.token, 'keep')).status).toBe(204)
  expect(await audit()).not.toContain(NAME)
  expect(JSON.parse(await audit())).toMatchObject({
    entries: [{ what: 'invite', by: { name: '' } }, { what: 'give-role' }]
  })
  expect(await (await ask('GET', '/api/invitations', { token })).json()).toEqual({ invitations: [] })
})

test('neither name nor texts are in any file after somebody has left and taken them along', async () => {
  const folder = newFolder()
  const server = await startTestServer({ config: { dataDir: folder } })
  onTestFinished(() => server.stop())
  const { token } = await signIn(server.url, NAME)
  const text = `a text ${newId()}`
  for (const path of [LOBBY, LOBBY, LOBBY])
    await request('POST', `${server.url}/api/rooms/${path}/messages`, { token, body: { text } })
  await request('POST', `${server.url}/api/rooms`, { token, body: { title: 'Garden' } })
  const files = () =>
    Buffer.concat(
      readdirSync(folder)
        .filter((file) => file.startsWith('taifas'))
        .map((file) => readFileSync(join(folder, file)))
    )
  expect(files().includes(NAME)).toBe(true)
  const left = await request('DELETE', `${server.url}/api/person`, { token, body: { messages: 'erase' } })
  expect(left.status).toBe(204)
  expect([files().includes(NAME), files().includes(text)]).toEqual([false, false])
})
