// Makes the README's second picture, infra/world/world.webp: the page of `npm run world` with people in its regions, one of which has
// just been lost.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPages } from '../testing/browser.ts'
import { openScreen, type Screen } from '../testing/screen.ts'
import { openWorld } from './world.ts'

const FILE = join(import.meta.dirname, 'world.webp')
const QUALITY = 70
const VIEW = { width: 1280, height: 740 }
const PEOPLE = { ams: ['Ana', 'Tomek', 'Radu'], iad: ['Mary', 'Luiza'], nrt: ['Yuki', 'Ren', 'Aoi', 'Sora'] }

const world = await openWorld({ checkEveryMs: 500 })
const pages = await openPages()
const urls = new Map((await world.regions()).map(({ region, url }) => [region, url]))
const screens: Screen[] = []
for (const [region, names] of Object.entries(PEOPLE))
  for (const name of names) screens.push(await openScreen({ name, urls: [urls.get(region) ?? ''] }))

const page = await pages.tab(world.url, { viewport: VIEW })
const card = (city: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: city }) })
await card('Tokyo').getByText('Tokyo 4').waitFor()
await card('Amsterdam').getByRole('button', { name: 'Kill' }).click()
await card('Amsterdam').getByText('New clients are served in Virginia').waitFor()
await card('Tokyo').getByText('Virginia 5').waitFor()
await page.mouse.move(0, 0)

const session = await page.context().newCDPSession(page)
const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
await writeFile(FILE, data, 'base64')
console.log(`${FILE}: ${Buffer.from(data, 'base64').length} bytes`)

for (const screen of screens) screen.close()
await pages.close()
await pages.browser.close()
await world.close()
