// Several people in a real browser: contexts are computers, tabs of one context are tabs of one browser.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { comeIn, composer, message, messages, personHere, say } from '../../infra/testing/browser.ts'
import { findings } from './axe.fixture.ts'
import { allShow, useFixture } from './page.fixture.ts'

/** Runs in the page: records whether the sign-in form was ever shown. */
const WATCH_DOOR =
  "new MutationObserver(() => { if (document.querySelector('.sign-in')) window.sawSignIn = true }).observe(document, { childList: true, subtree: true })"

const fixture = useFixture()

const people = (page: Page) => page.getByRole('complementary', { name: 'Who is here' }).getByRole('listitem')
const notice = (page: Page, text: string) => messages(page).locator('.notice', { hasText: text })
const seen = (page: Page, name: string) => personHere(page, name).waitFor()

test('two computers: names, messages both ways, comings and goings', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await notice(ana, 'Bo came in').waitFor()
  await seen(ana, 'Bo')
  await seen(bo, 'Ana')

  await say(ana, 'hello from here')
  await message(bo, 'hello from here').waitFor()
  await say(bo, 'hello back')
  await message(ana, 'hello back').waitFor()
  await allShow([ana, bo], ['hello from here', 'hello back'])

  await bo.getByRole('button', { name: 'Your settings, Bo' }).click()
  await bo.getByRole('button', { name: 'Sign out' }).click()
  await notice(ana, 'Bo left').waitFor()
  await bo.getByRole('textbox', { name: 'Your name' }).waitFor()
})

test('two tabs of one browser are two people, and stay signed in over a reload, without the sign-in form', async () => {
  const profile = await fixture.profile()
  await profile.addInitScript({ content: WATCH_DOOR })
  const ana = await fixture.person('Ana', profile)
  const bo = await fixture.tab(profile)
  await bo.getByRole('button', { name: 'Continue as Ana' }).waitFor()
  await comeIn(bo, 'Bo')
  await notice(ana, 'Bo came in').waitFor()
  expect(await ana.evaluate('window.sawSignIn')).toBe(true)
  await say(ana, 'I am Ana')
  await message(bo, 'I am Ana').waitFor()

  await Promise.all([ana.reload(), bo.reload()])
  await message(ana, 'I am Ana').waitFor()
  await ana.getByRole('button', { name: 'Your settings, Ana' }).waitFor()
  await bo.getByRole('button', { name: 'Your settings, Bo' }).waitFor()
  for (const page of [ana, bo]) expect(await page.evaluate('window.sawSignIn')).toBeUndefined()
  await say(bo, 'I am still Bo')
  await message(ana, 'I am still Bo').getByText('Bo', { exact: true }).waitFor()
  await say(ana, 'And I Ana')
  await message(bo, 'And I Ana').waitFor()
})

test('a new tab may go on as the person its browser knows; nobody is announced twice', async () => {
  const profile = await fixture.profile()
  const first = await fixture.person('Ana', profile)
  const watcher = await fixture.person('Bo')
  const second = await fixture.another(profile)
  await say(second, 'from the other tab')
  await message(first, 'from the other tab').waitFor()
  await message(watcher, 'from the other tab').waitFor()
  // Sent after everything that was sent before.
  await fixture.person('Cleo')
  await notice(watcher, 'Cleo came in').waitFor()
  await expect.poll(() => notice(watcher, 'Ana').count()).toBe(0)
  await expect.poll(() => people(watcher).count()).toBe(3)
})

test('typing is seen while it goes on, and ends with the message', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await composer(bo).pressSequentially('hm')
  await ana.getByText('Bo is typing…').waitFor()
  await composer(bo).press('Enter')
  await message(ana, 'hm').waitFor()
  await ana.getByText('Bo is typing…').waitFor({ state: 'detached' })
})

test('of many who type the first are named and the others counted, and one more is named rather than counted', async () => {
  const ana = await fixture.person('Ana')
  const line = ana.locator('output.typing')
  const named = ['Bo', 'Cy', 'Dee', 'Eli']
  // Here before the first of them types: it fades.
  const guests = await Promise.all(named.map((name) => fixture.guest(name)))
  const fay = await fixture.guest('Fay')
  for (const [n, guest] of guests.entries()) {
    guest.emit('typing')
    await expect.poll(() => line.innerText()).toContain(named[n])
  }
  expect(await line.innerText()).toMatch(/^Bo\W.*Cy\W.*Dee\W.*and Eli\W.*are typing…$/s)
  fay.emit('typing')
  await expect.poll(() => line.innerText()).toContain('others')
  expect(await line.innerText()).toMatch(/^Bo\W.*Cy\W.*Dee\W.*and 2 others are typing…$/s)
})

