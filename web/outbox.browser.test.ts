// What was said and not confirmed, in a real browser: it outlives reloads, closed and frozen tabs, a killed server, and is said once.
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test, vi, type TestContext } from 'vitest'
import {
  comeIn,
  composer,
  message,
  messages,
  openProfile,
  openStage,
  say,
  type Stage
} from '../infra/testing/browser.ts'
import { startTestServer } from '../infra/testing/chat-server.ts'
import { startChild } from '../infra/testing/child.ts'
import { openProxy, type Proxy } from '../infra/testing/tcp-proxy.ts'

/** A frozen tab is relieved within this time; twice that is allowed to a busy machine. */
const RELIEVED_MS = 3_000
const WAITS = 'Not confirmed yet, retrying'
const DAY_MS = 86_400_000
/** Messages that a room keeps here. */
const HISTORY_LIMIT = 20

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  const complaints = await stage.clear()
  await stage.close()
  expect(complaints).toEqual([])
})

const texts = (page: Page) => messages(page).locator('.row .text').allInnerTexts()
const row = (page: Page, text: string) =>
  messages(page)
    .locator('li.row')
    .filter({ has: page.locator('.said').getByText(text, { exact: true }) })

// Tests at the same time can't share `expect.poll`.
const until = (claim: () => Promise<void>) => vi.waitFor(claim, { timeout: 20_000, interval: 50 })

/** All of these pages show these texts, in this order, and nothing else. */
async function allShow(pages: Page[], wanted: string[]) {
  for (const page of pages) await until(async () => expect(await texts(page)).toEqual(wanted))
}

/** What one test plays on: a server of its own, and computers before it. All of it is gone with the test. */
async function openScene({ onTestFinished }: TestContext) {
  const server = await startTestServer({ webDir: stage.webDir, config: { historyLimit: HISTORY_LIMIT } })
  onTestFinished(() => server.stop())

  const scene = {
    server,
    async profile(): Promise<BrowserContext> {
      const profile = await openProfile(stage.browser)
      onTestFinished(() => profile.close())
      return profile
    },
    async proxy(): Promise<Proxy> {
      const proxy = await openProxy(server.url)
      onTestFinished(() => proxy.close())
      return proxy
    },
    /** Somebody at another computer, whose network is fine. */
    async bo(): Promise<Page> {
      const page = await stage.tab(server.url, await scene.profile())
      await comeIn(page, 'Bo')
      return page
    },
    async ana() {
      const profile = await scene.profile()
      const ana = await stage.tab(server.url, profile)
      await comeIn(ana, 'Ana')
      return { ana, profile }
    },
    /** Ana, and the stretch of network between her and the server. */
    async anaBehindProxy() {
      const [proxy, profile] = [await scene.proxy(), await scene.profile()]
      const ana = await stage.tab(proxy.url, profile)
      await comeIn(ana, 'Ana')
      return { proxy, profile, ana }
    }
  }
  return scene
}

/** The way is open again, and nobody waits for the next attempt. */
async function mend(proxy: Proxy, ...pages: Page[]) {
  proxy.mend()
  for (const page of pages) await page.evaluate(() => dispatchEvent(new Event('online')))
}

/** Another tab of the person whom this browser knows. */
async function anotherTab(profile: BrowserContext, url: string): Promise<Page> {
  const page = await stage.tab(url, profile)
  await page.getByRole('button', { name: /^Continue as/ }).click()
  await messages(page).waitFor()
  return page
}

/** What waits in this browser, whoever said it. */
const waiting = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ text: string; state: string }[]>((done) => {
        const asked = indexedDB.open('taifas', 1)
        asked.addEventListener('success', () => {
          const read = asked.result.transaction('outbox').objectStore('outbox').getAll()
          read.addEventListener('success', () => {
            asked.result.close()
            done(read.result)
          })
        })
      })
  )

/** A tab whose messages get lost on their way, until `mend`. */
async function swallowing(page: Page) {
  const cable = { cut: false }
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const far = socket.connectToServer()
    socket.onMessage((frame) => {
      if (!(cable.cut && String(frame).includes('message:send'))) far.send(frame)
    })
  })
  await page.reload()
  await messages(page).waitFor()
  return cable
}

