// Push messages: to whom, with what, once, and what happens when the push service or the instance fails.
import webPush from 'web-push'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LOBBY, newId, type Alerts, type Answers, type UnreadRoom } from '../../../src/contract.ts'
import { PUSHED_AFTER_MS } from '../../../src/alerts/push.ts'
import type { AlertsStore } from '../../../src/alerts/store.ts'
import { isPublic, vapidKeys } from '../../../src/alerts/web-push.ts'
import { TEST_SECRET, type TestServer } from '../chat-server.ts'
import { startChild } from '../child.ts'
import { asNative, closeClients, connectClient, connectNative, type TestClient } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { openPushService } from '../push-service.ts'
import { until } from '../until.ts'

const cluster = useCluster()
let service: Awaited<ReturnType<typeof openPushService>>
let servers: TestServer[]
beforeAll(async () => {
  service = await openPushService()
  servers = await cluster.startAll(['ams', 'iad'], { webPush: service.webPush })
})
afterEach(closeClients)
afterAll(() => service.close())

type Native = Awaited<ReturnType<typeof connectNative>>
const url = (n: number) => servers[n]?.url ?? ''
const set = async (client: Native, change: object) => {
  const reply = await client.ask<Alerts>('alerts:set', change)
  if (!reply.ok) throw new Error(reply.reason)
  return reply.value
}
const send = (client: TestClient, text: string, id = newId()) =>
  client.ask<Answers['message:send']>('message:send', { room: LOBBY, id, text })
const epoch = async () =>
  (await servers[0]!.chat.open({ person: null, name: '', address: '' }, LOBBY, null)).sync.cursor.epoch
const toDevice = (device: string) => service.pushed.filter((one) => one.device === device).map(({ payload }) => payload)

const left = async ({ session }: Native) => {
  const answer = await fetch(`${url(1)}/api/unread`, { headers: { authorization: `Bearer ${session.token}` } })
  const { rooms } = (await answer.json()) as { rooms: UnreadRoom[] }
  return rooms.find(({ room }) => room === LOBBY)!
}

/** Somebody with a device, who is away. */
async function away(name: string, change: object = {}, { hasOpened = false } = {}) {
  const client = await connectNative(url(1), name)
  await set(client, { addDevice: service.subscribe(name), ...change })
  if (hasOpened) await client.ask('read:move', { positions: [{ room: LOBBY, epoch: await epoch(), seq: 0, back: 0 }] })
  client.close()
  return client
}

test('a message is pushed once to those who are away and want it, with the last of several, and without the text of those who hide it', async () => {
  const bo = await connectNative(url(0), 'Bo')
  const here = await connectNative(url(1), 'Here')
  for (const client of [bo, here]) await client.ask('room:open', { room: LOBBY })
  const { devices, key } = await set(here, { addDevice: service.subscribe('Here') })
  expect([devices.map(({ name }) => name), key]).toEqual([['Here'], expect.stringMatching(/^[\w-]{80,}$/)])
  await away('Mentioned')
  await away('All', { level: { room: LOBBY, level: 'all' }, hideText: true })
  await away('Quiet', { level: { room: LOBBY, level: 'all' }, quietUntil: Date.now() + 3_600_000 })
  await away('Nothing', { level: { room: LOBBY, level: 'nothing' } })
  await away('Hidden', { level: { room: LOBBY, level: 'hidden' } })
  await away('Visitor')
  await away('Reader', {}, { hasOpened: true })
  const absent = ['Mentioned', 'All', 'Quiet', 'Nothing', 'Hidden', 'Visitor', 'Reader']
  await until('the others to have left', () => absent.every((name) => !servers[0]?.people.named(name)))
  const pushed = () => service.pushed.filter(({ device }) => [...absent, 'Here'].includes(device))

  const olga = await connectNative(url(0), 'Olga', { owner: (await servers[0]?.ownerLink.offer()) ?? '' })
  await olga.ask('room:open', { room: LOBBY })
  await send(olga, 'first of all, @room: ||a secret|| and more')
  // At once: those that are stored within 3 s are one push message.
  void send(bo, '@Mentioned @Here @Nothing @Quiet @Hidden: the mention')
  const last = await send(bo, 'last')
  await until('three push messages', () => pushed().length >= 3, PUSHED_AFTER_MS + 10_000)
  const message = last.ok ? last.value.id : ''
  expect(toDevice('All')).toEqual([{ room: LOBBY, message, title: 'Lobby', by: 'Bo' }])
  expect(toDevice('Mentioned')).toMatchObject([
    { room: LOBBY, by: 'Bo', text: '@Mentioned @Here @Nothing @Quiet @Hidden: the mention' }
  ])
  // Who has opened the room is one of those whom `@room` mentions.
  expect(toDevice('Reader')).toMatchObject([{ by: 'Olga', text: 'first of all, @room: ▒▒▒ and more' }])
  expect(pushed()).toHaveLength(3)
  expect(pushed()[0]?.headers).toMatchObject({
    'content-encoding': 'aes128gcm',
    authorization: expect.stringMatching(/^vapid /)
  })
}, 60_000)

