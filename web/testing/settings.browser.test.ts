// The settings: every section on a phone and on a desktop, in every language, and what they do.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { message, messages, say } from '../../infra/testing/browser.ts'
import { connectNative } from '../../infra/testing/clients.ts'
import { LOBBY, newId, type SessionAnswer } from '../../src/contract.ts'
import { findings, overflow, smallTargets } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const DESKTOP = { viewport: { width: 1280, height: 800 } }
const FIREFOX = 'Mozilla/5.0 (Android 16; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0'

const chat = useFixture()

/** Opens the settings; on a phone they are behind the list of rooms. */
async function openSettings(page: Page) {
  const rooms = page.locator('.room-head > .icon-button:first-child')
  if (await rooms.isVisible()) await rooms.click()
  await page.locator('.me-button').click()
  await page.locator('.settings').waitFor()
}

const sections = (page: Page) => page.locator('.settings nav [data-section]')

/** The person of this page owns the chat from now on. */
async function makeOwner(page: Page): Promise<void> {
  const stored = await page.evaluate(() => sessionStorage.getItem('taifas:session'))
  const { person } = JSON.parse(stored ?? '') as SessionAnswer
  await chat.server.standings.raise(person.id, 'owner')
}

/** Somebody with a long name writes something long, and it is reported. */
async function spam(name = 'B'.repeat(200)): Promise<void> {
  const [bo, cy] = [await connectNative(chat.url, name), await connectNative(chat.url, 'Cy')]
  for (const client of [bo, cy]) await client.ask('room:open', { room: LOBBY })
  const id = newId()
  await bo.ask('message:send', { room: LOBBY, id, text: 'cheap things'.repeat(40) })
  await cy.ask('message:report', { room: LOBBY, message: id, reason: 'it is spam' })
}

