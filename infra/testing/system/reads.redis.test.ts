// What a person reads on one device, in another region. The laptop is a client, and then a real page.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LOBBY, newId, type Answers, type Present, type ReadPosition } from '../../../src/contract.ts'
import type { TestServer } from '../chat-server.ts'
import { messages, openProfile, openPages, type Pages } from '../browser.ts'
import { asNative, closeClients, connectClient, connectNative, type TestClient } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { median, percentile } from '../statistics.ts'
import { until } from '../until.ts'

/** Promised: what is read on one device is read on the others within this time. */
const READ_ELSEWHERE_MS = 1_000
const READS = 30

const cluster = useCluster()
let servers: TestServer[]
let browsers: Pages
beforeAll(async () => {
  browsers = await openPages()
  servers = await cluster.startAll(['ams', 'iad', 'nrt'], { webDir: browsers.webDir })
})
afterEach(closeClients)
afterAll(async () => {
  expect(await browsers.clear()).toEqual([])
  await browsers.close()
})

const url = (n: number) => servers[n]?.url ?? ''
const open = async (client: TestClient) => {
  const opened = await client.ask<Answers['room:open']>('room:open', { room: LOBBY })
  if (!opened.ok) throw new Error(opened.reason)
  return opened.value.sync.cursor
}
const isAt = (seq: number) => (moved: { positions: ReadPosition[] }) => moved.positions.some((one) => one.seq === seq)

test('a person reads on the phone in one region; on the laptop in another, and on a new device, it is read, and levels change there', async () => {
  const bo = await connectNative(url(1), 'Bo')
  await open(bo)
  for (let n = 0; n <= READS; n += 1) await bo.ask('message:send', { room: LOBBY, id: newId(), text: `text ${n}` })
  const phone = await connectNative(url(0), 'Ana')
  const { epoch } = await open(phone)
  const laptop = await connectClient(url(2), asNative(phone.session.token))
  await open(laptop)
  const read = (seq: number) => phone.ask('read:move', { positions: [{ room: LOBBY, epoch, seq, back: 0 }] })
  await until('the instance of the phone to know of the laptop', async () => {
    await read(0)
    return laptop.all('read:moved').length > 0
  })

  const times: number[] = []
  for (let seq = 1; seq < READS; seq += 1) {
    const start = performance.now()
    await read(seq)
    await laptop.next('read:moved', isAt(seq))
    times.push(performance.now() - start)
  }
  const [p50, p99] = [median(times), percentile(times, 0.99)]
  console.info(
    `read on one device, shown on another in another region: ${p50?.toFixed()} ms (p50), ${p99?.toFixed()} ms (p99)`
  )
  expect(p99).toBeLessThan(2 * READ_ELSEWHERE_MS)
  expect(phone.all('read:moved')).toEqual([])
  expect(await phone.ask('alerts:set', { level: { room: LOBBY, level: 'all' } })).toMatchObject({ ok: true })
  await laptop.next('alerts:changed')
  expect(phone.all('alerts:changed')).toEqual([])
  await phone.ask('person:block', { person: bo.person.id, on: true })
  for (const device of [phone, laptop]) await device.next('alerts:changed')

  // What this instance has not stored yet counts there; elsewhere it does once it is stored.
  const rooms = [{ room: LOBBY, epoch, seq: READS - 1, back: 0, head: READS + 1, unread: 2, mentions: 0 }]
  const here = await connectClient(url(0), asNative(phone.session.token))
  expect(await here.ask('read:list')).toEqual({ ok: true, value: { rooms } })
  const there = await connectClient(url(1), asNative(phone.session.token))
  expect(await there.ask('read:list')).toEqual({ ok: true, value: { rooms } })

  const profile = await openProfile(browsers.browser)
  const stored = JSON.stringify(phone.session)
  await profile.addInitScript((session) => sessionStorage.setItem('taifas:session', session), stored)
  const page = await browsers.tab(url(2), profile)
  await messages(page).getByText(`text ${READS}`, { exact: true }).waitFor()
  await page.evaluate("void dispatchEvent(new Event('blur'))")
  const sent = await bo.ask<Answers['message:send']>('message:send', { room: LOBBY, id: newId(), text: 'more' })
  const title = () => page.title()
  await expect.poll(title).toMatch(/^\(\d+\) Lobby/)
  const start = performance.now()
  await read(sent.ok ? sent.value.seq : 0)
  await expect.poll(title, { interval: 10 }).toMatch(/^Lobby/)
  const shownMs = performance.now() - start
  console.info(`read on one device, gone from the title of a page in another region: ${shownMs.toFixed()} ms`)
  expect(shownMs).toBeLessThan(2 * READ_ELSEWHERE_MS)
})

