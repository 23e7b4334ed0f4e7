// Keys that work everywhere: the chooser, the next room, scrolling and writing from anywhere, the list of shortcuts; and going back on a
// phone.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, message, messages } from '../../infra/testing/browser.ts'
import { connectNative } from '../../infra/testing/clients.ts'
import { LOBBY, newId, type Room } from '../../src/contract.ts'
import { findings } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const LINES = 40

const chat = useFixture({ config: { rate: { burst: 10_000, perSecond: 10_000 } } })

async function somebody(name: string, titles: readonly string[]) {
  const client = await connectNative(chat.url, name)
  const rooms: string[] = [LOBBY]
  for (const title of titles) {
    const reply = await client.ask<Room>('room:create', { title })
    if (reply.ok) rooms.push(reply.value.id)
  }
  for (const room of rooms) await client.ask('room:open', { room })
  const say = (room: string, text: string) => client.ask('message:send', { room, id: newId(), text })
  return { rooms, say }
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
const isWriting = (page: Page) => composer(page).evaluate((box) => box === document.activeElement)

test('Ctrl+K finds rooms and people without their marks, the rooms of last time first, and axe finds nothing in it', async () => {
  await somebody('Zoë Łukasz', ['Łódź', 'Herbata', 'Zebra'])
  const page = await chat.person('Ana', { reducedMotion: 'reduce' })
  const chooser = page.getByRole('combobox', { name: 'Go to a room or a person' })
  const options = () => page.getByRole('option').locator('bdi').allInnerTexts()
  const goTo = async (search: string) => {
    await page.keyboard.press('Control+k')
    await chooser.waitFor()
    await page.keyboard.type(search)
    await page.keyboard.press('Enter')
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  await goTo('zeb')
  await heading(page, 'Zebra')
  await goTo('lodz')
  await heading(page, 'Łódź')
  expect(await isWriting(page)).toBe(true)

  await page.keyboard.press('Control+k')
  await chooser.waitFor()
  expect(await options()).toEqual(['Zebra', 'Lobby', 'Łódź', 'Herbata', 'Zoë Łukasz'])
  expect(await findings(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await findings(page, ['color-contrast'])).toEqual([])
  await page.keyboard.press('ArrowUp')
  const active = () =>
    chooser.evaluate((box) => document.getElementById(box.getAttribute('aria-activedescendant')!)?.textContent)
  expect(await active()).toContain('Zoë Łukasz')
  await page.keyboard.type('nobody')
  await page.getByText('No room or person has that name.').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('Control+k')
  await chooser.waitFor()
  await page.keyboard.type('lukasz')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Write to this person' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await heading(page, 'Zoë Łukasz')
})

test('keys lead to the next room and to the next with new messages, scroll, write, and leave what is read', async () => {
  const { rooms, say } = await somebody('Bo', ['Aa', 'Bb'])
  const [, , second] = rooms
  for (let line = 1; line <= LINES; line++) await say(LOBBY, `line ${line}`)
  const page = await chat.person('Ana')
  await message(page, `line ${LINES}`).waitFor()
  for (const [key, title] of [
    ['Alt+ArrowDown', 'Aa'],
    ['Alt+ArrowDown', 'Bb'],
    ['Alt+ArrowDown', 'Lobby'],
    ['Alt+ArrowUp', 'Bb'],
    ['Alt+ArrowDown', 'Lobby']
  ] as const) {
    await page.keyboard.press(key)
    await heading(page, title)
  }
  await say(second!, 'news')
  await page.locator('.badge').waitFor()
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await heading(page, 'Bb')
  await message(page, 'news').hover()
  await page.getByRole('button', { name: 'Mark unread from here' }).click()
  await page.locator('.badge').waitFor()
  await page.locator('.new-line').waitFor()
  await page.keyboard.press('Shift+Escape')
  await page.locator('.badge, .new-line').first().waitFor({ state: 'detached' })
  await page.keyboard.press('Alt+ArrowDown')
  await heading(page, 'Lobby')

  const fromEnd = () => messages(page).evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)
  await expect.poll(fromEnd).toBeLessThan(2)
  await page.keyboard.press('PageUp')
  await expect.poll(fromEnd).toBeGreaterThan(300)
  expect(await isWriting(page)).toBe(true)
  await say(LOBBY, 'below')
  await page.getByRole('button', { name: '1 new message below' }).waitFor()
  await messages(page).focus()
  await page.keyboard.press('Escape')
  await expect.poll(fromEnd).toBeLessThan(2)
  await expect.poll(() => page.locator('.to-end, .new-line').count()).toBe(0)
  expect(await isWriting(page)).toBe(true)

  await message(page, 'below').focus()
  await page.keyboard.type('yes?')
  expect(await composer(page).inputValue()).toBe('yes?')
  await page.keyboard.press('Enter')
  await message(page, 'yes?').waitFor()
  await page.keyboard.press('Alt+ArrowUp')
  await heading(page, 'Bb')
  await page.keyboard.press('Alt+ArrowDown')
  await message(page, 'yes?').waitFor()
  await expect.poll(() => page.locator('.edit-box').count()).toBe(0)
})

test('a question mark outside of the boxes lists the shortcuts, in every language', async () => {
  for (const [locale, title] of [
    ['en', 'Keyboard shortcuts'],
    ['pl', 'Skróty klawiszowe'],
    ['ro', 'Comenzi rapide']
  ] as const) {
    const page = await chat.tab({ locale, reducedMotion: 'reduce' })
    await page.locator('.sign-in input:focus').waitFor()
    await page.keyboard.type(`Ana ${locale}`)
    await page.keyboard.press('Enter')
    await messages(page).focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: title }).waitFor()
    expect(await findings(page)).toEqual([])
  }
})

test('on a phone, going back closes a drawer and stays in the room', async () => {
  await somebody('Bo', ['Tea'])
  const page = await chat.person('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const menu = page.getByRole('button', { name: 'Show rooms' })
  const drawer = page.getByRole('dialog', { name: 'Rooms' })
  await menu.tap()
  await drawer.getByRole('link', { name: 'Tea' }).tap()
  await heading(page, 'Tea')
  for (const close of [() => page.goBack(), () => page.keyboard.press('Escape')]) {
    await menu.tap()
    await drawer.waitFor()
    await close()
    await drawer.waitFor({ state: 'detached' })
    await heading(page, 'Tea')
    await expect.poll(() => page.evaluate(() => history.state as unknown)).toBe(null)
  }
  await page.goBack()
  await heading(page, 'Lobby')
})
