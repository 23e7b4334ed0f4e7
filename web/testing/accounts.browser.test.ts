// A person who stays: first visit, a passkey, a second device by passkey and a third by link, and all others signed out.
import { mkdirSync, readFileSync } from 'node:fs'
import type { CDPSession, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { request } from '../../infra/testing/clients.ts'
import { addAuthenticator, composer, messages } from '../../infra/testing/browser.ts'
import type { SessionAnswer } from '../../src/contract.ts'
import { findings, overflow } from './axe.fixture.ts'
import { copiedMessages, useFixture } from './page.fixture.ts'

const STILL = { reducedMotion: 'reduce' } as const
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** Where to put pictures of each step, to look at them. */
const PICTURES = process.env['PICTURES_DIR']

const chat = useFixture()
const { person, tab } = chat

async function picture(page: Page, name: string) {
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: `${PICTURES}/${name}.png` })
}

async function looksRight(page: Page, name: string) {
  await picture(page, name)
  expect(await findings(page)).toEqual([])
  expect(await overflow(page)).toEqual([])
}

/** As a password manager does: what one device has is on the other. */
async function sync(
  from: { devtools: CDPSession; authenticatorId: string },
  to: { devtools: CDPSession; authenticatorId: string }
) {
  const { credentials } = await from.devtools.send('WebAuthn.getCredentials', from)
  for (const credential of credentials)
    await to.devtools.send('WebAuthn.addCredential', { authenticatorId: to.authenticatorId, credential })
}

async function openSettings(page: Page, section: string) {
  const rooms = page.locator('.room-head > .icon-button:first-child')
  if (await rooms.isVisible()) await rooms.click()
  await page.locator('.me-button').click()
  await page.locator(`.settings [data-section=${section}]`).click()
}

test('a name is kept with a passkey, which opens a second device; a link opens a third; one ends all others', async () => {
  const laptop = await person('Ana', STILL)
  const first = await addAuthenticator(laptop)
  await laptop.route('**/api/passkeys', (route) => route.abort(), { times: 1 })
  await openSettings(laptop, 'passkeys')
  await laptop.getByText('The server is not answering right now').waitFor()
  await laptop.getByRole('button', { name: 'Try now' }).click()
  await laptop.getByText('Keep this name for good').waitFor()
  await laptop.getByRole('button', { name: 'Keep this name with a passkey' }).click()
  await laptop.getByText('The name is yours for good.').waitFor()
  await laptop.getByText('Chrome, Linux').waitFor()
  await looksRight(laptop, 'passkeys-desktop')
  await laptop.getByRole('button', { name: 'Rename Chrome, Linux' }).click()
  await laptop.getByLabel('Name of the passkey').fill('My laptop')
  await laptop.keyboard.press('Enter')
  await laptop.getByText('My laptop').waitFor()
  // The same authenticator a second time.
  await laptop.getByRole('button', { name: 'Add another passkey' }).click()
  await laptop.getByText('This device has a passkey for you already.').waitFor()

  const phone = await tab({ ...STILL, ...PHONE, locale: 'pl-PL', colorScheme: 'dark' })
  const second = await addAuthenticator(phone)
  await phone.getByRole('button', { name: 'Jestem tu nie pierwszy raz' }).click()
  await phone.getByRole('button', { name: 'Kluczem dostępu' }).waitFor()
  await looksRight(phone, 'ways-phone')
  await sync(first, second)
  await phone.getByRole('button', { name: 'Kluczem dostępu' }).click()
  await composer(phone).waitFor()
  await openSettings(phone, 'passkeys')
  await phone.getByText('My laptop').waitFor()
  await looksRight(phone, 'passkeys-phone')

  await laptop.locator('.settings [data-section=devices]').click()
  await laptop.getByRole('button', { name: 'Continue on another device' }).click()
  const link = laptop.getByRole('textbox', { name: 'Link' })
  await link.waitFor()
  await looksRight(laptop, 'link-desktop')
  const url = await link.inputValue()
  const tablet = await tab({ ...STILL, locale: 'ro-RO' }, url)
  await tablet.getByRole('button', { name: 'Continuă' }).waitFor()
  await looksRight(tablet, 'link-opened')
  await tablet.getByRole('button', { name: 'Continuă' }).click()
  await messages(tablet).waitFor()
  expect(new URL(tablet.url()).hash).not.toContain('device')
  await laptop.getByText('Chrome, Linux has joined (local).').waitFor()
  await looksRight(laptop, 'joined-desktop')
  await laptop.keyboard.press('Escape')
  const late = await tab(STILL, url)
  await late.getByRole('button', { name: 'Go on' }).click()
  await late.getByText('This took too long, or was used already.').waitFor()
  await looksRight(late, 'link-over')

  await laptop.getByRole('button', { name: 'End all others' }).click()
  await laptop.getByText('2 other devices are signed out.').waitFor()
  await phone.locator('.sign-in').waitFor()
  await tablet.locator('.sign-in').waitFor()
  await composer(laptop).waitFor()
})

test('a person downloads what they wrote, and leaves for good, in every tab', async () => {
  const page = await person('Ana', { ...PHONE, ...STILL, locale: 'en-GB' })
  await composer(page).fill('goodbye')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  const browser = await chat.profile(STILL)
  const other = await person('Bo', browser)
  await messages(other).getByText('goodbye').waitFor()
  await openSettings(page, 'profile')
  const color = page.getByRole('radio', { name: 'mint' })
  await color.press('Space')
  await messages(other).locator('.avatar.tone-3').waitFor()
  await expect.poll(() => color.isChecked()).toBe(true)
  await looksRight(page, 'profile-phone')
  await page.keyboard.press('Escape')
  const { token } = (await page.evaluate(() =>
    JSON.parse(sessionStorage.getItem('taifas:session') ?? '')
  )) as SessionAnswer
  for (const [path, body] of [
    ['', { title: 'Garden' }],
    ['/garden/messages', { text: 'a rose' }]
  ] as const)
    await request('POST', `${chat.url}/api/rooms${path}`, { token, body: body })
  const gardener = await chat.another(browser, `${chat.url}/#/garden`)
  await messages(gardener).getByText('a rose').waitFor()
  await expect.poll(async () => (await copiedMessages(gardener)).length).toBe(2)
  await gardener.close()
  await openSettings(page, 'data')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download what I wrote' }).click()
  ])
  const data = JSON.parse(readFileSync(await download.path(), 'utf8')) as { messages: { text: string }[] }
  expect(data.messages.map(({ text }) => text)).toEqual(['goodbye', 'a rose'])
  await looksRight(page, 'data-phone')
  await page.getByRole('button', { name: 'Leave for good' }).click()
  await page.getByRole('radio', { name: /former member/ }).waitFor()
  await looksRight(page, 'leave-phone')
  await page.getByRole('dialog').getByRole('button', { name: 'Leave for good' }).last().click()
  await page.getByRole('button', { name: 'Come in' }).waitFor()
  // Pages and browsers that hold messages drop the name, also in a room that is not open there.
  const again = await chat.another(browser)

  await messages(other).getByText('a former member').waitFor()
  await picture(other, 'former-member')
  await expect.poll(async () => (await copiedMessages(again)).map(({ by }) => by.name)).toEqual(['', ''])
})
