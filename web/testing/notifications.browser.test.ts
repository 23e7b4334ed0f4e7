// Notifications: the settings, and push messages in a real service worker. The browser has no push service here, so the protocol of its
// developer tools delivers them.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { texts } from '../../infra/testing/browser.ts'
import { asNative, connectClient, connectNative } from '../../infra/testing/clients.ts'
import { LOBBY, newId, type SessionAnswer, type UnreadRoom } from '../../src/contract.ts'
import { findings } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture()

interface Types {
  createPolicy(name: string, rules: object): { createScriptURL(address: string): string }
}
interface Worker {
  shown: unknown[]
  registration: { showNotification(title: string, options: { body: string; tag: string; data: object }): Promise<void> }
  clients: { openWindow(address: string): Promise<void>; matchAll(): Promise<object[]> }
}

test('the worker shows a push message, one for each room, with the text or only who wrote, a press leads to the message, and a page that opens takes down what is read or removed', async () => {
  const profile = await chat.profile({ serviceWorkers: 'allow' })
  const page = await chat.person('Ana', profile)
  const developer = await profile.newCDPSession(page)
  const registrations: { registrationId: string; scopeURL: string }[] = []
  developer.on('ServiceWorker.workerRegistrationUpdated', (updated) => registrations.push(...updated.registrations))
  await developer.send('ServiceWorker.enable')
  const starting = profile.waitForEvent('serviceworker', (one) => one.url().endsWith('/push.js'))
  await page.evaluate(async () => {
    const { trustedTypes } = globalThis as { trustedTypes?: Types }
    const policy = trustedTypes?.createPolicy('push', { createScriptURL: () => '/push.js' })
    await navigator.serviceWorker.register(policy?.createScriptURL('') ?? '/push.js', { scope: '/push/' })
  })
  const worker = await starting
  // A browser without a screen allows no notifications, so the worker's are taken down.
  await worker.evaluate(() => {
    const scope = globalThis as unknown as Worker
    scope.shown = []
    scope.registration.showNotification = async (title, { body, tag, data }) =>
      void scope.shown.push([title, body, tag, data])
    scope.clients.openWindow = async (address) => void scope.shown.push(address)
    scope.clients.matchAll = async () => []
  })
  const message = { room: 'tea', message: 'A'.repeat(22), title: 'Tea', by: 'Bo' }
  for (const payload of [
    { ...message, text: 'hello' },
    { ...message, title: '' }
  ]) {
    const { registrationId = '' } = registrations.findLast(({ scopeURL }) => scopeURL.endsWith('/push/')) ?? {}
    const data = JSON.stringify(payload)
    await developer.send('ServiceWorker.deliverPushMessage', { origin: chat.url, registrationId, data })
  }
  const shown = () => worker.evaluate(() => (globalThis as unknown as Worker).shown)
  const data = { room: 'tea', message: message.message }
  await expect.poll(shown).toEqual([
    ['Tea', 'Bo: hello', 'tea', data],
    ['Bo', 'Bo', 'tea', data]
  ])
  await worker.evaluate((pressed) => {
    const event = Object.assign(new Event('notificationclick'), {
      notification: { data: pressed, close() {} },
      waitUntil() {}
    })
    dispatchEvent(event)
  }, data)
  expect((await shown()).at(-1)).toBe(`/#/tea/${message.message}`)

  await profile.addInitScript((left) => {
    const notification = { data: left, close: () => Object.assign(globalThis, { isClosed: true }) }
    Object.defineProperty(Notification, 'permission', { value: 'granted' })
    Object.assign(ServiceWorkerRegistration.prototype, { getNotifications: () => Promise.resolve([notification]) })
  }, data)
  await page.reload()
  await expect.poll(() => page.evaluate(() => 'isClosed' in globalThis)).toBe(true)
})

/** Instead of the notifications of a browser with a screen. */
interface Fake {
  title: string
  body: string
  closed?: true
}
const fakes = (page: Page) =>
  page.evaluate(
    () => (globalThis as { shown?: Fake[] }).shown?.map(({ title, body, closed }) => [title, body, !closed]) ?? []
  )
const iconOf = (page: Page) => page.locator('link[rel="icon"]').getAttribute('href')
const turn = (page: Page, sign: 'blur' | 'focus') => page.evaluate((sign) => void dispatchEvent(new Event(sign)), sign)

