// Notifications: the settings, and push messages in a real service worker. The browser has no push service here, so the protocol of its
// developer tools delivers them.
import { expect, test } from 'vitest'
import { findings } from './axe.fixture.ts'
import { setScene } from './page.fixture.ts'

const chat = setScene()

interface Types {
  createPolicy(name: string, rules: object): { createScriptURL(address: string): string }
}
interface Worker {
  shown: unknown[]
  registration: { showNotification(title: string, options: { body: string; tag: string; data: object }): Promise<void> }
  clients: { openWindow(address: string): Promise<void> }
}

test('the worker shows a push message, one for each room, with the text or only who wrote, and a press leads to the message', async () => {
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
})

test('the settings have quiet hours and a level for each room, which stay, and axe finds nothing in them', async () => {
  const page = await chat.person('Ana')
  const open = async () => {
    await page.getByRole('button', { name: 'Your settings' }).click()
    await page.getByRole('button', { name: 'Notifications' }).click()
    await page.getByRole('combobox', { name: 'Lobby' }).waitFor()
  }
  await open()
  await page.getByRole('combobox', { name: 'Lobby' }).selectOption('every message')
  await page.getByRole('combobox', { name: 'Do not disturb' }).selectOption('For 8 hours')
  await page.getByRole('checkbox').check()
  await page.getByText('Do not disturb until').waitFor()
  expect(await findings(page)).toEqual([])
  await page.reload()
  await open()
  expect(await page.getByRole('combobox', { name: 'Lobby' }).inputValue()).toBe('all')
  expect(await page.getByRole('checkbox').isChecked()).toBe(true)
  await page.getByRole('button', { name: 'Notify me on this device' }).click()
  await page.getByText('The browser does not allow notifications').waitFor()
})
