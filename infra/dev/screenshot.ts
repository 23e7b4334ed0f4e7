// Makes the README's pictures, infra/screenshot.webp and infra/screenshot-phone.webp: a real conversation between two instances in two
// regions on one Redis.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { comeIn, composer, messageWith, openPages, say } from '../testing/browser.ts'
import { startTestServer, untilReady } from '../testing/chat-server.ts'
import type { SessionAnswer } from '../../src/contract.ts'
import { startRedis } from '../testing/redis-server.ts'

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 800 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  colorScheme: 'dark'
}
const QUALITY = 82

const redis = await startRedis()
const pages = await openPages()
const options = { redisUrl: redis.url, webDir: pages.webDir, env: { GUEST_PROTOCOLS: 'on' } }
const warsaw = await startTestServer({ ...options, instance: 'one', region: 'waw' })
const saoPaulo = await startTestServer({ ...options, instance: 'two', region: 'gru' })
await untilReady(warsaw, saoPaulo)

/** Everyone sees what one says before the next speaks, as in a talk. */
async function talk(page: Page, ...texts: string[]) {
  for (const text of texts) {
    await say(page, text)
    for (const other of everyone) await messageWith(other, text.slice(0, 30)).waitFor()
  }
}

async function react(page: Page, text: string, emoji: string) {
  await messageWith(page, text).hover()
  const row = messageWith(page, text)
  await row.getByRole('button', { name: 'React' }).click()
  await row.getByRole('button', { name: emoji, exact: true }).click()
  await row.locator('.reaction', { hasText: emoji }).waitFor()
}

async function newRoom(page: Page, title: string) {
  await page.getByRole('button', { name: 'New room' }).click()
  await page.getByRole('textbox', { name: 'Name of the room' }).fill(title)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: title }).waitFor()
}

const ana = await pages.tab(warsaw.url)
const tomek = await pages.tab(warsaw.url)
const luiza = await pages.tab(saoPaulo.url)
const radu = await pages.tab(saoPaulo.url, PHONE)
await comeIn(ana, 'Ana')
const { person } = JSON.parse(
  (await ana.evaluate<string | null>(`sessionStorage.getItem('taifas:session')`)) ?? ''
) as SessionAnswer
await warsaw.standings.raise(person.id, 'moderator')
await newRoom(ana, 'Recipes')
await newRoom(ana, 'Sunday walks')
await ana.getByRole('link', { name: 'Recipes' }).click()
await ana.getByRole('link', { name: 'Lobby' }).click()
await comeIn(tomek, 'Tomek')
await comeIn(luiza, 'Luiza')
const everyone = [ana, tomek, luiza]

await talk(tomek, 'Good morning! First frost here, the bus windows look like lace.')
await talk(
  luiza,
  'Morning? It is past midnight in São Paulo and still 26 degrees.',
  'I would trade half of it for some lace.'
)
await react(tomek, 'some lace', '😂')
await react(ana, 'some lace', '😂')
await talk(
  ana,
  'Deal. The kettle is on, who joins?',
  'Walnut cake, from https://example.org/walnut-cake:\n1. whisk **six** eggs with the sugar\n2. fold in the nuts, *slowly*'
)
await react(luiza, 'Walnut cake', '❤️')
await react(tomek, 'Walnut cake', '❤️')
await messageWith(ana, 'Walnut cake').hover()
await messageWith(ana, 'Walnut cake').getByRole('button', { name: 'Pin', exact: true }).click()
await comeIn(radu, 'Radu')
everyone.push(radu)
await radu.goto(`${saoPaulo.url}/#/sunday-walks`)
await radu.getByRole('heading', { name: 'Sunday walks' }).waitFor()
await send(radu, 'Ten o’clock at the old bridge?')
await radu.goto(`${saoPaulo.url}/#/lobby`)
await radu.getByRole('heading', { name: 'Lobby' }).waitFor()
await send(radu, 'I saw “cake” and came running. Bună tuturor!')
await messageWith(ana, 'came running').waitFor()
await talk(tomek, '@Ana keep the last slice for me, please')
await ana.getByRole('link', { name: 'Sunday walks' }).locator('.badge').waitFor()
await composer(luiza).pressSequentially('Save me a slice')
for (const page of [ana, radu]) await page.getByText('Luiza is typing…').waitFor()
await ana.mouse.move(640, 20)
await picture(ana, 'screenshot.webp')
await picture(radu, 'screenshot-phone.webp')

/** On a phone Enter begins a line. */
async function send(page: Page, text: string) {
  await composer(page).fill(text)
  await page.getByRole('button', { name: 'Send' }).tap()
}

async function picture(page: Page, name: string) {
  const file = join(import.meta.dirname, '..', name)
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
  await writeFile(file, data, 'base64')
  console.log(`${file}: ${Buffer.from(data, 'base64').length} bytes`)
}

await pages.close()
await pages.browser.close()
await warsaw.stop()
await saoPaulo.stop()
await redis.stop()