test('while nobody looks at any tab, one of them notifies of a mention, until it is removed or read in another one', async () => {
  const profile = await chat.profile()
  await profile.addInitScript(() => {
    class Notified extends EventTarget {
      static permission = 'granted'
      closed?: true
      constructor(title: string, options: object) {
        super()
        Object.assign(this, { title }, options)
        const scope = globalThis as { shown?: unknown[] }
        ;(scope.shown ??= []).push(this)
      }
      close() {
        this.closed = true
      }
    }
    Object.assign(globalThis, { Notification: Notified })
  })
  const tabs = [await chat.person('Ana', profile), await chat.another(profile)] as const
  const caller = { person: { id: newId(), key: newId(), name: 'Bo', moderator: false }, name: 'Bo', address: 'Bo' }
  const say = (text: string, id = newId()) => chat.server.chat.send(caller, { room: LOBBY, id, text })
  const all = async () => (await Promise.all(tabs.map(fakes))).flat()
  for (const tab of tabs) await turn(tab, 'blur')
  for (const tab of tabs) await expect.poll(() => iconOf(tab)).toBe('/icon.svg')

  await say('not for Ana')
  for (const tab of tabs) await expect.poll(() => iconOf(tab)).toBe('/icon-unread.svg')
  const { id } = await say('@Ana: first')
  await expect.poll(all).toEqual([['Lobby', 'Bo: @Ana: first', true]])
  for (const tab of tabs) await expect.poll(() => iconOf(tab)).toBe('/icon-mentioned.svg')
  await chat.server.chat.remove(caller, { room: LOBBY, id: newId(), message: id })
  await expect.poll(all).toEqual([['Lobby', 'Bo: @Ana: first', false]])
  await say('@Ana: second')
  await expect.poll(async () => (await all()).at(-1)).toEqual(['Lobby', 'Bo: @Ana: second', true])

  await turn(tabs[1], 'focus')
  await expect.poll(async () => (await all()).at(-1)).toEqual(['Lobby', 'Bo: @Ana: second', false])
  for (const tab of tabs) await expect.poll(() => iconOf(tab)).toBe('/icon.svg')
  const { seq } = await say('@Ana: third, which the other tab shows')
  await expect.poll(() => readUpTo(tabs[1])).toBe(seq)
  await expect.poll(() => texts(tabs[0])).toContain('@Ana: third, which the other tab shows')
  await turn(tabs[1], 'blur')
  await say('@Ana: fourth')
  await expect
    .poll(async () => (await all()).map(([, body]) => body))
    .toEqual(['Bo: @Ana: first', 'Bo: @Ana: second', 'Bo: @Ana: fourth'])
})

test('the settings have quiet hours and a level for each room, which stay, and axe finds nothing in them', async () => {
  const page = await chat.person('Ana')
  await page.getByRole('button', { name: 'New room' }).click()
  await page.getByLabel('Name of the room').fill('Tea')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Tea' }).waitFor()
  await page.getByRole('button', { name: 'Notify me about this room' }).click()
  await page.getByRole('combobox', { name: 'Tea' }).selectOption('nothing, and not in the list')
  expect(await findings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.locator('.room-link[href="#/lobby"]').click()
  await page.locator('.room-link[href="#/tea"]').waitFor({ state: 'detached' })
  // A new device knows it before the page first loses the focus.
  const bo = await connectNative(chat.url, 'Bo')
  await bo.ask('room:create', { title: 'Milk' })
  await bo.ask('message:send', { room: 'tea', id: newId(), text: 'not for Ana' })
  await page.evaluate(() => localStorage.removeItem('taifas:attention'))
  await page.reload()
  await page.locator('.room-link[href="#/milk"]').waitFor()
  await page.locator('.room-link[href="#/tea"]').waitFor({ state: 'detached' })
  await expect.poll(() => page.title()).toBe('Lobby · Taifas')
  // Chosen on another device.
  const token = await tokenOf(page)
  const phone = await connectClient(chat.url, asNative(token))
  await phone.ask('alerts:set', { level: { room: 'tea', level: null } })
  await page.locator('.room-link[href="#/tea"]').waitFor()
  const open = async () => {
    await page.getByRole('button', { name: 'Your settings' }).click()
    await page.getByRole('button', { name: 'Notifications' }).click()
    await page.getByRole('combobox', { name: 'Lobby' }).waitFor()
  }
  await open()
  await page.getByRole('combobox', { name: 'Lobby' }).selectOption('every message')
  await page.getByRole('checkbox', { name: 'Play a tone as well' }).check()
  await page.getByRole('combobox', { name: 'Do not disturb' }).selectOption('For 8 hours')
  await page.getByRole('checkbox', { name: 'Show who wrote' }).check()
  await page.getByText('Do not disturb until').waitFor()
  expect(await findings(page)).toEqual([])
  await page.reload()
  await open()
  expect(await page.getByRole('combobox', { name: 'Lobby' }).inputValue()).toBe('all')
  for (const name of ['Play a tone as well', 'Show who wrote'])
    expect(await page.getByRole('checkbox', { name }).isChecked()).toBe(true)
  await page.getByRole('button', { name: 'Notify me on this device' }).click()
  await page.getByText('The browser does not allow notifications').waitFor()
})

async function tokenOf(page: Page): Promise<string> {
  const stored = await page.evaluate(() => sessionStorage['taifas:session'] as string)
  return (JSON.parse(stored) as SessionAnswer).token
}

/** How far the server knows that the person of the page has read the lobby. */
async function readUpTo(page: Page): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${await tokenOf(page)}` }
  const { rooms } = (await (await fetch(`${chat.url}/api/unread`, { headers })).json()) as { rooms: UnreadRoom[] }
  return rooms.find(({ room }) => room === LOBBY)?.seq
}
