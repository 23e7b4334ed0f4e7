// Everyone can use it: axe finds nothing in any state, theme or language; a keyboard is enough; nothing runs out of a narrow phone.
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { CLOCK_TIME, composer, message, messages, messageWith, say } from '../../infra/testing/browser.ts'
import { ChatError } from '../../src/errors.ts'
import { languages } from '../state/i18n.ts'
import { findings, overflow, smallTargets } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

const chat = useFixture()

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await chat.tab({ reducedMotion: 'reduce', ...options })
  await page.locator('.sign-in input:focus').waitFor()
  return page
}

/** Comes in by keyboard alone, whatever the language. */
async function enter(page: Page, name: string) {
  await page.keyboard.type(name)
  await page.keyboard.press('Enter')
  await messages(page).waitFor()
}

/** Walks through the states of the page; `look` is called in each with its name. */
async function walk(page: Page, look: (state: string) => Promise<void>) {
  await look('sign-in')
  await enter(page, 'Ana')
  await look('empty room')
  const guest = await chat.guest('Old friend')
  guest.emit(
    'new-message',
    'Hello! See https://example.org/a/very/long/address/that/does/not/end/anywhere/soon/at/all?really=not'
  )
  guest.emit('new-message', 'unbrokenwordwithoutend'.repeat(12))
  guest.emit(
    'new-message',
    '> **a** ~~b~~\n- `c` ||d|| [e.example](https://example.org/)\n1. f\n```js\nlet g = [1, true, f("x")] // h\nnew I()\n```'
  )
  guest.emit('new-message', 'line\n'.repeat(40))
  await messageWith(page, 'Hello!').waitFor()
  await page.locator('.code-kwd').first().waitFor()
  await composer(page).fill('mine')
  await page.locator('.send').click()
  await message(page, 'mine').waitFor()
  guest.emit('typing')
  await page.locator('.typing-dots').waitFor()
  await message(page, 'mine').focus()
  await look('full room')
  await message(page, 'mine').locator('.action').first().click()
  await page.locator('.action.emoji').first().click()
  await page.locator('.reaction').waitFor()
  await look('reaction')
  await composer(page).focus()
  await page.keyboard.press('ArrowUp')
  await page.locator('.edit-box textarea').waitFor()
  await look('edit')
  await page.keyboard.press('Escape')
  await messageWith(page, 'Hello!').focus()
  await messageWith(page, 'Hello!').locator('.action').nth(1).click()
  await page.locator('.reply-line').waitFor()
  await look('reply')
  await composer(page).fill('an answer')
  await page.locator('.send').click()
  await page.locator('.quote').waitFor()
  await look('answer')
  await composer(page).fill('')
  await composer(page).pressSequentially(':turt')
  await page.locator('.completions').waitFor()
  await look('completion')
  await composer(page).fill('')
  await page.locator('.composer .icon-button').last().click()
  await page.locator('.emoji-list').waitFor()
  await look('emoji')
  await page.locator('.emoji-tools input').fill('turtle')
  await look('found emoji')
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  await composer(page).fill('x'.repeat(4_001))
  await look('too long')
  await composer(page).fill('')
  await message(page, 'mine').focus()
  await message(page, 'mine').locator('.action').last().click()
  await look('remove dialog')
  await page.locator('dialog .danger').click()
  await page.locator('.tombstone').waitFor()
  await composer(page).fill('half a thought')
  if (await page.locator('.people-button').isVisible()) {
    await page.locator('.people-button').click()
    await look('people drawer')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  const menu = page.locator('.room-head > .icon-button:first-child')
  if (await menu.isVisible()) {
    await menu.click()
    await look('rooms drawer')
  }
  await page.locator('.sidebar > .button').first().click()
  await page.locator('dialog [type=radio]').first().waitFor()
  await look('new room')
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  if (await menu.isVisible()) await menu.click()
  await page.locator('.me-button').click()
  await look('you')
  await page.locator('.settings nav .wide').click()
  await page.locator('dialog dialog').waitFor()
  await look('unsent text')
  await page.keyboard.press('Escape')
  await page.locator('dialog dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  // On a phone, closing goes back in the history, and the browser does that a little later.
  await page.waitForFunction(() => history.state === null)
  await page.evaluate(() => (location.hash = '#/no-such-room'))
  await page.locator('.room-message .button').waitFor()
  expect(await page.locator('.people-side p, .people-button').count()).toBe(0)
  await look('no such room')
  await page.evaluate(() => (location.hash = '#/lobby'))
  await messages(page).waitFor()
  await chat.server.gateway.close()
  await composer(page).fill('into the dark')
  await page.locator('.send').click()
  await page.locator('.link-badge').waitFor()
  await page.locator('.delivery-status').waitFor()
  await look('connection lost')
}

test('axe finds nothing in any state, light or dark', async () => {
  const page = await open()
  await walk(page, async (state) => {
    expect([state, await findings(page)]).toEqual([state, []])
    // A theme changes only colors.
    await page.emulateMedia({ colorScheme: 'dark' })
    expect([state, await findings(page, ['color-contrast'])]).toEqual([state, []])
    await page.emulateMedia({ colorScheme: 'light' })
  })
})

test.each(languages)(
  'on a phone of 360 px axe finds nothing in %s, nothing runs out of the screen, and every target is at least 44 px',
  async (locale) => {
    const page = await open({ ...PHONE, locale, colorScheme: 'dark' })
    await walk(page, async (state) => {
      expect([state, await findings(page)]).toEqual([state, []])
      expect([state, await overflow(page)]).toEqual([state, []])
      expect([state, await smallTargets(page)]).toEqual([state, []])
    })
    expect(await page.locator('html').getAttribute('lang')).toBe(locale)
  }
)

test('a keyboard alone is enough: come in, say, walk the messages, react, open a room, sign out', async () => {
  const page = await open()
  /** What the focused control says; nothing for a row, whose text holds its controls'. */
  const focused = () =>
    page.evaluate(() => {
      const active = document.activeElement
      if (!active?.matches('a, button, input, select, textarea')) return ''
      return active.getAttribute('aria-label') ?? active.textContent
    })
  const tabTo = async (name: string) => {
    for (let tries = 0; tries < 40; tries++) {
      if ((await focused()).includes(name)) break
      await page.keyboard.press('Tab')
    }
    expect(await focused()).toContain(name)
  }
  await enter(page, 'Ana')
  await page.locator('.composer textarea:focus').waitFor()
  await page.keyboard.type('first')
  await page.keyboard.press('Enter')
  await message(page, 'first').waitFor()
  await page.keyboard.type('second')
  await page.keyboard.press('Enter')
  await message(page, 'second').waitFor()

  await messages(page).focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('first')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('React')
  await page.keyboard.press('Enter')
  await tabTo('👍')
  await page.keyboard.press('Enter')
  await message(page, 'first')
    .getByRole('button', { name: /^👍 1 ?, from you/ })
    .waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('first')

  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await page.keyboard.press('Tab')
  await tabTo('Skip to the message box')
  await page.keyboard.press('Enter')
  expect(await composer(page).evaluate((box) => box === document.activeElement)).toBe(true)

  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await tabTo('New room')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type('Reading')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Reading' }).waitFor()
  await tabTo('Remove this room')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Lobby' }).waitFor()
  await page.getByText('The room was removed.').waitFor()
  await page.locator('.composer textarea:focus').waitFor()
  await tabTo('Your settings')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo('Sign out')
  await page.keyboard.press('Enter')
  await page.locator('.sign-in').waitFor()
})

test('a dialog keeps the focus inside, Escape closes it, and the focus goes back', async () => {
  const page = await open()
  await enter(page, 'Ana')
  await page.getByRole('button', { name: 'Your settings, Ana' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Your settings' }).waitFor()
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab')
    expect(
      await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null
      )
    ).toBe(true)
  }
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('me-button')
})

test('language and appearance are switched at once and kept, without a flash of the other theme', async () => {
  const page = await open()
  await page.getByLabel('Appearance').selectOption('dark')
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  expect(await ground()).toBe('rgb(29, 25, 22)')
  const around = () =>
    page
      .locator('meta[name="theme-color"]')
      .evaluateAll((all) =>
        all.flatMap((one) => (matchMedia((one as HTMLMetaElement).media).matches ? [one.getAttribute('content')] : []))
      )
  expect(await around()).toEqual(['#171310'])
  await page.getByLabel('Language').selectOption('pl')
  await page.getByRole('heading', { name: 'Wejdź i usiądź z nami' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('pl')
  // The theme is there before the program is.
  await page.route('**/assets/main-*.js', (route) => route.abort())
  await page.reload()
  expect(await ground()).toBe('rgb(29, 25, 22)')
  await page.unrouteAll()
  await page.reload()
  await page.getByRole('heading', { name: 'Wejdź i usiądź z nami' }).waitFor()
})

/** How a screen reader announces these words: by the live region around them in the accessibility tree. */
async function announced(page: Page, words: string): Promise<string | undefined> {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  await devtools.detach()
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const live = ({ properties = [] }: (typeof nodes)[number]) =>
    properties.find(({ name }) => name === 'live')?.value.value as string | undefined
  let node = nodes.find(({ ignored, name }) => !ignored && String(name?.value).includes(words))
  while (node && !live(node)) node = byId.get(node.parentId ?? '')
  return node && live(node)
}

test('messages are read to a screen reader with who and when; guests are told apart; what is refused is read at once', async () => {
  const page = await open()
  await enter(page, 'Ana')
  const guest = await chat.guest('Old friend')
  guest.emit('new-message', 'hello')
  await message(page, 'hello').waitFor()
  const tree = await messages(page).ariaSnapshot()
  expect(tree).toMatch(/log "Messages in Lobby"/)
  expect(tree).toMatch(/Old friend.*\(guest\)/s)
  expect(tree).toMatch(new RegExp(`time: "?${CLOCK_TIME}`))
  await say(page, 'mine, @Ana')
  // It is stored, and can be edited.
  await messages(page).locator('.mine .actions').waitFor({ state: 'attached' })
  await composer(page).press('ArrowUp')
  await page.getByRole('textbox', { name: 'Edit message' }).fill('changed')
  await page.keyboard.press('Enter')
  await message(page, 'changed').getByRole('button', { name: 'edited' }).waitFor()
  Object.assign(chat.server.chat, { send: () => Promise.reject(new ChatError('not-allowed')) })
  await say(page, 'refused')
  await page.getByText('Not sent').waitFor()
  for (const words of ['hello', 'changed', 'edited'])
    expect([words, await announced(page, words)]).toEqual([words, 'polite'])
  expect(await announced(page, 'Not sent')).toBe('assertive')
})