test('what a person has read in one place is right on a device that comes in at another region', async () => {
  const bo = await connectNative(url(1), 'Dan')
  const { epoch, seq } = await open(bo)
  for (let n = 0; n < 3; n += 1) await bo.ask('message:send', { room: LOBBY, id: newId(), text: `more ${n}` })
  const phone = await connectNative(url(0), 'Eva')
  await open(phone)
  // From now on the instance knows that she is there, and lets her position wait.
  await phone.next<{ joined: Present[] }>('people:changed', ({ joined }) =>
    joined.some(({ key }) => key === phone.person.key)
  )
  await phone.ask('read:move', { positions: [{ room: LOBBY, epoch, seq: seq + 3, back: 0 }] })
  const laptop = await connectClient(url(2), asNative(phone.session.token))
  await open(laptop)
  const start = performance.now()
  await laptop.next('read:moved', isAt(seq + 3))
  console.info(`read before, shown on a device that comes in: ${(performance.now() - start).toFixed()} ms`)
  await until('the store to know', async () => {
    const listed = await laptop.ask<Answers['read:list']>('read:list')
    return listed.ok && listed.value.rooms.some((room) => room.seq === seq + 3 && room.unread === 0)
  })
})

test('a mention is found by the name, kept by the person, listed, counted, and gone with its message; the order of the sender stays', async () => {
  const [ana, bo] = [await connectNative(url(2), 'Ana Maria'), await connectNative(url(0), 'Cy')]
  const [{ epoch, seq }] = [await open(ana), await open(bo)]
  await ana.ask('read:move', { positions: [{ room: LOBBY, epoch, seq, back: 0 }] })
  const send = (text: string) => bo.ask<Answers['message:send']>('message:send', { room: LOBBY, id: newId(), text })
  const receipts = await Promise.all(['@ana maria: look', 'and on', '@Ana Maria again', 'the end'].map(send))
  expect(receipts.map((receipt) => receipt.ok && receipt.value.seq)).toEqual([1, 2, 3, 4].map((n) => seq + n))
  const mentions = [{ id: ana.person.id, name: 'ana maria' }]
  await ana.next<{ events: { message: object }[] }>('room:events', ({ events }) =>
    events.some(({ message }) => 'mentions' in message && JSON.stringify(message.mentions) === JSON.stringify(mentions))
  )
  const unread = await ana.ask<Answers['read:list']>('read:list')
  expect(unread.ok && unread.value.rooms[0]).toMatchObject({ unread: 4, mentions: 2 })
  const listed = async () => {
    const reply = await ana.ask<Answers['mention:list']>('mention:list')
    return reply.ok && reply.value.mentions.map(({ room, message }) => [room, message.text])
  }
  expect(await listed()).toEqual([
    [LOBBY, '@Ana Maria again'],
    [LOBBY, '@ana maria: look']
  ])
  const first = receipts[0]?.ok ? receipts[0].value.id : ''
  await bo.ask('message:remove', { room: LOBBY, id: newId(), message: first })
  expect(await listed()).toEqual([[LOBBY, '@Ana Maria again']])
})