test('a room is created, shown to all, counted while it is not looked at, and kept in the address', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await ana.getByRole('button', { name: 'New room' }).click()
  await ana.getByRole('textbox', { name: 'Name of the room' }).fill('Tea and biscuits')
  await ana.getByRole('button', { name: 'Create' }).click()
  await ana.getByRole('heading', { name: 'Tea and biscuits' }).waitFor()

  const rooms = bo.getByRole('navigation', { name: 'Rooms' })
  await rooms.getByRole('link', { name: 'Tea and biscuits' }).click()
  await bo.getByRole('heading', { name: 'Tea and biscuits' }).waitFor()
  await messages(bo).waitFor()
  await rooms.getByRole('link', { name: 'Lobby' }).click()
  await bo.getByRole('heading', { name: 'Lobby' }).waitFor()
  await say(ana, 'the kettle is on')
  await rooms.getByRole('link', { name: '1 new message' }).waitFor()
  await expect.poll(() => bo.title()).toBe('(1) Lobby · Taifas')
  await rooms.getByRole('link', { name: 'Tea and biscuits' }).click()
  await message(bo, 'the kettle is on').waitFor()
  await expect.poll(() => bo.title()).toBe('Tea and biscuits · Taifas')

  await bo.reload()
  await message(bo, 'the kettle is on').waitFor()
  await bo.getByRole('button', { name: 'New room' }).click()
  await bo.getByRole('textbox', { name: 'Name of the room' }).fill('Tea and biscuits')
  await bo.getByRole('button', { name: 'Create' }).click()
  await bo.getByText('There is a room with this name already; choose another name.').waitFor()
})

test('a name that somebody has is refused at sign-in, with a sentence and a name that is free', async () => {
  const { person, tab } = fixture
  await person('Ana')
  const other = await tab()
  await other.getByRole('textbox', { name: 'Your name' }).fill('ANA')
  await other.getByRole('button', { name: 'Come in' }).click()
  await other
    .getByText('Someone has this name, or one that looks like it. If it is you, choose “I was here before”.')
    .waitFor()
  await other.getByRole('button', { name: 'Use “ANA 2”' }).click()
  await other.getByRole('button', { name: 'Your settings, ANA 2' }).waitFor()
})

test('a message is edited, reacted to and removed, for everyone', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await say(ana, 'frist')
  await message(bo, 'frist').waitFor()
  await composer(ana).press('ArrowUp')
  const edit = ana.getByRole('textbox', { name: 'Edit message' })
  await edit.fill('first')
  await edit.press('Enter')
  await message(bo, 'first').getByText('edited').waitFor()
  await expect.poll(() => bo.getByRole('button', { name: 'edited' }).count()).toBe(0)
  await ana.getByRole('button', { name: 'edited' }).click()
  await ana.getByRole('dialog', { name: 'Earlier texts' }).getByText('frist').waitFor()
  expect(await findings(ana)).toEqual([])
  await ana.keyboard.press('Escape')

  await message(bo, 'first').hover()
  await bo.getByRole('button', { name: 'React' }).click()
  await bo.getByRole('button', { name: '👍', exact: true }).click()
  await ana.getByRole('button', { name: /^👍 1 ?, from Bo/ }).waitFor()
  await bo.getByRole('button', { name: /take yours back/ }).click()
  await ana.getByRole('button', { name: /^👍 1 ?, from Bo/ }).waitFor({ state: 'detached' })

  await message(ana, 'first').hover()
  await ana.getByRole('button', { name: 'Remove' }).click()
  await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await bo.getByText('This message was removed.').waitFor()
  await expect.poll(() => messages(bo).getByText('first').count()).toBe(0)
})

test('an answer shows what it answers, leads there, and says when that is gone', async () => {
  const bo = await fixture.person('Bo')
  const ana = await fixture.person('Ana')
  await say(ana, 'tea or coffee?')
  await message(bo, 'tea or coffee?').focus()
  await bo.keyboard.press('Tab')
  await bo.keyboard.press('Tab')
  await bo.keyboard.press('Enter')
  await bo.getByText('Replying to Ana tea or coffee?').waitFor()
  expect(await composer(bo).evaluate((box) => box === document.activeElement)).toBe(true)
  await bo.keyboard.press('Escape')
  await bo.getByText('Replying to').waitFor({ state: 'detached' })
  await message(bo, 'tea or coffee?').hover()
  await bo.getByRole('button', { name: 'Reply' }).click()
  await bo.keyboard.type('tea')
  await bo.keyboard.press('Enter')
  await bo.getByText('Replying to').waitFor({ state: 'detached' })
  const quote = message(ana, 'tea').locator('.quote')
  await quote.getByRole('link', { name: 'Ana tea or coffee?' }).click()
  expect(await ana.evaluate(() => document.activeElement?.querySelector('.bubble .text')?.textContent)).toBe(
    'tea or coffee?'
  )
  await message(ana, 'tea or coffee?').hover()
  await message(ana, 'tea or coffee?').getByRole('button', { name: 'Remove' }).click()
  await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await quote.getByText('a removed message').waitFor()
})

test('a person changes their name and stays who they are, in the same color', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await say(ana, 'before')
  await message(bo, 'before').waitFor()
  await ana.getByRole('button', { name: 'Your settings, Ana' }).click()
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Anamaria')
  await ana.getByRole('button', { name: 'Change name' }).click()
  await ana.getByRole('button', { name: 'Your settings, Anamaria' }).waitFor()
  await seen(bo, 'Anamaria')
  await say(ana, 'the same')
  await message(bo, 'the same').getByText('Anamaria').first().waitFor()
  // Of both messages, in the list of people, and on her own page.
  const avatars = [message(bo, 'before'), message(bo, 'the same'), personHere(bo, 'Anamaria'), ana.locator('.me')]
  const colors = await Promise.all(avatars.map((place) => place.locator('.avatar').getAttribute('class')))
  expect(new Set(colors)).toEqual(new Set([expect.stringMatching(/^avatar tone-\d$/)]))
})
