// Draws twelve states of the page on one sheet, to look at: phone and desktop, light, dark and forced colors, in three languages.
// `node infra/dev/contact-sheet.ts [file]` writes contact-sheet.png.
import { resolve } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { LOBBY, newId, type SessionAnswer } from '../../src/contract.ts'
import { openPages } from '../testing/browser.ts'
import { startTestServer } from '../testing/chat-server.ts'
import { closeClients, connectNative } from '../testing/clients.ts'

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true }
const DESKTOP: BrowserContextOptions = { viewport: { width: 1240, height: 780 } }
const DARK = { colorScheme: 'dark' } as const
const SETTLED_MS = 600

type Steps = (page: Page) => Promise<unknown>
const press = (selector: string) => (page: Page) => page.locator(selector).first().click()
const type = (text: string) => (page: Page) => page.locator('.composer textarea').pressSequentially(text)
const inTurn =
  (...steps: Steps[]): Steps =>
  async (page) => {
    for (const step of steps) await step(page)
  }
/** On a phone the settings are behind the list of rooms. */
const settings = (section: string): Steps =>
  inTurn(
    async (page) => {
      const menu = page.locator('.room-head > .icon-button:first-child')
      if (await menu.isVisible()) await menu.click()
    },
    press('.me-button'),
    press(`.settings [data-section=${section}]`)
  )

const states: readonly [title: string, options: BrowserContextOptions, steps: Steps | null][] = [
  ['sign-in', PHONE, null],
  ['conversation', { ...DESKTOP, locale: 'pl' }, inTurn()],
  ['conversation', { ...PHONE, ...DARK, locale: 'ro' }, inTurn()],
  ['rooms', { ...PHONE, locale: 'pl' }, press('.room-head > .icon-button:first-child')],
  ['actions', { ...DESKTOP, ...DARK }, (page) => page.locator('.row').first().focus()],
  ['emoji', PHONE, press('.composer .icon-button >> nth=-1')],
  ['completion', { ...DESKTOP, forcedColors: 'active' }, type('see you :tea')],
  ['chooser', { ...DESKTOP, locale: 'ro' }, (page) => page.keyboard.press('Control+k')],
  ['profile', { ...PHONE, ...DARK }, settings('profile')],
  ['devices', { ...DESKTOP, locale: 'pl' }, settings('devices')],
  ['people', { ...DESKTOP, ...DARK, locale: 'ro' }, settings('people')],
  ['reports', { ...PHONE, locale: 'pl' }, settings('reports')]
]

/** Closing takes a moment in which nothing else keeps the process. */
const open = setInterval(() => {}, 1_000)
const file = resolve(process.argv[2] ?? 'contact-sheet.png')
const view = await openPages()
const server = await startTestServer({ webDir: view.webDir })
const talkers = await Promise.all(['Łukasz', 'Ștefania', 'Ana Maria'].map((name) => connectNative(server.url, name)))
for (const [n, text] of [
  'Who brings the **tea** tomorrow?',
  'I do. And there is cake:\n- apple\n- plum',
  '> And there is cake\nThen I come, too 🎉'
].entries()) {
  const client = talkers[n]!
  const id = newId()
  await client.ask('room:open', { room: LOBBY })
  await client.ask('message:send', { room: LOBBY, id, text })
  if (n === 1) await talkers[0]!.ask('message:report', { room: LOBBY, message: id, reason: 'No apples, please' })
}

const pictures: string[] = []
for (const [n, [title, options, steps]] of states.entries()) {
  const page = await view.tab(server.url, { reducedMotion: 'reduce', ...options })
  if (steps) {
    await page.locator('.sign-in input').fill(`Iulia ${n}`)
    await page.keyboard.press('Enter')
    await page.locator('.row').first().waitFor()
    const stored = await page.evaluate(() => sessionStorage.getItem('taifas:session'))
    await server.standings.raise((JSON.parse(stored ?? '') as SessionAnswer).person.id, 'moderator')
    await steps(page)
  }
  await page.waitForTimeout(SETTLED_MS)
  const picture = (await page.screenshot()).toString('base64')
  pictures.push(`<figure><img src="data:image/png;base64,${picture}"><figcaption>${title}</figcaption></figure>`)
  await page.context().close()
}
const sheet = await (await view.browser.newContext({ viewport: { width: 1800, height: 900 } })).newPage()
await sheet.setContent(
  `<style>body{display:flex;flex-wrap:wrap;gap:16px;font:16px sans-serif;background:#888}figure{margin:0}img{height:440px}</style>${pictures.join('')}`
)
await sheet.screenshot({ path: file, fullPage: true })
console.log(file)
closeClients()
await view.close()
await view.browser.close()
await server.stop()
clearInterval(open)
