import { expect, test } from 'vitest'
import { LOBBY, newId, type SessionAnswer, type UnreadRoom } from '../contract.ts'
import { openApp, outcome } from './app.fixture.ts'

test('a program reads what is unread and who mentions its person, and says how far it has read', async () => {
  const app = await openApp()
  const signIn = async (name: string) =>
    (await (await app.ask('POST', '/api/session', { body: { name } })).json()) as SessionAnswer
  const [ana, bo] = [await signIn('Ana'), await signIn('Bo')]
  const say = (text: string) =>
    app.ask('POST', `/api/rooms/${LOBBY}/messages`, { token: bo.token, body: { id: newId(), text } })
  await say('hello @Ana')
  const unread = async () => {
    const answer = await app.ask('GET', '/api/unread', { token: ana.token })
    return ((await answer.json()) as { rooms: UnreadRoom[] }).rooms
  }
  expect(await unread()).toMatchObject([{ room: LOBBY, epoch: '', unread: 0, mentions: 1, head: 1 }])
  const { cursor } = (await app.chat.open({ ...ana, name: 'Ana', address: '' }, LOBBY, null)).sync
  const read = (positions: object) => app.ask('PUT', '/api/unread', { token: ana.token, body: { positions } })
  expect((await read([{ room: LOBBY, epoch: cursor.epoch, seq: 0, back: 0 }])).status).toBe(204)
  await say('and more')
  expect(await unread()).toMatchObject([{ room: LOBBY, seq: 0, unread: 2, mentions: 1, head: 2 }])
  const mentions = await app.ask('GET', '/api/unread/mentions', { token: ana.token })
  expect(await outcome(mentions)).toMatchObject([200, { mentions: [{ room: LOBBY, message: { text: 'hello @Ana' } }] }])
  expect(await outcome(await read([]))).toMatchObject([400, { reason: 'bad-request' }])

  // In a private room nothing counts that was written before somebody came in.
  const post = (path: string, body: object) => app.ask('POST', `/api/rooms/${path}`, { token: bo.token, body })
  const made = (await (await post('private', { title: 'Tea' })).json()) as { id: string }
  const sayThere = (text: string) => post(`${made.id}/messages`, { id: newId(), text })
  await sayThere('@Ana is not in yet')
  await post(`${made.id}/members`, { person: ana.person.id })
  const there = async () => (await unread()).find(({ room }) => room === made.id)
  expect(await there()).toMatchObject({ seq: 2, head: 2, unread: 0, mentions: 0 })
  await sayThere('@Ana is in')
  expect(await there()).toMatchObject({ seq: 2, head: 3, unread: 1, mentions: 1 })
  for (const path of ['', '/mentions']) expect((await app.ask('GET', `/api/unread${path}`)).status).toBe(401)
})