/** The same person on another device. */
async function otherDevice(page: Page, name: string, agent: string) {
  const secret = await page.evaluate(() => localStorage.getItem('taifas:secret'))
  const answer = await fetch(`${chat.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': agent },
    body: JSON.stringify({ name, secret })
  })
  const { token } = (await answer.json()) as { token: string }
  return async () => (await fetch(`${chat.url}/api/session`, { headers: { authorization: `Bearer ${token}` } })).status
}

test.each([
  ['a phone, dark, in Polish', { ...PHONE, colorScheme: 'dark', locale: 'pl' }],
  ['a desktop, light, in Romanian', { ...DESKTOP, locale: 'ro' }]
] as const)('on %s, every section is accessible and fits, with the longest name', async (_, options) => {
  const page = await chat.tab({ reducedMotion: 'reduce', ...options })
  await page.locator('.sign-in input').fill('Ż'.repeat(200))
  await page.keyboard.press('Enter')
  await messages(page).waitFor()
  await makeOwner(page)
  await spam()
  await openSettings(page)
  await page.locator('[data-section=people]').waitFor()
  const names = await sections(page).evaluateAll((all) => all.map((one) => one.getAttribute('data-section') ?? ''))
  expect(names.length).toBeGreaterThan(1)
  const isPhone = 'isMobile' in options
  const focused = () => page.evaluate(() => document.activeElement!.getAttribute('data-section') ?? 'the section')
  const look = async (state: string) => {
    const small = isPhone ? await smallTargets(page) : []
    expect([state, await findings(page), await overflow(page, '.settings'), small]).toEqual([state, [], [], []])
  }
  await look('the list')
  const walked: string[][] = []
  for (const name of names) {
    await sections(page)
      .and(page.locator(`[data-section=${name}]`))
      .click()
    const there = await focused()
    await expect.poll(() => page.locator('.settings .late').count()).toBe(0)
    if (name === 'passkeys') await page.locator('.settings .primary').waitFor()
    if (name === 'reports') await page.getByText('it is spam').waitFor()
    if (name === 'people' || name === 'rooms') await page.locator('.settings summary').first().press('Enter')
    if (name === 'invitations') await page.locator('.settings form').waitFor()
    await look(name)
    if (isPhone) await page.locator('.settings .back').click()
    walked.push([there, await focused()])
  }
  // What was pressed may have gone, and then the focus has a place.
  if (!isPhone) return
  expect(walked).toEqual(names.map((name) => ['the section', name]))
  await page.goBack()
  await page.locator('.settings').waitFor({ state: 'detached' })
})

test('a person ends another device, then all others, and sees what happened', async () => {
  const page = await chat.person('Ana')
  const [phone, laptop] = [await otherDevice(page, 'Ana', FIREFOX), await otherDevice(page, 'Ana', 'curl/8.5.0')]
  await openSettings(page)
  await page.getByRole('button', { name: 'Devices' }).click()
  await page.getByText('this device').waitFor()
  await page.getByRole('button', { name: /^End Firefox, Android/ }).click()
  await page.getByText('Firefox, Android is signed out.').waitFor()
  await expect.poll(() => page.locator('.entries li').count()).toBe(2)
  expect([await phone(), await laptop()]).toEqual([401, 200])
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByText('1 other device is signed out.').waitFor()
  expect(await laptop()).toBe(401)
})

test('an owner finds people among many, gives a role, and invites', async () => {
  for (const n of ['1', '2', '3']) await connectNative(chat.url, `Żaneta ${n}`)
  const profile = await chat.profile({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await chat.person('Ana', profile)
  await makeOwner(page)
  await openSettings(page)
  await page.getByRole('button', { name: 'People' }).click()
  await page.getByRole('searchbox', { name: 'Search for a name' }).fill('zan')
  await expect.poll(() => page.locator('.entries bdi').allTextContents()).toEqual(['Żaneta 1', 'Żaneta 2', 'Żaneta 3'])
  await page.getByText('Żaneta 2').click()
  await page.getByLabel('Role').selectOption('moderator')
  await page.getByRole('button', { name: 'Give this role' }).click()
  await page.getByText('Żaneta 2: moderator.').waitFor()
  await page.getByRole('searchbox').fill('')
  const leaders = page.getByRole('list', { name: 'Owners and moderators' }).locator('bdi')
  await expect.poll(() => leaders.allTextContents()).toEqual(['Ana', 'Żaneta 2'])
  await page.locator('summary').getByText('Ana').last().click()
  await page.getByLabel('Role').last().selectOption('member')
  await page.getByRole('button', { name: 'Give this role' }).last().click()
  await page.getByText('The chat needs an owner').waitFor()

  await page.getByRole('button', { name: 'Invitations' }).click()
  await page.getByLabel('People who may use it').fill('3')
  await page.getByRole('button', { name: 'Create an invitation' }).click()
  await page.getByText('The link of the new invitation is copied.').waitFor()
  await page.getByText(/^Used 0 of 3 times · ends in 7 days · from Ana$/).waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(/#invitation=[\w-]{22,}$/)
  expect(await page.getByLabel('Link', { exact: true }).inputValue()).toBe(link)
  await page.getByRole('button', { name: 'Withdraw' }).click()
  await page.getByText('No invitation is open.').waitFor()
})

test('the creator of a room pins a message, gives it a topic and another title, closes it, and hands it on, for all at once', async () => {
  const page = await chat.person('Ana')
  const bo = await chat.person('Bo')
  await page.getByRole('button', { name: 'New room' }).click()
  await page.getByLabel('Name of the room').fill('Garden')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Garden' }).waitFor()
  await say(page, 'read me first')
  await message(page, 'read me first').focus()
  await message(page, 'read me first').getByRole('button', { name: 'Pin', exact: true }).click()
  await message(page, 'read me first').getByText('pinned', { exact: true }).waitFor()
  await bo.getByRole('link', { name: 'Garden' }).click()
  const pins = bo.getByRole('button', { name: 'Pinned messages: 1' })
  await pins.click()
  await bo
    .getByRole('dialog')
    .getByRole('link', { name: /read me first/ })
    .waitFor()
  await expect.poll(() => bo.getByRole('button', { name: 'Unpin' }).count()).toBe(0)
  expect(await findings(bo)).toEqual([])
  await bo.getByRole('dialog').getByRole('link').click()
  await expect.poll(() => bo.evaluate(() => document.activeElement?.textContent)).toContain('read me first')
  await message(page, 'read me first').getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await pins.waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Room settings' }).click()
  const dialog = page.getByRole('dialog', { name: 'Settings of Garden' })
  await dialog.getByLabel('Name of the room').fill('Orchard')
  await dialog.getByLabel('Topic').fill('apples and pears')
  await dialog.getByLabel('Slow mode').selectOption('1 minute')
  await dialog.getByLabel('Closed').check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  expect(await findings(page)).toEqual([])
  await bo.getByRole('link', { name: 'Orchard' }).click()
  await bo.getByText('apples and pears').waitFor()
  await expect.poll(() => bo.getByRole('button', { name: 'Room settings' }).count()).toBe(0)
  await page.getByRole('dialog').getByText('Hand this room over').click()
  await page.getByRole('dialog').getByRole('searchbox').fill('bo')
  await page.getByRole('dialog').getByRole('button', { name: 'Make owner Bo' }).click()
  await page.getByRole('dialog').getByText('Bo owns the room now.').waitFor()
  expect(await findings(page)).toEqual([])
  await bo.getByRole('button', { name: 'Room settings' }).waitFor()
})

test('a moderator sees a report, removes the message, mutes its author and resolves the report, and the log says so', async () => {
  await spam('Bo')
  const page = await chat.person('Ana')
  await makeOwner(page)
  await openSettings(page)
  await page.getByRole('button', { name: 'Reports' }).click()
  const reports = page.locator('.report')
  await reports.waitFor()
  await reports.getByText('Cy reports a message of Bo').waitFor()
  await reports.getByRole('button', { name: 'Remove' }).click()
  await reports.getByText('This message was removed.').waitFor()
  await reports.getByRole('button', { name: 'Mute or ban the author' }).click()
  await reports.locator('select').last().selectOption('1 hour')
  await reports.getByLabel('Reason, which Bo reads').fill('no spam here')
  await reports.getByRole('button', { name: 'Mute', exact: true }).click()
  await reports.getByText('Bo is muted.').waitFor()
  await reports.getByLabel('What was done').fill('removed and muted')
  await reports.getByRole('button', { name: 'Resolve' }).click()
  await reports.waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'People' }).click()
  await page.getByRole('list', { name: 'Muted or banned' }).getByText('Bo').click()
  await page.getByText(/^Muted until /).waitFor()
  await page.getByRole('button', { name: 'Unmute' }).click()
  await page.getByRole('list', { name: 'Muted or banned' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Audit log' }).click()
  await expect
    .poll(() => page.locator('.entries li > span > span').allTextContents())
    .toEqual([
      'Ana ended the mute of Bo.',
      'Ana resolved a report about Bo.',
      expect.stringMatching(/^Ana muted Bo until /),
      'Ana removed a message of Bo in Lobby.'
    ])
})
