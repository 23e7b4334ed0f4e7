// What is typed and not sent is never lost: not with a page, a room, a tab or a session. And it is nobody else's.
import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { comeIn, composer, message, messages, say, texts } from '../../infra/testing/browser.ts'
import { allShow, useFixture } from './page.fixture.ts'

const browsers = useFixture()

const editBox = (page: Page) => page.getByRole('textbox', { name: 'Edit message' })
const show = (page: Page, room: string) => page.evaluate((room) => (location.hash = `#/${room}`), room)
async function inBox(page: Page, text: string) {
  await expect.poll(() => composer(page).inputValue()).toBe(text)
}
const isComposer = (page: Page) => composer(page).evaluate((box) => box === document.activeElement)

/** Presses an action of a message, which shows while the pointer is over it: a row may move from under it just then. */
const act = (page: Page, text: string, action: string) =>
  vi.waitFor(async () => {
    await message(page, text).hover()
    await message(page, text).getByRole('button', { name: action }).click({ timeout: 2_000 })
  }, 20_000)

async function signOut(page: Page) {
  await page.getByRole('button', { name: /^Your settings/ }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
}

async function openRoom(page: Page, title: string) {
  await page.getByRole('button', { name: 'New room' }).click()
  await page.getByRole('textbox', { name: 'Name of the room' }).fill(title)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: title }).waitFor()
}

test('a text, a reply and an edit outlive the room, the page and the tab, until they are sent', async () => {
  const profile = await browsers.profile()
  const ana = await browsers.person('Ana', profile)
  for (const text of ['first', 'second']) {
    await say(ana, text)
    await message(ana, text).waitFor()
  }
  await act(ana, 'first', 'Edit')
  await editBox(ana).fill('first, with more')
  await act(ana, 'second', 'Reply')
  await composer(ana).fill('half a thou')

  async function check(page: Page) {
    await inBox(page, 'half a thou')
    await page.locator('.reply-line').getByText('second').waitFor()
    await expect.poll(() => editBox(page).inputValue()).toBe('first, with more')
  }
  await openRoom(ana, 'Tea')
  await inBox(ana, '')
  await composer(ana).fill('about tea')
  await show(ana, 'lobby')
  await check(ana)
  await ana.reload()
  await check(ana)
  expect(await isComposer(ana)).toBe(true)
  const next = await profile.newPage()
  await ana.close()
  await next.goto(browsers.url)
  await next.getByRole('button', { name: 'Continue as Ana' }).click()
  await check(next)

  await composer(next).press('Enter')
  await message(next, 'half a thou').locator('.quote').getByText('second').waitFor()
  await next.getByRole('button', { name: 'Save' }).click()
  await message(next, 'first, with more').waitFor()
  await next.reload()
  await messages(next).waitFor()
  await inBox(next, '')
  expect([await editBox(next).count(), await next.locator('.reply-line').count()]).toEqual([0, 0])
  await show(next, 'tea')
  await inBox(next, 'about tea')
})

test('in two tabs the newest text is shown, and a box in which the person types is left alone', async () => {
  const profile = await browsers.profile()
  const ana = await browsers.person('Ana', profile)
  const other = await browsers.another(profile)
  await composer(other).blur()
  await composer(ana).pressSequentially('in one')
  await inBox(other, 'in one')
  await composer(other).pressSequentially(', and the other')
  expect(await composer(ana).inputValue()).toBe('in one')
  await other.evaluate(() => dispatchEvent(new Event('pagehide')))
  await composer(ana).blur()
  await inBox(ana, 'in one, and the other')
  await composer(other).blur()
  await composer(ana).press('Enter')
  await inBox(other, '')
  await allShow([ana, other], ['in one, and the other'])
})

