// The settings: every section on a phone and on a desktop, in every language, and what they do.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { messages } from '../../infra/testing/browser.ts'
import { findings, overflow, smallTargets } from './axe.fixture.ts'
import { setScene } from './page.fixture.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const DESKTOP = { viewport: { width: 1280, height: 800 } }
const FIREFOX = 'Mozilla/5.0 (Android 16; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0'

const scene = setScene()

/** Opens the settings; on a phone they are behind the list of rooms. */
async function openSettings(page: Page) {
  const rooms = page.locator('.room-head .icon-button')
  if (await rooms.isVisible()) await rooms.click()
  await page.locator('.me-button').click()
  await page.locator('.settings').waitFor()
}

const sections = (page: Page) => page.locator('.settings nav [data-section]')

/** The same person on another device. */
async function otherDevice(page: Page, name: string) {
  const secret = await page.evaluate(() => localStorage.getItem('taifas:secret'))
  const answer = await fetch(`${scene.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': FIREFOX },
    body: JSON.stringify({ name, secret })
  })
  const { token } = (await answer.json()) as { token: string }
  return async () => (await fetch(`${scene.url}/api/session`, { headers: { authorization: `Bearer ${token}` } })).status
}

test.each([
  ['a phone, dark, in Polish', { ...PHONE, colorScheme: 'dark', locale: 'pl' }],
  ['a desktop, light, in Romanian', { ...DESKTOP, locale: 'ro' }]
] as const)('on %s, every section is accessible and fits, with the longest name', async (_, options) => {
  const page = await scene.tab({ reducedMotion: 'reduce', ...options })
  await page.locator('.sign-in input').fill('Ż'.repeat(200))
  await page.keyboard.press('Enter')
  await messages(page).waitFor()
  await openSettings(page)
  const names = await sections(page).evaluateAll((all) => all.map((one) => one.getAttribute('data-section')))
  expect(names.length).toBeGreaterThan(1)
  for (const name of [null, ...names]) {
    if (name !== null) await page.locator(`[data-section=${name}]`).click()
    await page.locator('.settings .late').waitFor({ state: 'detached' })
    const small = 'isMobile' in options ? await smallTargets(page) : []
    expect([name, await findings(page), await overflow(page, '.settings'), small]).toEqual([name, [], [], []])
    const back = page.locator('.settings .back')
    if (!(await back.isVisible())) continue
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe('section')
    await back.click()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-section'))).toBe(name)
  }
  if (!('isMobile' in options)) return
  await page.goBack()
  await page.locator('.settings').waitFor({ state: 'detached' })
})

test('a person ends another device, and sees what happened', async () => {
  const page = await scene.person('Ana')
  const status = await otherDevice(page, 'Ana')
  await openSettings(page)
  await page.getByRole('button', { name: 'Devices' }).click()
  await page.getByText('this device').waitFor()
  await page.getByRole('button', { name: /^End Firefox, Android/ }).click()
  await page.getByText('Firefox, Android is signed out.').waitFor()
  await expect.poll(() => page.locator('.entries li').count()).toBe(1)
  expect(await status()).toBe(401)

  const another = await otherDevice(page, 'Ana')
  await page.getByRole('button', { name: 'Profile' }).click()
  await page.getByRole('button', { name: 'Devices' }).click()
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByText('1 other device is signed out.').waitFor()
  expect(await another()).toBe(401)
})
