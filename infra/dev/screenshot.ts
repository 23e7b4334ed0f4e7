// Makes the README's picture, infra/screenshot.webp: a real conversation between two instances in two regions on one Redis.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { comeIn, composer, messageWith, openStage, say } from '../testing/browser.ts'
import { startTestServer, untilReady } from '../testing/chat-server.ts'
import { startRedis } from '../testing/redis-server.ts'

const FILE = join(import.meta.dirname, '../screenshot.webp')
const QUALITY = 82

const redis = await startRedis()
const stage = await openStage()
const options = { redisUrl: redis.url, webDir: stage.webDir, env: { GUEST_PROTOCOLS: 'on' } }
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
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: title }).waitFor()
}

const ana = await stage.tab(warsaw.url)
const tomek = await stage.tab(warsaw.url)
const luiza = await stage.tab(saoPaulo.url)
const radu = await stage.tab(saoPaulo.url)
await comeIn(ana, 'Ana')
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
  'There is walnut cake left from yesterday: https://example.org/walnut-cake'
)
await react(luiza, 'walnut cake', '❤️')
await react(tomek, 'walnut cake', '❤️')
await comeIn(radu, 'Radu')
await radu.getByRole('link', { name: 'Sunday walks' }).click()
await radu.getByRole('heading', { name: 'Sunday walks' }).waitFor()
await say(radu, 'Ten o’clock at the old bridge?')
await radu.getByRole('link', { name: 'Lobby' }).click()
await radu.getByRole('heading', { name: 'Lobby' }).waitFor()
everyone.push(radu)
await talk(radu, 'I saw “cake” and came running. Bună tuturor!')
await talk(tomek, 'Of course you did.')
await ana.getByRole('link', { name: 'Sunday walks' }).locator('.badge').waitFor()
await composer(luiza).pressSequentially('Save me a slice')
await ana.getByText('Luiza is typing…').waitFor()
await ana.mouse.move(640, 20)

const session = await ana.context().newCDPSession(ana)
const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
await writeFile(FILE, data, 'base64')
console.log(`${FILE}: ${Buffer.from(data, 'base64').length} bytes`)

await stage.close()
await stage.browser.close()
await warsaw.stop()
await saoPaulo.stop()
await redis.stop()
