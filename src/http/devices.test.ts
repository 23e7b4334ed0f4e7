import { expect, test } from 'vitest'
import { newId, type Device, type SessionAnswer } from '../contract.ts'
import { deviceName } from '../sessions/device-name.ts'
import { WRITTEN_EVERY_MS } from '../sessions/devices.ts'
import type { DeviceLink } from '../contract/accounts.ts'
import { StoreUnavailable } from '../errors.ts'
import { openApp, outcome, OWN_PAGE, UNKNOWN_PAGE } from './app.fixture.ts'

const FIREFOX = 'Mozilla/5.0 (Android 16; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0'

async function openDevices() {
  const app = await openApp()
  const secret = newId()
  /** Another session of one person. */
  const signIn = async (agent = '') => {
    const headers = { 'user-agent': agent }
    const answer = await app.ask('POST', '/api/session', { body: { name: 'Ana', secret }, headers })
    return (await answer.json()) as SessionAnswer
  }
  const list = async (token: string) => {
    const answer = await app.ask('GET', '/api/devices', { token })
    return ((await answer.json()) as { devices: Device[] }).devices
  }
  const works = async (token: string) => (await app.ask('GET', '/api/session', { token })).ok
  const again = () => app.ask('POST', '/api/session', { body: { name: 'Ana', secret } })
  return { ...app, signIn, list, works, again, secret }
}

test('a person sees every session with its device, region and last use, and which of them asks', async () => {
  const { signIn, list, clock, ask } = await openDevices()
  const phone = await signIn(FIREFOX)
  const startedAt = clock.now()
  await clock.advance(60_000)
  const other = await signIn('curl/8.5.0')
  const common = { id: expect.any(String), region: 'waw', startedAt: expect.any(Number) }
  expect(await list(phone.token)).toEqual([
    { ...common, device: 'curl', seenAt: clock.now(), current: false },
    { ...common, device: 'Firefox, Android', seenAt: startedAt, current: true }
  ])
  // Used all the time, and written once in a while.
  await clock.advance(WRITTEN_EVERY_MS - 60_001)
  expect((await list(phone.token)).map(({ seenAt }) => seenAt)).toEqual([startedAt + 60_000, startedAt])
  await clock.advance(1)
  await list(phone.token)
  expect((await list(phone.token))[0]).toMatchObject({ current: true, seenAt: clock.now() })
  expect((await list(other.token))[0]).toMatchObject({ current: false })
  expect((await ask('GET', '/api/devices')).status).toBe(401)
})

test('one session ends, and only one of the person; a repeat is no error', async () => {
  const app = await openDevices()
  const [phone, laptop, other] = [await app.signIn(), await app.signIn(), await app.signIn()]
  const stranger = await app.ask('POST', '/api/session', { body: { name: 'Bo' } })
  const { token } = (await stranger.json()) as SessionAnswer
  const [theirs] = await app.list(token)
  const mine = (await app.list(laptop.token)).find(({ current }) => current)
  const end = (id = '') => app.ask('DELETE', `/api/devices/${id}`, { token: phone.token })
  for (const id of [mine?.id, mine?.id, theirs?.id, newId()]) expect((await end(id)).status).toBe(204)
  expect(await outcome(await end('x'))).toMatchObject([400, { reason: 'bad-request' }])
  expect(await Promise.all([phone, laptop, other, { token }].map(({ token }) => app.works(token)))).toEqual([
    true,
    false,
    true,
    true
  ])
  expect((await app.list(phone.token)).map(({ id }) => id)).not.toContain(mine?.id)
})

