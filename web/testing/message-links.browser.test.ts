// Every message has an address: of a reply's original, however far it is, and of a link that somebody opens.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { comeIn, message, messages } from '../../infra/testing/browser.ts'
import { connectNative } from '../../infra/testing/clients.ts'
import { LOBBY, newId } from '../../src/contract.ts'
import { useFixture } from './page.fixture.ts'

const LINES = 150

const chat = useFixture({ config: { rate: { burst: 100_000, perSecond: 100_000 } } })

/** A room in which the last message answers the first, which is far from what is loaded at first. */
async function longRoom() {
  const bo = await connectNative(chat.url, 'Bonifacy')
  await bo.ask('room:open', { room: LOBBY })
  const send = async (text: string, more: object = {}) => {
    const id = newId()
    await bo.ask('message:send', { room: LOBBY, id, text, ...more })
    return id
  }
  const first = await send('tea or coffee?')
  for (let line = 1; line <= LINES; line++) void send(`line ${line}`)
  await send('tea', { replyTo: first })
  return { bo, first }
}

async function inView(page: Page, text: string) {
  const isInView = () =>
    message(page, text).evaluateAll(([row]) => {
      const box = row?.getBoundingClientRect()
      const list = row?.closest('.scroller')?.getBoundingClientRect()
      return box && list && box.top >= list.top && box.bottom <= list.bottom
    })
  await expect.poll(isInView).toBe(true)
}

const topOf = (page: Page, text: string) => message(page, text).evaluate((row) => row.getBoundingClientRect().top)

test('a reply to a message that is not loaded shows its author and its text, leads there and back, and loses the text with it', async () => {
  const { bo, first } = await longRoom()
  const page = await chat.person('Ana')
  const quote = message(page, 'tea').locator('.quote')
  const link = quote.getByRole('link', { name: 'Bonifacy tea or coffee?' })
  await link.waitFor()
  await expect.poll(() => message(page, 'tea or coffee?').count()).toBe(0)
  const was = await topOf(page, 'tea')

  for (const back of [() => page.goBack(), () => page.getByRole('button', { name: 'Back to the reply' }).click()]) {
    await link.click()
    await inView(page, 'tea or coffee?')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('tea or coffee?')
    await back()
    await inView(page, 'tea')
    expect(Math.abs((await topOf(page, 'tea')) - was)).toBeLessThanOrEqual(1)
    await expect.poll(() => page.getByRole('button', { name: 'Back to the reply' }).count()).toBe(0)
  }

  // It is loaded no more, and its events arrive all the same.
  await page.reload()
  await link.waitFor()
  await bo.ask('message:edit', { room: LOBBY, id: newId(), message: first, text: 'cocoa' })
  await quote.getByText('cocoa').waitFor()
  const isCut = (name: HTMLElement) => name.scrollWidth > name.clientWidth
  expect(await quote.locator('.quote-name').evaluate(isCut)).toBe(false)
  await bo.ask('message:remove', { room: LOBBY, id: newId(), message: first })
  await quote.getByText('a removed message').waitFor()
  expect(await page.content()).not.toContain('cocoa')
})

test('the link to a message is copied, leads there after signing in, and says when there is no such message', async () => {
  await longRoom()
  const profile = await chat.profile({ permissions: ['clipboard-read', 'clipboard-write'] })
  const ana = await chat.person('Ana', profile)
  await message(ana, 'line 140').hover()
  await message(ana, 'line 140').getByRole('button', { name: 'Copy text' }).click()
  await ana.getByText('Copied.').waitFor()
  expect(await ana.evaluate(() => navigator.clipboard.readText())).toBe('line 140')
  await messages(ana).evaluate((list) => (list.scrollTop = 0))
  await message(ana, 'line 60').focus()
  await message(ana, 'line 60').getByRole('button', { name: 'Copy link' }).click()
  await expect.poll(() => ana.evaluate(() => navigator.clipboard.readText())).toContain(`#/${LOBBY}/`)
  const address = await ana.evaluate(() => navigator.clipboard.readText())

  const bo = await chat.tab({}, address)
  await comeIn(bo, 'Cy')
  await inView(bo, 'line 60')
  expect(await bo.evaluate(() => location.hash)).toBe(`#/${LOBBY}`)
  await bo.evaluate((hash) => (location.hash = hash), `#/${LOBBY}/${newId()}`)
  await bo.getByText('The message is no longer there.').waitFor()
  await inView(bo, 'line 60')
})
