import { expect, test } from 'vitest'
import { newId, type Device, type SessionAnswer } from '../contract.ts'
import { deviceName } from '../sessions/device-name.ts'
import { openApp, outcome, UNKNOWN_PAGE } from './app.fixture.ts'

const FIREFOX = 'Mozilla/5.0 (Android 16; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0'
const HOUR_MS = 3_600_000

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
  return { ...app, signIn, list, works }
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
  // Used all the time, and written once an hour.
  await clock.advance(HOUR_MS - 60_001)
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
