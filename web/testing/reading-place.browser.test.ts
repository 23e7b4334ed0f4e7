// What is read stays where it is: whatever grows above, however the screen is turned, over a reload, in another room and back, and
// after thousands of messages were missed.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, message, messages, texts } from '../../infra/testing/browser.ts'
import { LOBBY, newId } from '../../src/contract.ts'
import { mend, useFixture } from './page.fixture.ts'

const LINES = 80
/** More than a catch-up brings. */
const MISSED = 2_500
const TALL = Array.from({ length: 10 }, (_, n) => `row ${n}`).join('\n')
const UPRIGHT = { width: 390, height: 844 }
const TURNED = { width: 844, height: 390 }
const MOVES_MAX_PX = 1

const chat = useFixture({ config: { rate: { burst: 100_000, perSecond: 100_000 } } })

/** Somebody who writes without a page. */
function talker(name = 'Talker') {
  const { server } = chat
  const caller = { person: { id: newId(), key: newId(), name, moderator: false }, name, address: name }
  return {
    say: (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from + 1 }, (_, n) =>
          server.chat.send(caller, { room: LOBBY, id: newId(), text: `line ${from + n}` })
        )
      ),
    edit: (target: string, text: string) =>
      server.chat.edit(caller, { room: LOBBY, id: newId(), message: target, text }),
    react: (target: string) =>
      server.chat.react(caller, { room: LOBBY, id: newId(), message: target, emoji: '👍', on: true }),
    remove: (target: string) => server.chat.remove(caller, { room: LOBBY, id: newId(), message: target })
  }
}

/** Scrolls up in what is loaded. Returns the first row in view: its text, and its distance from the upper edge. */
const readFurtherUp = (page: Page) =>
  messages(page).evaluate(async (list) => {
    list.scrollTop = list.scrollHeight / 3
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    const edge = list.getBoundingClientRect().top
    const row = [...list.querySelectorAll('.row')].find((each) => each.getBoundingClientRect().top >= edge)!
    return { text: row.querySelector('.text')!.textContent, top: row.getBoundingClientRect().top - edge }
  })

async function topOf(page: Page, text: string): Promise<number> {
  const row = message(page, text)
  await row.waitFor()
  return row.evaluate((each) => {
    // What the observers of sizes do comes before the second frame.
    const frames = new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    return frames.then(() => each.getBoundingClientRect().top - each.closest('.scroller')!.getBoundingClientRect().top)
  })
}

const idOf = async (page: Page, text: string) =>
  (await message(page, text).getAttribute('id'))!.slice('message-'.length)
const before = (text: string, rows: number) => `line ${Number(text.slice(5)) - rows}`

test('edits, reactions, removals, new messages, a growing text box and a turned phone move the row that is read by at most 1 px', async () => {
  const writer = talker()
  await writer.say(1, LINES)
  const page = await chat.person('Ana', { viewport: UPRIGHT })
  await message(page, `line ${LINES}`).waitFor()
  const { text, top } = await readFurtherUp(page)
  const [edited, reacted, removed] = await Promise.all([2, 3, 4].map((rows) => idOf(page, before(text, rows))))
  const moved: [string, number][] = []
  const measure = async (what: string) => moved.push([what, Math.abs((await topOf(page, text)) - top)])

  await writer.edit(edited!, TALL)
  await page.getByText('row 9').waitFor({ state: 'attached' })
  await measure('an edit above')
  await writer.react(reacted!)
  await page.locator('.reaction').waitFor({ state: 'attached' })
  await measure('a first reaction above')
  await writer.remove(removed!)
  await page.locator('.tombstone').waitFor({ state: 'attached' })
  await measure('a removal above')
  await writer.say(LINES + 1, LINES + 5)
  await page.getByRole('button', { name: '5 new messages below' }).waitFor()
  expect(await page.locator('.new-line').count()).toBe(1)
  await measure('new messages below')
  await composer(page).fill(TALL)
  await measure('a tall text box')
  await page.setViewportSize(TURNED)
  await composer(page).fill('')
  await measure('a turned phone')
  await page.setViewportSize(UPRIGHT)
  await measure('the phone turned back')
  console.log(moved.map(([what, px]) => `${what}: ${px.toFixed(2)} px`).join(', '))
  expect(moved.filter(([, px]) => px > MOVES_MAX_PX)).toEqual([])

  // Nearly at the end, nothing moves either, and a new message is followed.
  await messages(page).evaluate((list) => (list.scrollTop = list.scrollHeight - list.clientHeight - 40))
  await page.locator('.to-end').waitFor({ state: 'detached' })
  const last = `line ${LINES + 5}`
  const was = await topOf(page, last)
  await writer.react(await idOf(page, `line ${LINES + 1}`))
  await expect.poll(() => page.locator('.reaction').count()).toBe(2)
  expect(Math.abs((await topOf(page, last)) - was)).toBeLessThanOrEqual(MOVES_MAX_PX)
  await writer.say(LINES + 6, LINES + 6)
  await message(page, `line ${LINES + 6}`).waitFor()
  await expect.poll(() => messages(page).evaluate((l) => l.scrollHeight - l.scrollTop - l.clientHeight)).toBeLessThan(2)
})

test('a reload and a look into another room keep the position, also when it is far above the newest messages', async () => {
  const writer = talker()
  await writer.say(1, 300)
  const page = await chat.person('Ana')
  await message(page, 'line 300').waitFor()
  for (let pages = 0; pages < 3; pages++) {
    const shown = (await texts(page)).length
    await messages(page).evaluate((list) => (list.scrollTop = 0))
    await expect.poll(async () => (await texts(page)).length).toBeGreaterThan(shown)
  }
  const { text, top } = await readFurtherUp(page)
  await page.reload()
  expect(Math.abs((await topOf(page, text)) - top)).toBeLessThanOrEqual(MOVES_MAX_PX)

  await page.getByRole('button', { name: 'New room' }).click()
  await page.getByLabel('Name of the room').fill('Tea')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Tea' }).waitFor()
  await writer.say(301, 303)
  await page.locator('.room-link[href="#/lobby"]', { has: page.getByText('3', { exact: true }) }).click()
  expect(Math.abs((await topOf(page, text)) - top)).toBeLessThanOrEqual(MOVES_MAX_PX)
  await page.getByRole('button', { name: '3 new messages below' }).click()
  await message(page, 'line 303').waitFor()
})

test('after 2,500 missed messages the row that is read stays, all of them are counted, and a line is above the first', async () => {
  const writer = talker()
  await writer.say(1, LINES)
  const way = await chat.way()
  const page = await chat.person('Ana', {}, way.url)
  await message(page, `line ${LINES}`).waitFor()
  const { text, top } = await readFurtherUp(page)
  way.cut()
  await page.locator('.link-badge').waitFor()
  for (let sent = 0; sent < MISSED; sent += 500) await writer.say(LINES + sent + 1, LINES + sent + 500)
  await mend(way, page)
  await page.getByRole('button', { name: '2,500 new messages below' }).waitFor()
  expect(Math.abs((await topOf(page, text)) - top)).toBeLessThanOrEqual(MOVES_MAX_PX)
  const newer = page.getByRole('button', { name: 'Show newer messages' })
  await newer.scrollIntoViewIfNeeded()
  await page.locator('.new-line').waitFor({ state: 'attached' })
  expect(await page.locator('.new-line + .row').innerText()).toContain(`line ${LINES + 1}`)
})
