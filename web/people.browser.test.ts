// Several people in a real browser: contexts are computers, tabs of one context are tabs of one browser.
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  comeIn,
  composer,
  message,
  messages,
  openStage,
  openProfile,
  say,
  type Stage
} from '../infra/testing/browser.ts'
import { startTestServer, type TestServer } from '../infra/testing/chat-server.ts'

let stage: Stage
let server: TestServer

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage.close()
})
beforeEach(async () => {
  server = await startTestServer({ webDir: stage.webDir })
})
afterEach(async () => {
  expect(await stage.clear()).toEqual([])
  await server.stop()
})

const tab = (profile?: BrowserContext) => stage.tab(server.url, profile)
const people = (page: Page) => page.getByRole('complementary', { name: 'Who is here' }).getByRole('listitem')
const notice = (page: Page, text: string | RegExp) => messages(page).locator('.notice', { hasText: text })
const seen = (page: Page, name: string) => people(page).filter({ hasText: name }).waitFor()

test('two computers: names, messages both ways, comings and goings', async () => {
  const ana = await tab()
  await comeIn(ana, 'Ana')
  const bo = await tab()
  await comeIn(bo, 'Bo')
  await notice(ana, 'Bo came in').waitFor()
  await seen(ana, 'Bo')
  await seen(bo, 'Ana')

  await say(ana, 'hello from here')
  await message(bo, 'hello from here').waitFor()
  await say(bo, 'hello back')
  await message(ana, 'hello back').waitFor()
  for (const page of [ana, bo])
    expect(await messages(page).locator('.row .text').allInnerTexts()).toEqual(['hello from here', 'hello back'])

  await bo.getByRole('button', { name: 'Your settings, Bo' }).click()
  await bo.getByRole('button', { name: 'Sign out' }).click()
  await notice(ana, 'Bo left').waitFor()
  await bo.getByRole('textbox', { name: 'Your name' }).waitFor()
})

test('two tabs of one browser are two people, and stay themselves over a reload', async () => {
  const profile = await openProfile(stage.browser)
  const ana = await tab(profile)
  await comeIn(ana, 'Ana')
  const bo = await tab(profile)
  await bo.getByRole('button', { name: 'Continue as Ana' }).waitFor()
  await comeIn(bo, 'Bo')
  await notice(ana, 'Bo came in').waitFor()
  await say(ana, 'I am Ana')
  await message(bo, 'I am Ana').waitFor()

  await Promise.all([ana.reload(), bo.reload()])
  await message(ana, 'I am Ana').waitFor()
  await ana.getByRole('button', { name: 'Your settings, Ana' }).waitFor()
  await bo.getByRole('button', { name: 'Your settings, Bo' }).waitFor()
  await say(bo, 'I am still Bo')
  await message(ana, 'I am still Bo').getByText('Bo', { exact: true }).waitFor()
  await say(ana, 'And I Ana')
  await message(bo, 'And I Ana').waitFor()
})

test('a new tab may go on as the person its browser knows; nobody is announced twice', async () => {
  const profile = await openProfile(stage.browser)
  const first = await tab(profile)
  await comeIn(first, 'Ana')
  const watcher = await tab()
  await comeIn(watcher, 'Bo')
  const second = await tab(profile)
  await second.getByRole('button', { name: 'Continue as Ana' }).click()
  await composer(second).waitFor()
  await say(second, 'from the other tab')
  await message(first, 'from the other tab').waitFor()
  await message(watcher, 'from the other tab').waitFor()
  expect(await notice(watcher, 'Ana').count()).toBe(0)
  expect(await people(watcher).count()).toBe(2)
})

test('typing is seen while it goes on, and ends with the message', async () => {
  const ana = await tab()
  await comeIn(ana, 'Ana')
  const bo = await tab()
  await comeIn(bo, 'Bo')
  await composer(bo).pressSequentially('hm')
  await ana.getByText('Bo is typing…').waitFor()
  await composer(bo).press('Enter')
  await message(ana, 'hm').waitFor()
  await ana.getByText('Bo is typing…').waitFor({ state: 'detached' })
})

test('a room is created, shown to all, counted while it is not looked at, and kept in the address', async () => {
  const ana = await tab()
  await comeIn(ana, 'Ana')
  const bo = await tab()
  await comeIn(bo, 'Bo')
  await ana.getByRole('button', { name: 'New room' }).click()
  await ana.getByRole('textbox', { name: 'Name of the room' }).fill('Tea and biscuits')
  await ana.getByRole('button', { name: 'Open room' }).click()
  await ana.getByRole('heading', { name: 'Tea and biscuits' }).waitFor()

  const rooms = bo.getByRole('navigation', { name: 'Rooms' })
  await rooms.getByRole('link', { name: 'Tea and biscuits' }).click()
  await bo.getByRole('heading', { name: 'Tea and biscuits' }).waitFor()
  await messages(bo).waitFor()
  await rooms.getByRole('link', { name: 'Lobby' }).click()
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
  await bo.getByRole('button', { name: 'Open room' }).click()
  await bo.getByText('There is a room with this name already.').waitFor()
})

test('a name in use is refused at the door, with a sentence', async () => {
  await comeIn(await tab(), 'Ana')
  const other = await tab()
  await other.getByRole('textbox', { name: 'Your name' }).fill('ANA')
  await other.getByRole('button', { name: 'Come in' }).click()
  await other.getByText('Someone here has this name already.').waitFor()
})

test('a message is edited, reacted to and removed, for everyone', async () => {
  const ana = await tab()
  await comeIn(ana, 'Ana')
  const bo = await tab()
  await comeIn(bo, 'Bo')
  await say(ana, 'frist')
  await message(bo, 'frist').waitFor()
  await composer(ana).press('ArrowUp')
  const edit = ana.getByRole('textbox', { name: 'Edit message' })
  await edit.fill('first')
  await edit.press('Enter')
  await message(bo, 'first').getByText('edited').waitFor()

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
  expect(await messages(bo).getByText('first').count()).toBe(0)
})

test('a person changes their name and stays who they are', async () => {
  const ana = await tab()
  await comeIn(ana, 'Ana')
  const bo = await tab()
  await comeIn(bo, 'Bo')
  await ana.getByRole('button', { name: 'Your settings, Ana' }).click()
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Anamaria')
  await ana.getByRole('button', { name: 'Change name' }).click()
  await ana.getByRole('button', { name: 'Your settings, Anamaria' }).waitFor()
  await seen(bo, 'Anamaria')
  await say(ana, 'the same')
  await message(bo, 'the same').getByText('Anamaria').first().waitFor()
})
