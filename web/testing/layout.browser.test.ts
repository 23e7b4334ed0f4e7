// Nothing overflows the page, however long names, titles and words are, in any size, state and language; and no text paints over
// the text of others.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { message, messages, say } from '../../infra/testing/browser.ts'
import { closeClients, connectNative, type TestClient } from '../../infra/testing/clients.ts'
import { LOBBY, newId, type Message, type Room, type SessionAnswer } from '../../src/contract.ts'
import { overflowing } from './overflow.fixture.ts'
import { useFixture } from './page.fixture.ts'

const SIZES = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
  { width: 844, height: 390 },
  { width: 1280, height: 800 }
]
const LONG_NAME = 'Bartholomäus-Wunibald'.padEnd(200, 'o')
const LONG_TITLE = 'Donaudampfschifffahrtsgesellschaft'.padEnd(80, 's')
const LONG_WORD = 'unbrokenwordwithoutend'.repeat(20)
const TYPISTS = ['Aleksandra Kowalska', LONG_NAME, 'Bartłomiej Nowak', 'Ștefania-Alexandrina']
/** A name is this letter many times; no two people have the same name. */
const LONGEST_BY_LANGUAGE: Record<string, string> = { en: 'Z', pl: 'M', ro: 'N' }
const EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '🙏', '👋🏽', '👩‍🚀', '🇵🇱', '🇷🇴', '👨‍👩‍👧‍👦', '🫖']

const chat = useFixture({ config: { rate: { burst: 10_000, perSecond: 10_000 } } })

async function create(by: TestClient, title: string): Promise<string> {
  const reply = await by.ask<Room>('room:create', { title })
  if (!reply.ok) throw new Error(`no room: ${reply.reason}`)
  return reply.value.id
}

/** A room with everything long that may be long, in which long names say, answer and react. */
async function longRoom() {
  const bo = await connectNative(chat.url, LONG_NAME)
  const cy = await connectNative(chat.url, 'W'.repeat(200))
  const room = await create(bo, LONG_TITLE)
  for (const client of [bo, cy]) for (const where of [LOBBY, room]) await client.ask('room:open', { room: where })
  const send = async (text: string, more: Partial<Message> = {}) => {
    const id = newId()
    await bo.ask('message:send', { room, id, text, ...more })
    return id
  }
  const first = await send(LONG_WORD)
  await send(`https://example.org/${LONG_WORD}`, { replyTo: first })
  await send('> **X** `X` ||X|| [X](https://example.org/)\n- - - - X\n```\nX\nX'.replaceAll('X', 'unbroken'.repeat(50)))
  await send('short', { replyTo: first })
  // Nobody may choose more than five.
  const fans = await Promise.all(['Fan', 'Fan too', 'Third fan'].map((name) => connectNative(chat.url, name)))
  for (const client of fans) await client.ask('room:open', { room })
  for (const [n, emoji] of EMOJI.entries())
    await fans[n % fans.length]?.ask('message:react', { room, id: newId(), message: first, emoji, on: true })
  const typists = await Promise.all(TYPISTS.slice(2).map((name) => connectNative(chat.url, name)))
  for (const client of typists) await client.ask('room:open', { room })
  const type = () => {
    for (const client of [bo, cy, ...typists]) client.emit('typing:set', { room, on: true })
  }
  const elsewhere = () => cy.ask('message:send', { room: LOBBY, id: newId(), text: LONG_WORD })
  return { room, type, elsewhere }
}

/** Somebody whose name is long, with a page in this language. */
async function longNamed(locale: string) {
  const page = await chat.tab({ locale, reducedMotion: 'reduce' })
  await page.locator('.sign-in input:focus').waitFor()
  await page.keyboard.type(LONGEST_BY_LANGUAGE[locale]!.repeat(200))
  await page.keyboard.press('Enter')
  await messages(page).waitFor()
  return page
}

/** Looks for overflow in every size; `before` brings about what does not last. */
async function look(page: Page, state: string, before: () => unknown = () => {}) {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await before()
    // A page that has just got another size, on a busy machine, may not have been laid out for it.
    await expect.poll(async () => [state, size.width, await overflowing(page)]).toEqual([state, size.width, []])
  }
}

/** Looks at every state of a page that is connected. */
async function lookAtAll(page: Page, { room, type }: Awaited<ReturnType<typeof longRoom>>) {
  await page.evaluate((room) => (location.hash = `#/${room}`), room)
  await message(page, 'short').waitFor()
  await look(page, 'typing', async () => {
    type()
    await page.locator('.typing-dots').waitFor()
  })
  await message(page, 'short').focus()
  await look(page, 'a message is focused')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await look(page, 'a reaction is chosen')
  await page.keyboard.press('Escape')
  await message(page, 'short').locator('.action').nth(1).dispatchEvent('click')
  await page.locator('.reply-line').waitFor()
  await look(page, 'a reply while others type', async () => {
    type()
    await page.locator('.typing-dots').waitFor()
  })
  await page.locator('.composer textarea').fill('x'.repeat(4_001))
  await look(page, 'a text that is too long')
  await page.locator('.composer textarea').fill('an answer of mine')
  await page.keyboard.press('Enter')
  await message(page, 'an answer of mine').and(page.locator('.mine')).locator('.actions').waitFor({ state: 'attached' })
  await page.keyboard.press('ArrowUp')
  await page.locator('.edit-box textarea').waitFor()
  await page.locator('.edit-box textarea').fill(LONG_WORD)
  await look(page, 'an edit')
  await page.keyboard.press('Enter')
  await page.locator('.edit-box').waitFor({ state: 'detached' })
  const mine = message(page, LONG_WORD).and(page.locator('.mine'))
  await mine.locator('.action').last().dispatchEvent('click')
  await page.locator('dialog .danger').waitFor()
  await look(page, 'a removal')
  await page.keyboard.press('Escape')

  await page.setViewportSize(SIZES[0]!)
  for (const [state, button] of [
    ['the rooms', '.room-head > .icon-button:first-child'],
    ['the people', '.people-button']
  ] as const) {
    await page.locator(button).click()
    await page.locator('dialog').waitFor()
    await look(page, state)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.setViewportSize(SIZES[0]!)
  }
  await page.setViewportSize(SIZES[3]!)
  for (const button of ['.sidebar > .button >> nth=0', '.me-button']) {
    await page.locator(button).click()
    await page.locator('dialog').waitFor()
    await look(page, button)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.setViewportSize(SIZES[3]!)
  }
}

