// What bad luck looks like: a server that is away, a hostile text, an input method, a long history.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { io } from 'socket.io-client'
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
let dataDir: string

const start = (port = 0) =>
  startTestServer({ webDir: stage.webDir, env: { DATA_DIR: dataDir, PORT: String(port), RATE_BURST: '1000' } })

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage.close()
})
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'taifas-data-'))
  server = await start()
})
afterEach(async () => {
  expect(await stage.clear()).toEqual([])
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function person(name: string): Promise<Page> {
  const page = await stage.tab(server.url)
  await comeIn(page, name)
  return page
}
const texts = (page: Page) => messages(page).locator('.row .text').allInnerTexts()

test('a restarted server: the page says so calmly, keeps what is said meanwhile, and comes back by itself', async () => {
  const ana = await person('Ana')
  const bo = await person('Bo')
  await say(ana, 'before')
  await message(bo, 'before').waitFor()
  await server.stop()

  await say(ana, 'meanwhile one')
  await say(ana, 'meanwhile two')
  await ana.getByText('Connection lost. Coming back…').waitFor()
  await message(ana, 'meanwhile two').getByText('Not confirmed yet, retrying').waitFor()

  server = await start(server.port)
  for (const page of [ana, bo]) {
    await page.getByText('Connection lost. Coming back…').waitFor({ state: 'detached' })
    await message(page, 'meanwhile two').waitFor()
  }
  await ana.getByText('Not confirmed yet, retrying').waitFor({ state: 'detached' })
  const wanted = ['before', 'meanwhile one', 'meanwhile two']
  expect([await texts(ana), await texts(bo)]).toEqual([wanted, wanted])
})

/** A cable between this person and the server that swallows what it is told to, in one direction or the other. */
async function onCable(name: string) {
  const cable = { up: null as RegExp | null, down: null as RegExp | null }
  const profile = await openProfile(stage.browser)
  await profile.routeWebSocket(/socket\.io/, (page) => {
    const server = page.connectToServer()
    page.onMessage((frame) => {
      if (!cable.up?.test(String(frame))) server.send(frame)
    })
    server.onMessage((frame) => {
      if (!cable.down?.test(String(frame))) page.send(frame)
    })
  })
  const page = await stage.tab(server.url, profile)
  await comeIn(page, name)
  return { page, cable }
}

test('a message that does not get through is kept over a reload, and sent once', async () => {
  const bo = await person('Bo')
  const { page: ana, cable } = await onCable('Ana')
  cable.up = /message:send/
  await say(ana, 'one')
  await say(ana, 'two')
  await message(ana, 'two').getByText('Not confirmed yet, retrying').waitFor()
  await ana.reload()
  await message(ana, 'two').waitFor()
  expect(await texts(bo)).toEqual([])
  cable.up = null
  await message(bo, 'two').waitFor()
  await ana.getByText('Not confirmed yet, retrying').waitFor({ state: 'detached' })
  expect([await texts(ana), await texts(bo)]).toEqual([
    ['one', 'two'],
    ['one', 'two']
  ])
})

test('a receipt and an event that get lost cost nothing: the message is tried again and stands there once', async () => {
  const bo = await person('Bo')
  const { page: ana, cable } = await onCable('Ana')
  await messages(ana).waitFor()
  cable.down = /^43|room:events/
  await say(ana, 'one')
  await message(bo, 'one').waitFor()
  await message(ana, 'one').getByText('Not confirmed yet, retrying').waitFor()
  cable.down = null
  await ana.getByText('Not confirmed yet, retrying').waitFor({ state: 'detached' })
  await say(ana, 'two')
  await message(bo, 'two').waitFor()
  await message(ana, 'two').waitFor()
  expect([await texts(ana), await texts(bo)]).toEqual([
    ['one', 'two'],
    ['one', 'two']
  ])
})

test('hostile texts and names are text', async () => {
  const ana = await person('Ana')
  const hostile = [
    '<img src=x onerror="window.hit=1">',
    '<script>window.hit=1</script>',
    '<a href="javascript:window.hit=1">x</a>',
    'javascript:window.hit=1',
    'https://example.org/"onmouseover="window.hit=1',
    '{{constructor.constructor("window.hit=1")()}}',
    '\u202etxet desrever'
  ]
  const guest = io(server.url, { transports: ['websocket'] })
  guest.emit('add-user', '<img src=x onerror="window.hit=1">')
  for (const text of hostile) guest.emit('new-message', text)
  await message(ana, 'desrever').waitFor()
  guest.close()
  expect(await texts(ana)).toEqual(hostile.map((text) => expect.stringContaining(text.slice(0, 15)) as string))
  expect(await ana.evaluate('window.hit')).toBeUndefined()
  expect(await messages(ana).locator('img, script').count()).toBe(0)
  for (const link of await messages(ana).locator('a').all()) {
    expect(await link.getAttribute('href')).toMatch(/^https:\/\/example\.org\//)
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc')
  }
})

test('the page may make no markup from text, and a refusal of its policy would not go unseen', async () => {
  const ana = await person('Ana')
  const markup = ana.evaluate(() => (document.body.innerHTML = '<p>markup</p>'))
  await expect(markup).rejects.toThrow(/TrustedHTML/)
  await ana.evaluate(() => (document.body.appendChild(new Image()).src = 'https://example.org/seen.png'))
  const policies = ['policy: require-trusted-types-for', 'policy: img-src']
  const told = policies.map((policy) => expect.stringContaining(policy) as string)
  expect(await stage.clear()).toEqual(expect.arrayContaining(told))
})

test('Enter sends, Shift and Enter begin a line, and while an input method composes Enter is its own', async () => {
  const ana = await person('Ana')
  await composer(ana).pressSequentially('one')
  await composer(ana).press('Shift+Enter')
  await composer(ana).pressSequentially('two')
  const enterWith = (init: { isComposing?: boolean; keyCode?: number }) =>
    composer(ana).evaluate(
      (box, init) =>
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })),
      init
    )
  await enterWith({ isComposing: true })
  await enterWith({ keyCode: 229 })
  expect(await composer(ana).inputValue()).toBe('one\ntwo')
  await composer(ana).press('Enter')
  await message(ana, 'two').waitFor()
  expect(await texts(ana)).toEqual(['one\ntwo'])
  expect(await composer(ana).evaluate((box) => box === document.activeElement)).toBe(true)
})