test('a removed message is not pushed, a busy service is asked again, a device that is gone is dropped, and a test reaches one device', async () => {
  const bo = await connectNative(url(0), 'Cy')
  await bo.ask('room:open', { room: LOBBY })
  const dan = await away('Dan')
  service.answers.set('Dan', [503])
  await until('Dan to have left', () => !servers[0]?.people.named('Dan'))
  const removed = newId()
  await send(bo, '@Dan wrong', removed)
  await bo.ask('message:remove', { room: LOBBY, id: newId(), message: removed })
  await send(bo, '@Dan right')
  await until('the second attempt', () => toDevice('Dan').length > 0, 15_000)
  expect(toDevice('Dan').map(({ text }) => text)).toEqual(['@Dan right'])

  const again = await connectNative(url(1), 'Dan 2')
  const phone = service.subscribe('phone')
  await set(again, { addDevice: phone })
  expect(await again.ask('alerts:test', { endpoint: phone.endpoint })).toEqual({ ok: true, value: { sent: true } })
  expect(toDevice('phone')).toMatchObject([{ title: 'Taifas', by: 'Dan 2' }])
  service.answers.set('phone', [410])
  expect(await again.ask('alerts:test', { endpoint: phone.endpoint })).toEqual({ ok: true, value: { sent: false } })
  expect((await set(again, {})).devices).toEqual([])
  expect(await again.ask('alerts:test', { endpoint: phone.endpoint })).toMatchObject({ reason: 'bad-request' })
  expect(await again.ask('alerts:set', { addDevice: { ...phone, endpoint: 'http://localhost/x' } })).toMatchObject({
    reason: 'bad-request'
  })
  expect(dan.person.name).toBe('Dan')
}, 60_000)

test('an instance that is killed after it has stored a message sends at most one push message, and the counts are right', async () => {
  const there = await startChild(
    { REDIS_URL: cluster.redis.url, SESSION_SECRET: TEST_SECRET, FLY_REGION: 'nrt', PUSH_CA: service.webPush.ca },
    ['infra/testing/quick-instance.ts']
  )
  const eve = await away('Eve', {}, { hasOpened: true })
  const before = await left(eve)
  const bo = await connectNative(url(0), 'Bob')
  const other = await connectClient(there.url, asNative(bo.session.token))
  for (const client of [bo, other]) await client.ask('room:open', { room: LOBBY })
  await until('Eve to have left', () => !servers[0]?.people.named('Eve'))
  const id = newId()
  expect(await send(other, '@Eve one', id)).toMatchObject({ ok: true })
  await there.end('SIGKILL')
  // The sender does not know that it was stored.
  expect(await send(bo, '@Eve one', id)).toMatchObject({ ok: true, value: { id } })
  const last = await send(bo, '@Eve two')
  await until('the push message', () => toDevice('Eve').length > 0, PUSHED_AFTER_MS + 10_000)
  expect(toDevice('Eve')).toMatchObject([{ message: last.ok && last.value.id, text: '@Eve two' }])
  const after = await left(eve)
  expect([after.unread - before.unread, after.mentions - before.mentions]).toEqual([2, 2])
}, 60_000)

test.each([
  ['10.1.2.3', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['fdaa::3', false],
  ['93.184.216.34', true],
  ['2606:4700::1', true]
])('a push service at %s is reached: %s', (address, reached) => expect(isPublic(address)).toBe(reached))

test('a private key of the operator is used instead of a stored one', async () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  const store = { once: () => Promise.reject(new Error('not asked')) } as unknown as AlertsStore
  expect(await vapidKeys(store, privateKey)).toEqual({ publicKey, privateKey })
})
