// Unconfirmed messages in a real browser: they survive reloads, closed and frozen tabs and a killed server, and are posted once.
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { buildServer } from '../../infra/build/build-server.ts'
import { comeIn, message, messages, say, texts } from '../../infra/testing/browser.ts'
import { startChild } from '../../infra/testing/child.ts'
import { ANSWERS, layCable } from './network.fixture.ts'
import { untilWaiting } from './outbox.fixture.ts'
import { allShow, mend, useFixture } from './page.fixture.ts'

const fixture = useFixture()

/** From now on this tab has a network of its own. */
async function onCable(page: Page) {
  const cable = await layCable(page)
  await page.reload()
  await messages(page).waitFor()
  return cable
}

test('a message is confirmed in its place and shows the stored text: one row, all the time', async () => {
  const ana = await fixture.person('Ana')
  // A MutationObserver sees every state of the page, however short.
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

test('after a lost answer and a reload the message is posted once', async () => {
  const bo = await fixture.person('Bo')
  const profile = await fixture.profile()
  const cable = await layCable(profile)
  const ana = await fixture.person('Ana', profile)
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

test('another tab, or the next page, sends what was written in a tab that closed at once', async () => {
  const bo = await fixture.person('Bo')
  const profile = await fixture.profile()
  const first = await fixture.person('Ana', profile)
  const other = await fixture.another(profile)
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
  const next = await fixture.another(profile)
  await allShow([next, bo], ['to another tab', 'to the next page'])
})

test('two tabs that reconnect together post every message once, each tab’s in order', async () => {
  const bo = await fixture.person('Bo')
  const [way, profile] = [await fixture.way(), await fixture.profile()]
  const ana = await fixture.person('Ana', profile, way.url)
  const other = await fixture.another(profile, way.url)
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

/** Blocks the tab's thread, as in a frozen tab, until the returned function is called. */
async function freeze(page: Page) {
  const { promise: until, resolve: thaw } = Promise.withResolvers<void>()
  const { promise: stands, resolve: frozen } = Promise.withResolvers<void>()
  await page.route('**/a-long-night', async (route) => {
    frozen()
    await until
    await route.fulfill({ body: '' })
  })
  // A synchronous request blocks everything else.
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
  const bo = await fixture.person('Bo')
  const profile = await fixture.profile()
  const sleeper = await fixture.person('Ana', profile)
  const cable = await onCable(sleeper)
  const other = await fixture.another(profile)
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

test('a server killed with many messages in flight posts all of them once, in order, after its restart', async () => {
  const dataDir = newFolder()
  const env = { DATA_DIR: dataDir, RATE_BURST: '1000' }
  // A bundle serves the page that is built beside it.
  const program = join(dirname(fixture.pages.webDir), 'server.js')
  await buildServer({ outFile: program })
  const doomed = await startChild(env, [program])
  const ana = await fixture.tab({}, doomed.url)
  await comeIn(ana, 'Ana')
  const wanted = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`)
  for (const [n, text] of wanted.entries()) {
    await say(ana, text)
    if (n === 7) await doomed.end('SIGKILL')
  }
  const next = await startChild({ ...env, PORT: new URL(doomed.url).port }, [program])
  onTestFinished(() => void next.end('SIGKILL'))
  await ana.evaluate(() => dispatchEvent(new Event('online')))
  await allShow([ana], wanted)
  await ana.reload()
  await allShow([ana], wanted)
})