test('a text that is too long is told before it is sent, and stays', async () => {
  const ana = await person('Ana')
  await composer(ana).fill('x'.repeat(4_001))
  await ana.getByText('1 character too many').waitFor()
  await composer(ana).press('Enter')
  expect((await composer(ana).inputValue()).length).toBe(4_001)
  await composer(ana).fill('x'.repeat(3_990))
  await ana.getByText('10 characters left').waitFor()
})

test('a draft stays with its room, over a reload too', async () => {
  const ana = await person('Ana')
  await composer(ana).fill('half a thou')
  await ana.reload()
  await composer(ana).waitFor()
  expect(await composer(ana).inputValue()).toBe('half a thou')
})

test('a long history: nothing jumps, older pages come, and what is new below is counted', async () => {
  const guest = io(server.url, { transports: ['websocket'] })
  guest.emit('add-user', 'Talker')
  for (let n = 1; n <= 120; n++) guest.emit('new-message', `line ${n}`)
  const ana = await person('Ana')
  await message(ana, 'line 120').waitFor()
  const list = messages(ana)
  const fromEnd = () => list.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)
  await expect.poll(fromEnd).toBeLessThan(2)
  guest.emit('new-message', 'line 121')
  await message(ana, 'line 121').waitFor()
  await expect.poll(fromEnd).toBeLessThan(2)

  // Up to the top: the page before is put there, and what was in view stays where it was.
  const mark = list.locator('.row', { hasText: /line 73$/ })
  await mark.waitFor()
  await mark.evaluate((row) => row.scrollIntoView({ block: 'start' }))
  const top = () => mark.evaluate((row) => Math.round(row.getBoundingClientRect().top))
  const before = await top()
  await list.locator('.row', { hasText: /line 30$/ }).waitFor({ state: 'attached' })
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)

  guest.emit('new-message', 'line 122')
  await ana.getByRole('button', { name: '1 new message below' }).waitFor()
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
  await ana.getByRole('button', { name: '1 new message below' }).click()
  await expect.poll(fromEnd).toBeLessThan(2)
  guest.close()
})

test('the whole of a long history can be reached', async () => {
  const guest = io(server.url, { transports: ['websocket'] })
  guest.emit('add-user', 'Talker')
  for (let n = 1; n <= 130; n++) guest.emit('new-message', `line ${n}`)
  const ana = await person('Ana')
  await message(ana, 'line 130').waitFor()
  guest.close()
  await expect
    .poll(async () => {
      await messages(ana).evaluate((list) => (list.scrollTop = 0))
      return ana.getByText('This is where the conversation begins.').count()
    })
    .toBe(1)
  expect(await texts(ana)).toEqual(Array.from({ length: 130 }, (_, n) => `line ${n + 1}`))
})