test('in every language, nothing can be scrolled sideways or stands outside, in any size and state', async () => {
  const room = await longRoom()
  const pages = await Promise.all(Object.keys(LONGEST_BY_LANGUAGE).map(longNamed))
  await room.elsewhere()
  // The pages wait for different things at different times, so all of them together take little longer than one.
  await Promise.all(pages.map((page) => lookAtAll(page, room)))
  closeClients()
  await chat.server.gateway.close()
  await Promise.all(
    pages.map(async (page) => {
      await page.locator('.composer textarea').fill('into the dark')
      await page.keyboard.press('Enter')
      await page.locator('.link-badge').waitFor()
      await page.locator('.delivery-status').waitFor()
      await look(page, 'the connection is lost')
    })
  )
})

test('beside the longest title a badge is in view, and every section of the settings fits on a phone', async () => {
  const { room } = await longRoom()
  const page = await chat.person('Ana')
  await page.locator(`.room-link[href="#/${room}"]`).click()
  await message(page, 'short').waitFor()
  await page.locator('.room-link[href="#/lobby"]').click()
  await page.getByRole('heading', { name: 'Lobby' }).waitFor()
  const dee = await connectNative(chat.url, 'Dee')
  await dee.ask('room:open', { room })
  await dee.ask('message:send', { room, id: newId(), text: 'news' })
  const badge = page.locator(`.room-link[href="#/${room}"] .badge`)
  await badge.waitFor()
  const [outer, inner] = await Promise.all([page.locator('.side').boundingBox(), badge.boundingBox()])
  expect(inner!.x + inner!.width).toBeLessThanOrEqual(outer!.x + outer!.width)

  const session = await page.evaluate(() => sessionStorage.getItem('taifas:session') ?? '')
  await chat.server.standings.raise((JSON.parse(session) as SessionAnswer).person.id, 'owner')
  await page.setViewportSize(SIZES[0]!)
  await page.locator('.room-head > .icon-button:first-child').click()
  await page.locator('.me-button').click()
  const sections = page.locator('.settings [data-section]')
  await sections.nth(5).waitFor()
  for (let n = 0; n < (await sections.count()); n++) {
    await sections.nth(n).click()
    await page.locator('.settings > section > :nth-child(3)').waitFor({ state: 'attached' })
    await expect.poll(() => page.locator('.settings .late').count()).toBe(0)
    expect([n, await overflowing(page)]).toEqual([n, []])
    await page.locator('.settings .back').click()
  }
})

/** How many pixels of an element's picture are red. */
async function redPixels(page: Page, text: string): Promise<number> {
  const picture = await message(page, text).screenshot()
  return page.evaluate(
    async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]))
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!
      canvas.drawImage(bitmap, 0, 0)
      const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height)
      let red = 0
      for (let at = 0; at < data.length; at += 4)
        if (data[at]! > 200 && data[at + 1]! < 60 && data[at + 2]! < 60) red += 1
      return red
    },
    [...picture]
  )
}

test('few messages stand at the bottom, and what paints beyond its line paints over nobody else', async () => {
  const page = await chat.person('Ana', { reducedMotion: 'reduce' })
  for (const text of ['above', 'piles', 'below']) {
    await say(page, text)
    await message(page, text).locator('.bubble:not(.pending)').waitFor()
  }
  const gap = await messages(page).evaluate((list) => {
    const last = list.querySelector('.row:last-child')!
    return list.getBoundingClientRect().bottom - last.getBoundingClientRect().bottom
  })
  expect(gap).toBeLessThan(10)
  // Fonts differ in how high marks pile up: a shadow that falls on the rows above and below stands for them.
  const shadow = (rems: number) =>
    message(page, 'piles')
      .locator('.text')
      .evaluate((text, rems) => (text.style.textShadow = `0 -${rems}rem red, 0 ${rems}rem red`), rems)
  await shadow(0.25)
  expect(await redPixels(page, 'piles')).toBeGreaterThan(20)
  await shadow(2.5)
  expect([await redPixels(page, 'above'), await redPixels(page, 'below')]).toEqual([0, 0])
})

test('a reader at the end of a long conversation stays there when the screen is turned', async () => {
  const guest = await chat.guest('Talker')
  for (let n = 1; n <= 40; n += 1) guest.emit('new-message', `line ${n}`)
  const page = await chat.person('Ana')
  await message(page, 'line 40').waitFor()
  const fromEnd = () => messages(page).evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)
  await expect.poll(fromEnd).toBeLessThan(2)
  // The event of an earlier scrolling comes after the new size and before anything could answer to that.
  await messages(page).evaluate((list) => {
    list.style.blockSize = '15rem'
    list.dispatchEvent(new Event('scroll'))
  })
  await expect.poll(fromEnd).toBeLessThan(2)
  await expect.poll(() => page.locator('.to-end').count()).toBe(0)
})