test('all others end, and signing out takes a session off the list', async () => {
  const app = await openDevices()
  const [phone, laptop, tablet] = [await app.signIn(), await app.signIn(), await app.signIn()]
  const page = await app.ask('DELETE', '/api/devices', { token: phone.token, headers: UNKNOWN_PAGE })
  expect(page.status).toBe(403)
  expect((await app.ask('DELETE', '/api/session', { token: tablet.token })).status).toBe(204)
  expect(await app.list(phone.token)).toHaveLength(2)
  expect(await outcome(await app.ask('DELETE', '/api/devices', { token: phone.token }))).toEqual([200, { ended: 1 }])
  expect(await Promise.all([phone, laptop, tablet].map(({ token }) => app.works(token)))).toEqual([true, false, false])
  expect(await outcome(await app.ask('DELETE', '/api/devices', { token: phone.token }))).toEqual([200, { ended: 0 }])
  // What the other devices remember opens nothing either, until this one sends it again.
  expect((await app.again()).status).toBe(409)
  const again = { token: phone.token, body: { name: 'Ana', secret: app.secret } }
  expect((await app.ask('POST', '/api/session', again)).status).toBe(201)
  expect((await app.again()).status).toBe(201)
})

test('while the store is away no link is made, and one that could not be opened opens afterwards', async () => {
  const away = { put: false, take: false }
  const refuse = () => Promise.reject(new StoreUnavailable('test'))
  const app = await openApp({
    failing: (store) => ({
      ...store,
      put: (...args) => (away.put ? refuse() : store.put(...args)),
      take: (key) => (away.take ? refuse() : store.take(key))
    })
  })
  const { token } = await app.signIn('Ana')
  const make = () => app.ask('POST', '/api/devices/link', { token })
  away.put = true
  expect((await make()).status).toBe(503)
  away.put = false
  const body = { token: ((await (await make()).json()) as DeviceLink).token }
  const open = async () => (await app.ask('POST', '/api/session/link', { body, headers: OWN_PAGE })).status
  away.take = true
  expect(await open()).toBe(503)
  away.take = false
  expect([await open(), await open()]).toEqual([201, 410])
})

test('a link opens a session of the same person on another device, once, within a minute', async () => {
  const app = await openDevices()
  const [laptop, other] = [await app.signIn('node'), await app.signIn('node')]
  const link = async () => {
    const answer = await app.ask('POST', '/api/devices/link', { token: laptop.token })
    expect(answer.status).toBe(201)
    return (await answer.json()) as DeviceLink
  }
  const open = (token: string) =>
    app.ask('POST', '/api/session/link', { body: { token }, headers: { ...OWN_PAGE, 'user-agent': FIREFOX } })
  const first = await link()
  const answers = await Promise.all([1, 2, 3].map(() => open(first.token)))
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 410, 410])
  const phone = (await answers.find(({ ok }) => ok)!.json()) as SessionAnswer
  expect(phone.person).toEqual(laptop.person)
  expect((await app.list(laptop.token)).map(({ device }) => device)).toContain('Firefox, Android')
  // One device signs out: the other goes on, under its own name.
  expect((await app.ask('DELETE', '/api/session', { token: phone.token })).status).toBe(204)
  expect((await app.ask('POST', '/api/session', { body: { name: 'Ana' } })).status).toBe(409)
  const late = await link()
  await app.clock.advance(late.lastsMs)
  for (const token of [late.token, 'A'.repeat(44)])
    expect(await outcome(await open(token))).toMatchObject([410, { reason: 'not-allowed', detail: 'expired' }])
  expect((await open('short')).status).toBe(400)
  // The device that made the link is gone, and nobody can use the link any more.
  const ofEnded = (await (await app.ask('POST', '/api/devices/link', { token: other.token })).json()) as DeviceLink
  expect((await app.ask('DELETE', '/api/devices', { token: laptop.token })).status).toBe(200)
  expect((await open(ofEnded.token)).status).toBe(410)
})

test.each([
  [FIREFOX, 'Firefox, Android'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    'Chrome, Linux'
  ],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0', 'Edge, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1', 'Safari, iPhone'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15', 'Safari, macOS'],
  ['node', 'Node'],
  ['python-requests/2.32', 'Python'],
  ['<script>', ''],
  [undefined, '']
])('%s is shown as “%s”', (agent, name) => expect(deviceName(agent)).toBe(name))