test('a session that ends while one types leaves the text to the same name, and nothing to another', async () => {
  const ana = await browsers.person('Ana')
  await composer(ana).pressSequentially('not yet don')
  await ana.evaluate(() => fetch('/api/session', { method: 'DELETE' }))
  await ana.getByText('Your session has ended.').waitFor()
  await comeIn(ana, 'Bo')
  await ana.reload()
  await composer(ana).waitFor()
  await inBox(ana, '')
  await signOut(ana)
  await comeIn(ana, 'Ana')
  await inBox(ana, 'not yet don')
})

test('what was written in a room that is removed meanwhile is there, to be copied or given up', async () => {
  const ana = await browsers.person('Ana')
  const profile = await browsers.profile()
  const before = await browsers.person('Bo', profile)
  await openRoom(ana, 'Tea')
  await show(before, 'tea')
  await composer(before).fill('about tea')
  await expect.poll(() => ana.locator('.head-count').textContent()).toBe('2 people')
  await before.close()
  await expect.poll(() => ana.locator('.head-count').textContent()).toBe('1 person')
  await ana.getByRole('button', { name: 'Remove this room' }).click()
  await ana.getByText('The room was removed.').waitFor()
  const bo = await browsers.another(profile)
  await show(bo, 'tea')
  const left = bo.getByRole('textbox', { name: 'You wrote this here.' })
  await expect.poll(() => left.inputValue()).toBe('about tea')
  await bo.getByRole('button', { name: 'Discard' }).click()
  await left.waitFor({ state: 'detached' })
})

test('a draft follows the person to a new name', async () => {
  const ana = await browsers.person('Ana')
  await composer(ana).fill('mine')
  await ana.getByRole('button', { name: /^Your settings/ }).click()
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Anamaria')
  await ana.keyboard.press('Enter')
  await ana.getByRole('button', { name: 'Your settings, Anamaria' }).waitFor()
  await ana.reload()
  await composer(ana).waitFor()
  await inBox(ana, 'mine')
})

test('signing out asks what to do with unsent text: discarded, it is gone, or else messages too are there again', async () => {
  const ana = await browsers.person('Ana')
  await composer(ana).fill('a draft')
  await signOut(ana)
  await ana.getByRole('dialog', { name: 'You have unsent text' }).getByRole('button', { name: 'Discard' }).click()
  await comeIn(ana, 'Ana')
  await inBox(ana, '')

  await ana.routeWebSocket(/socket\.io/, (near) => {
    const far = near.connectToServer()
    near.onMessage((frame) => {
      if (!String(frame).includes('message:send')) far.send(frame)
    })
  })
  await ana.reload()
  await messages(ana).waitFor()
  await say(ana, 'a message')
  await composer(ana).fill('a draft')
  await signOut(ana)
  await ana.getByRole('button', { name: 'Keep it on this device' }).click()
  await comeIn(ana, 'Ana')
  await inBox(ana, 'a message\n\na draft')
  expect(await texts(ana)).toEqual([])
})

test('without a database the text outlives the page, and a draft of the build before is taken over', async () => {
  const profile = await browsers.profile()
  await profile.addInitScript('Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("no") } })')
  const ana = await browsers.person('Ana', profile)
  await composer(ana).fill('here')
  await ana.evaluate(() => {
    const { person } = JSON.parse(sessionStorage.getItem('taifas:session')!) as { person: { id: string } }
    sessionStorage.setItem(`taifas:draft:${person.id}:tea`, 'from before')
  })
  await ana.reload()
  await inBox(ana, 'here')
  await openRoom(ana, 'Tea')
  await inBox(ana, 'from before')
})

test('a text that is far too long is refused as a whole, and one that is too long says so and stays', async () => {
  const profile = await browsers.profile()
  await profile.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: browsers.url })
  const ana = await browsers.person('Ana', profile)
  await composer(ana).fill('before ')
  await ana.evaluate(() => navigator.clipboard.writeText('long '.repeat(400_000)))
  await composer(ana).press('ControlOrMeta+v')
  await ana.getByText('That text is far too long').waitFor()
  expect(await composer(ana).inputValue()).toBe('before ')
  await ana.evaluate(() => navigator.clipboard.writeText('x'.repeat(4_001)))
  await composer(ana).press('ControlOrMeta+a')
  await composer(ana).press('ControlOrMeta+v')
  await ana.getByText('1 character too many').waitFor()
  await composer(ana).press('Enter')
  expect((await composer(ana).inputValue()).length).toBe(4_001)
  await composer(ana).fill('x'.repeat(3_990))
  await ana.getByText('10 characters left').waitFor()
})