test('a frozen tab that was to send is relieved by another, and says nothing twice when it wakes up', async (context) => {
  const scene = await openScene(context)
  const bo = await scene.bo()
  const { ana: frozen, profile } = await scene.ana()
  const cable = await swallowing(frozen)
  const other = await anotherTab(profile, scene.server.url)
  cable.cut = true
  await say(frozen, 'stuck')
  await until(async () => expect(await waiting(other)).toMatchObject([{ text: 'stuck', state: 'sending' }]))
  // The answer it waits for doesn't come for five seconds, which it won't notice: its thread is busy for longer.
  const asleep = frozen.evaluate(
    (ms) => {
      const end = Date.now() + ms
      while (Date.now() < end);
    },
    2 * RELIEVED_MS + 1_000
  )
  const start = performance.now()
  await message(bo, 'stuck').waitFor()
  const took = performance.now() - start
  console.log(`a frozen tab was relieved after ${Math.round(took)} ms`)
  expect(took).toBeLessThan(2 * RELIEVED_MS)
  await say(other, 'after it')
  await asleep
  cable.cut = false
  await say(frozen, 'awake')
  await allShow([frozen, other, bo], ['stuck', 'after it', 'awake'])
})

describe.concurrent('at the same time, each on a server of its own', () => {
  test('a message is confirmed in its place and shows what the log holds: one row, all the time', async (context) => {
    const scene = await openScene(context)
    const { proxy, ana } = await scene.anaBehindProxy()
    await ana.evaluate(() => {
      const list = document.querySelector('.timeline')!
      const counts = new Set<number>()
      Object.assign(window, { counts })
      new MutationObserver(() => counts.add(list.querySelectorAll('.row').length)).observe(list, {
        childList: true,
        subtree: true
      })
    })
    proxy.delay(100)
    await say(ana, 'ti\u0007dy')
    const pending = await ana.locator('.row:has(.pending)').elementHandle()
    await message(ana, 'tidy').waitFor()
    await ana.locator('.row:has(.pending)').waitFor({ state: 'detached' })
    expect(await pending.evaluate((row) => [row.isConnected, row.querySelector('.text')?.textContent])).toEqual([
      true,
      'tidy'
    ])
    expect(await ana.evaluate(() => [...(window as unknown as { counts: Set<number> }).counts])).toEqual([1])
    expect(await waiting(ana)).toEqual([])
  })

  test('an answer that is cut off, and a reload: it is tried again, and said once', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { proxy, ana } = await scene.anaBehindProxy()
    const cut = proxy.cutAfterBytes(0, 'down')
    await say(ana, 'one')
    await cut
    await ana.reload()
    await messages(ana).waitFor()
    await say(ana, 'two')
    await allShow([ana, bo], ['one', 'two'])
  })

  test('a tab that is closed while it waits for the answer: another one asks again, and it is said once', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { proxy, profile, ana } = await scene.anaBehindProxy()
    const other = await anotherTab(profile, proxy.url)
    // The answer is on its way this long after the message was heard: time enough to look, and to close the tab.
    proxy.delay(2_000)
    await say(ana, 'one')
    await message(bo, 'one').waitFor()
    expect(await waiting(other)).toMatchObject([{ text: 'one', state: 'sending' }])
    await ana.close()
    proxy.delay(0)
    await until(async () => expect(await waiting(other)).toEqual([]))
    await say(other, 'two')
    await allShow([other, bo], ['one', 'two'])
  })

  test('what is written in a tab that is closed at once is said by another tab, or by the next page', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { ana: first, profile } = await scene.ana()
    const other = await anotherTab(profile, scene.server.url)
    const cable = await swallowing(first)
    cable.cut = true
    await say(first, 'to another tab')
    await first.close()
    await allShow([other, bo], ['to another tab'])

    const last = await swallowing(other)
    last.cut = true
    await say(other, 'to the next page')
    await other.close()
    expect(await texts(bo)).toEqual(['to another tab'])
    const next = await anotherTab(profile, scene.server.url)
    await allShow([next, bo], ['to another tab', 'to the next page'])
  })

  test('two tabs that come back at once: every message once, those of each in their order', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { proxy, profile, ana } = await scene.anaBehindProxy()
    const other = await anotherTab(profile, proxy.url)
    proxy.cut()
    const count = 4
    for (let n = 1; n <= count; n++) for (const page of [ana, other]) await say(page, `${page === ana ? 'a' : 'b'}${n}`)
    await message(other, `a${count}`).waitFor()
    await mend(proxy, ana, other)
    await message(bo, `b${count}`).waitFor()
    await message(bo, `a${count}`).waitFor()
    const order = await texts(bo)
    expect(order).toHaveLength(2 * count)
    for (const who of ['a', 'b'])
      expect(order.filter((text) => text.startsWith(who))).toEqual([1, 2, 3, 4].map((n) => `${who}${n}`))
    await allShow([ana, other], order)
    await until(async () => expect(await waiting(ana)).toEqual([]))
  })

  test('a server that is killed while many messages are on their way, and back: all of them, once, in order', async (context) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'taifas-killed-'))
    context.onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
    const env = { DATA_DIR: dataDir, RATE_BURST: '1000' }
    const doomed = await startChild(env)
    const ana = await stage.tab(doomed.url)
    await comeIn(ana, 'Ana')
    const wanted = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`)
    for (const [n, text] of wanted.entries()) {
      await say(ana, text)
      if (n === 7) await doomed.end('SIGKILL')
    }
    const next = await startChild({ ...env, PORT: new URL(doomed.url).port })
    context.onTestFinished(() => void next.end('SIGKILL'))
    await ana.evaluate(() => dispatchEvent(new Event('online')))
    await ana.locator('.pending').first().waitFor({ state: 'detached' })
    await until(async () => expect(await ana.locator('.pending').count()).toBe(0))
    await ana.reload()
    await allShow([ana], wanted)
  })

  const lan = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

  /** As on plain http in a local network, when this computer has no address there. */
  const withoutLocks = "Object.defineProperty(navigator, 'locks', { value: undefined })"
  const withoutAnything =
    "for (const name of ['indexedDB', 'sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('no') } })"

  test('on an address of the local network a tab keeps and sends its own, says so once, and a reload loses nothing', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const profile = await scene.profile()
    if (!lan) await profile.addInitScript(withoutLocks)
    const ana = await stage.tab(lan ? `http://${lan}:${scene.server.port}` : scene.server.url, profile)
    expect(await ana.evaluate(() => navigator.locks as unknown)).toBeUndefined()
    await comeIn(ana, 'Ana')
    const cable = await swallowing(ana)
    cable.cut = true
    const note = ana.locator('.outbox-note')
    await note.evaluate((note) => {
      const said: string[] = []
      Object.assign(window, { said })
      new MutationObserver(() => note.textContent && said.push(note.textContent)).observe(note, {
        childList: true,
        subtree: true,
        characterData: true
      })
    })
    for (const text of ['one', 'two', 'three']) await say(ana, text)
    await message(ana, 'three').getByText(WAITS).waitFor()
    await ana.getByText('Please leave this tab open').waitFor()
    expect(await ana.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual([
      'What you said is not confirmed yet. Trying again.Please leave this tab open until it is confirmed: this browser keeps it in this tab only.'
    ])
    cable.cut = false
    await ana.reload()
    await allShow([ana, bo], ['one', 'two', 'three'])
    await ana.getByText('Please leave this tab open').waitFor({ state: 'detached' })
  })

  test('in a browser that keeps nothing at all one can come in and talk, and is told to stay', async (context) => {
    const scene = await openScene(context)
    const profile = await scene.profile()
    await profile.addInitScript(withoutAnything)
    const proxy = await scene.proxy()
    const ana = await stage.tab(proxy.url, profile)
    await comeIn(ana, 'Ana')
    proxy.cut()
    await say(ana, 'one')
    await ana.getByText('Please leave this page open').waitFor()
    await mend(proxy, ana)
    await ana.locator('.pending').waitFor({ state: 'detached' })
    await allShow([ana], ['one'])
  })

  test('somebody else in the same browser says nothing of it; it waits for the person who said it', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { ana, profile } = await scene.ana()
    const cable = await swallowing(ana)
    cable.cut = true
    await say(ana, 'in confidence')
    await until(async () => expect(await waiting(ana)).toMatchObject([{ state: 'sending' }]))
    await composer(ana).fill('half a thought')
    const kept = await ana.evaluate(() => Object.fromEntries(Object.entries(sessionStorage)))
    await ana.close()

    const cleo = await stage.tab(scene.server.url, profile)
    await comeIn(cleo, 'Cleo')
    await say(cleo, 'just me')
    await cleo.reload()
    await allShow([cleo, bo], ['just me'])
    expect(await composer(cleo).inputValue()).toBe('')
    expect(await waiting(cleo)).toMatchObject([{ text: 'in confidence' }])

    await profile.addInitScript((kept) => Object.assign(sessionStorage, kept), kept)
    const back = await stage.tab(scene.server.url, profile)
    await allShow([back, bo, cleo], ['just me', 'in confidence'])
    expect(await composer(back).inputValue()).toBe('half a thought')
  })

  test('a refused message says why, and is said otherwise; one that was not tried can be taken back; who leaves leaves nothing behind', async (context) => {
    const scene = await openScene(context)
    const { proxy, ana } = await scene.anaBehindProxy()
    await say(ana, '\u0007')
    await ana.getByText('Not sent: there is nothing in it').waitFor()
    await ana.locator('.fate').getByRole('button', { name: 'Edit' }).click()
    await ana.getByRole('textbox', { name: 'Edit message' }).fill('something')
    await ana.keyboard.press('Enter')
    await allShow([ana], ['something'])
    await ana.locator('.pending, .failed').waitFor({ state: 'detached' })

    proxy.cut()
    await ana.locator('.link-badge').waitFor()
    await say(ana, 'better not')
    await row(ana, 'better not').getByRole('button', { name: 'Discard' }).click()
    await say(ana, 'this')
    await mend(proxy, ana)
    await allShow([ana], ['something', 'this'])
    await ana.reload()
    await allShow([ana], ['something', 'this'])

    proxy.cut()
    await say(ana, 'unsaid')
    await ana.getByRole('button', { name: 'Your settings, Ana' }).click()
    await ana.getByText('1 message of yours is not sent yet.').waitFor()
    await ana.getByRole('button', { name: 'Sign out' }).click()
    await ana.getByRole('textbox', { name: 'Your name' }).waitFor()
    await until(async () => expect(await waiting(ana)).toEqual([]))
  })

  /** Puts a message into this browser's outbox that its person tried eight days ago, and opens the page anew. */
  async function plantOld(page: Page, text: string, version = 1) {
    const said = Date.now() - 8 * DAY_MS
    await page.evaluate(
      ([text, said, v]) =>
        new Promise<void>((done) => {
          const { person } = JSON.parse(sessionStorage.getItem('taifas:session')!) as { person: { id: string } }
          const id = text.replaceAll(' ', '-').padEnd(22, 'x')
          const item = { v, id, person: person.id, room: 'lobby', text, at: said, state: 'sending', triedAt: said }
          const asked = indexedDB.open('taifas', 1)
          asked.addEventListener('success', () => {
            const writing = asked.result.transaction('outbox', 'readwrite')
            writing.objectStore('outbox').put(item)
            writing.addEventListener('complete', () => {
              asked.result.close()
              done()
            })
          })
        }),
      [text, said, version] as const
    )
    await page.reload()
    await messages(page).waitFor()
  }

  test('what was tried a week ago is not sent by itself: the log tells, or a person decides', async (context) => {
    const scene = await openScene(context)
    const { ana } = await scene.anaBehindProxy()
    await plantOld(ana, 'from a newer version', 2)
    await plantOld(ana, 'never kept')
    await row(ana, 'never kept').getByText('This was not sent.').waitFor()
    await row(ana, 'never kept').getByRole('button', { name: 'Discard' }).click()
    await row(ana, 'never kept').waitFor({ state: 'detached' })

    // History that reaches back to the beginning no longer.
    const guest = io(scene.server.url, { transports: ['websocket'] })
    guest.emit('add-user', 'Talker')
    for (let n = 1; n <= 30; n++) guest.emit('new-message', `talk ${n}`)
    await message(ana, 'talk 30').waitFor()
    guest.close()
    await plantOld(ana, 'who knows')
    await row(ana, 'who knows').getByText('This may have been sent already.').waitFor()
    expect(await ana.getByText('from a newer version').count()).toBe(0)
    await row(ana, 'who knows').getByRole('button', { name: 'Send as a new message' }).click()
    await ana.locator('.pending, .failed').waitFor({ state: 'detached' })
    expect((await texts(ana)).slice(-2)).toEqual(['talk 30', 'who knows'])
    expect(await waiting(ana)).toMatchObject([{ v: 2, text: 'from a newer version' }])
  })

  test('a page that the server no longer understands is offered one reload, and goes on when it is understood again', async (context) => {
    const scene = await openScene(context)
    const { ana } = await scene.ana()
    let old = true
    await ana.routeWebSocket(/socket\.io/, (socket) => {
      const far = socket.connectToServer()
      socket.onMessage((frame) => far.send(old ? String(frame).replace('"native","v":1', '"native","v":0') : frame))
    })
    await ana.reload()
    await ana.getByText('A newer Taifas is here.').waitFor()
    await ana.getByRole('button', { name: 'Reload the page' }).click()
    await ana.getByText('do not fit together yet').waitFor()
    expect(await ana.getByRole('button', { name: 'Reload the page' }).count()).toBe(0)
    old = false
    await ana.reload()
    await messages(ana).waitFor()
    old = true
    await ana.reload()
    await ana.getByRole('button', { name: 'Reload the page' }).waitFor()
  })

  test('an answer shows what it answers, leads there, and says when that is gone or not loaded', async (context) => {
    const scene = await openScene(context)
    const bo = await scene.bo()
    const { ana } = await scene.anaBehindProxy()
    await say(ana, 'tea or coffee?')
    await row(bo, 'tea or coffee?').focus()
    await bo.keyboard.press('Tab')
    await bo.keyboard.press('Tab')
    await bo.keyboard.press('Enter')
    await bo.getByText('Replying to Ana tea or coffee?').waitFor()
    expect(await composer(bo).evaluate((box) => box === document.activeElement)).toBe(true)
    await bo.keyboard.press('Escape')
    await bo.getByText('Replying to').waitFor({ state: 'detached' })
    await row(bo, 'tea or coffee?').hover()
    await bo.getByRole('button', { name: 'Reply' }).click()
    await bo.keyboard.type('tea')
    await bo.keyboard.press('Enter')
    await bo.getByText('Replying to').waitFor({ state: 'detached' })
    const quote = row(ana, 'tea').locator('.quote')
    await quote.getByRole('button', { name: 'Ana tea or coffee?' }).click()
    expect(await ana.evaluate(() => document.activeElement?.querySelector('.said .text')?.textContent)).toBe(
      'tea or coffee?'
    )
    await row(ana, 'tea or coffee?').hover()
    await row(ana, 'tea or coffee?').getByRole('button', { name: 'Remove' }).click()
    await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await quote.getByText('a removed message').waitFor()

    const guest = io(scene.server.url, { transports: ['websocket'] })
    guest.emit('add-user', 'Talker')
    for (let n = 1; n <= 20; n++) guest.emit('new-message', `talk ${n}`)
    await message(ana, 'talk 20').waitFor()
    await row(ana, 'tea').hover()
    await ana.getByRole('button', { name: 'Reply' }).first().click()
    await say(ana, 'at last')
    guest.emit('new-message', 'talk 21')
    await message(ana, 'talk 21').waitFor()
    guest.close()
    await ana.reload()
    await row(ana, 'at last').locator('.quote', { hasText: 'an earlier message' }).waitFor()
  })
})
