// What was said and not confirmed, in a real browser: it outlives reloads, closed and frozen tabs and a killed server, and is said once.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { comeIn, message, messages, say, texts } from '../../infra/testing/browser.ts'
import { startChild } from '../../infra/testing/child.ts'
import { ANSWERS, layCable } from './network.fixture.ts'
import { untilWaiting } from './outbox.fixture.ts'
import { allShow, mend, setScene } from './page.fixture.ts'

const scene = setScene()

/** From now on this tab hangs on a cable of its own. */
async function onCable(page: Page) {
  const cable = await layCable(page)
  await page.reload()
  await messages(page).waitFor()
  return cable
}

test('a message is confirmed in its place and shows what the log holds: one row, all the time', async () => {
  const ana = await scene.person('Ana')
  // Watched from inside: nothing that the page shows, however shortly, goes unseen.
  await ana.evaluate(() => {
    const list = document.querySelector('.timeline')!
    const seen = { counts: new Set<number>(), pending: null as Element | null }
    Object.assign(window, { seen })
    new MutationObserver(() => {
      seen.counts.add(list.querySelectorAll('.row').length)
      seen.pending ??= list.querySelector('.row:has(.pending)')
    }).observe(list, { childList: true, subtree: true })
  })
  await say(ana, 'ti\u0007dy')
  await allShow([ana], ['tidy'])
  const seen = await ana.evaluate(() => {
    const { counts, pending } = (window as unknown as { seen: { counts: Set<number>; pending: Element } }).seen
    return { counts: [...counts], inItsPlace: pending === document.querySelector('.timeline .row') }
  })
  expect(seen).toEqual({ counts: [1], inItsPlace: true })
  await untilWaiting(ana, [])
})

test('an answer that is lost, and a reload: it is said once', async () => {
  const bo = await scene.person('Bo')
  const profile = await scene.profile()
  const cable = await layCable(profile)
  const ana = await scene.person('Ana', profile)
  cable.down = ANSWERS
  await say(ana, 'one')
  await message(bo, 'one').waitFor()
  await untilWaiting(ana, [{ text: 'one' }])
  cable.down = null
  await ana.reload()
  await messages(ana).waitFor()
  await say(ana, 'two')
  await allShow([ana, bo], ['one', 'two'])
})

test('a tab that is closed while it waits for the answer: another one asks again, and it is said once', async () => {
  const bo = await scene.person('Bo')
  const profile = await scene.profile()
  const cable = await layCable(profile)
  const ana = await scene.person('Ana', profile)
  const other = await scene.another(profile)
  // No tab hears of it, so that none finds it in its log.
  cable.down = ANSWERS
  await say(ana, 'one')
  await message(bo, 'one').waitFor()
  await untilWaiting(other, [{ text: 'one', triedAt: expect.any(Number) as number }])
  cable.down = null
  await ana.close()
  await untilWaiting(other, [])
  await say(other, 'two')
  await allShow([other, bo], ['one', 'two'])
})

test('what is written in a tab that is closed at once is said by another tab, or by the next page', async () => {
  const bo = await scene.person('Bo')
  const profile = await scene.profile()
  const first = await scene.person('Ana', profile)
  const other = await scene.another(profile)
  const cable = await onCable(first)
  cable.up = /message:send/
  await say(first, 'to another tab')
  await first.close()
  await allShow([other, bo], ['to another tab'])

  const last = await onCable(other)
  last.up = /message:send/
  await say(other, 'to the next page')
  await other.close()
  expect(await texts(bo)).toEqual(['to another tab'])
  const next = await scene.another(profile)
  await allShow([next, bo], ['to another tab', 'to the next page'])
})

test('two tabs that come back at once: every message once, those of each in their order', async () => {
  const bo = await scene.person('Bo')
  const [way, profile] = [await scene.way(), await scene.profile()]
  const ana = await scene.person('Ana', profile, way.url)
  const other = await scene.another(profile, way.url)
  way.cut()
  for (const n of [1, 2, 3, 4]) for (const page of [ana, other]) await say(page, `${page === ana ? 'a' : 'b'}${n}`)
  await message(other, 'a4').waitFor()
  await mend(way, ana, other)
  for (const last of ['a4', 'b4']) await message(bo, last).waitFor()
  const order = await texts(bo)
  expect(order).toHaveLength(8)
  expect(order.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4'])
  expect(order.filter((text) => text.startsWith('b'))).toEqual(['b1', 'b2', 'b3', 'b4'])
  await allShow([ana, other], order)
  await untilWaiting(ana, [])
})

/** The tab's thread stands still, as that of a frozen one does, until it is let go. */
async function freeze(page: Page) {
  const { promise: until, resolve: thaw } = Promise.withResolvers<void>()
  const { promise: stands, resolve: frozen } = Promise.withResolvers<void>()
  await page.route('**/a-long-night', async (route) => {
    frozen()
    await until
    await route.fulfill({ body: '' })
  })
  // A request of the kind that nothing else goes on beside.
  const awake = page.evaluate(() => {
    const night = new XMLHttpRequest()
    night.open('GET', '/a-long-night', false)
    night.send()
  })
  await stands
  return () => {
    thaw()
    return awake
  }
}

test('a frozen tab holds up no other, and sends its messages once when it wakes up', async () => {
  const bo = await scene.person('Bo')
  const profile = await scene.profile()
  const sleeper = await scene.person('Ana', profile)
  const cable = await onCable(sleeper)
  const other = await scene.another(profile)
  cable.up = /message:send/
  await say(sleeper, 'stuck')
  await message(other, 'stuck').waitFor()
  const wake = await freeze(sleeper)
  await say(other, 'goes through')
  await allShow([bo], ['goes through'])
  cable.up = null
  await wake()
  await message(bo, 'stuck').waitFor()
  await say(sleeper, 'awake')
  await allShow([sleeper, other, bo], ['goes through', 'stuck', 'awake'])
})

test('a server that is killed while many messages are on their way, and back: all of them, once, in order', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'taifas-killed-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const env = { DATA_DIR: dataDir, RATE_BURST: '1000' }
  const doomed = await startChild(env)
  const ana = await scene.tab({}, doomed.url)
  await comeIn(ana, 'Ana')
  const wanted = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`)
  for (const [n, text] of wanted.entries()) {
    await say(ana, text)
    if (n === 7) await doomed.end('SIGKILL')
  }
  const next = await startChild({ ...env, PORT: new URL(doomed.url).port })
  onTestFinished(() => void next.end('SIGKILL'))
  await ana.evaluate(() => dispatchEvent(new Event('online')))
  await allShow([ana], wanted)
  await ana.reload()
  await allShow([ana], wanted)
})