test('an edit stays when somebody else removes the message, until it is given up', async () => {
  const [ana, bo] = [await browsers.person('Ana'), await browsers.person('Bo')]
  await openRoom(bo, 'Tea')
  await show(ana, 'tea')
  await say(ana, 'mine')
  await act(ana, 'mine', 'Edit')
  await editBox(ana).fill('mine, and much more')
  await act(bo, 'mine', 'Remove')
  await bo.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await bo.getByText('This message was removed.').waitFor()
  await editBox(ana).press('Enter')
  await ana.getByText('The message is no longer there.').waitFor()
  expect(await editBox(ana).inputValue()).toBe('mine, and much more')
  await editBox(ana).press('Escape')
  await ana.getByText('This message was removed.').waitFor()
  // The button goes away with its notice.
  await ana.getByRole('button', { name: 'Close' }).click()
  expect(await isComposer(ana)).toBe(true)
})

test('an edit to nothing one can see asks whether to remove the message', async () => {
  const ana = await browsers.person('Ana')
  await say(ana, 'mine')
  await act(ana, 'mine', 'Edit')
  await editBox(ana).fill('x'.repeat(4_002))
  await ana.getByText('2 characters too many').waitFor()
  await editBox(ana).fill(' \u200b')
  await editBox(ana).press('Enter')
  const dialog = ana.getByRole('dialog', { name: 'Remove this message?' })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(await editBox(ana).evaluate((box) => box === document.activeElement)).toBe(true)
  await editBox(ana).press('Enter')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await ana.getByText('This message was removed.').waitFor()
  await allShow([ana], ['This message was removed.'])
})

describe('the focus goes on', () => {
  const focused = (page: Page) =>
    page.evaluate(() => document.activeElement?.closest('.row, .scroller, .composer, main')?.className ?? 'lost')

  test('after a message is removed, an edit ends, and a room is left', async () => {
    const ana = await browsers.person('Ana')
    for (const text of ['one', 'two']) await say(ana, text)
    await message(ana, 'two').waitFor()
    await act(ana, 'one', 'Remove')
    await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await ana.getByText('This message was removed.').waitFor()
    expect(await focused(ana)).toMatch(/^row/)

    await act(ana, 'two', 'Edit')
    await editBox(ana).press('Escape')
    expect(await isComposer(ana)).toBe(true)

    await message(ana, 'two').focus()
    await show(ana, 'no-such-room')
    await ana.getByText('This room does not exist.').waitFor()
    expect(await focused(ana)).toBe('room stack')
    await ana.getByRole('link', { name: 'Go to the lobby' }).focus()
    await ana.keyboard.press('Enter')
    await expect.poll(() => isComposer(ana)).toBe(true)
  })

  test('on a phone Enter begins a line, the button sends, and the drawers leave the focus in the room', async () => {
    const phone = await browsers.person('Ana', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true
    })
    await composer(phone).pressSequentially('one')
    await composer(phone).press('Enter')
    await composer(phone).pressSequentially('two')
    await phone.getByRole('button', { name: 'Send' }).tap()
    await allShow([phone], ['one\ntwo'])
    await phone.getByRole('button', { name: 'Show rooms' }).tap()
    await phone.getByRole('button', { name: /^Your settings/ }).tap()
    await phone.getByRole('dialog', { name: 'Your settings' }).waitFor()
    await phone.keyboard.press('Escape')
    await phone.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused(phone)).toBe('room stack')
  })
})
