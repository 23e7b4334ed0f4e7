// The page of the world in a real browser: what it shows and does, and who can use it, before a world that the test makes up. What its
// buttons do to real processes is tried beside this, by the requests that they send.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPages, type Pages } from '../testing/browser.ts'
import { openWorldPage, type RegionState } from './page.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: 'light' } as const
const DESKTOP = { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' } as const

const runs: RegionState = {
  region: 'ams',
  city: 'Amsterdam',
  url: 'http://localhost:4001',
  machine: 'runs',
  pid: 4711,
  network: 'open',
  healthy: true,
  served: { by: 'ams', ms: 3 },
  people: { ams: 2, nrt: 1 },
  roundTrips: { ams: 1, nrt: 233, Redis: 85 }
}
const sleeps: RegionState = { ...runs, region: 'nrt', city: 'Tokyo', machine: 'sleeps', pid: null, healthy: false }

let pages: Pages
let page: Awaited<ReturnType<typeof openWorldPage>>
let regions: RegionState[]
const pressed: string[] = []
beforeAll(async () => {
  pages = await openPages()
  const world = {
    regions: () => Promise.resolve(regions),
    press(region: string, operation: string) {
      pressed.push(`${region} ${operation}`)
      return Promise.resolve()
    }
  }
  page = await openWorldPage(world, 0)
})
afterAll(async () => {
  await page.close()
  await pages.close()
})

it('shows the regions, runs enabled operations by keyboard, and reports changes', async () => {
  regions = [runs, sleeps]
  pressed.length = 0
  const tab = await pages.tab(page.url)
  const card = (name: string) => tab.getByRole('listitem').filter({ has: tab.getByRole('heading', { name }) })
  await card('Amsterdam').getByText('New clients are served here, in 3 ms').waitFor()
  await card('Tokyo').getByText('The next request starts it').waitFor()
  expect(
    await card('Tokyo').getByRole('list', { name: 'as seen from Tokyo' }).getByRole('listitem').allInnerTexts()
  ).toEqual(['Amsterdam 2', 'Tokyo 1'])
  expect(await tab.getByRole('row', { name: 'Tokyo' }).innerText()).toMatch(/1\s+233\s+85$/)

  for (const name of ['Kill', 'Start', 'Mend'] as const) {
    await card('Amsterdam').getByRole('button', { name, exact: true }).focus()
    await tab.keyboard.press('Enter')
  }
  await card('Amsterdam').getByRole('button', { name: 'Restart' }).click()
  await expect.poll(() => pressed).toEqual(['ams kill', 'ams restart'])

  regions = [{ ...runs, machine: 'gone', pid: null, served: null, people: null }, sleeps]
  await tab.getByText('Amsterdam: new clients are served nowhere').waitFor()
  await card('Amsterdam').getByText('unknown').waitFor()
})

it('axe finds nothing on a light phone and a dark desktop, and nothing runs out of the phone', async () => {
  regions = [
    runs,
    { ...runs, region: 'gru', machine: 'stalled', network: 'cut' },
    { ...sleeps, region: 'iad' },
    { ...sleeps, machine: 'gone' }
  ]
  for (const profile of [PHONE, DESKTOP]) {
    const tab = await pages.tab(page.url, profile)
    await tab.getByText('What the buttons do').click()
    await tab.getByRole('button', { name: 'Kill' }).last().waitFor()
    await tab.evaluate(axeSource)
    const { violations } = (await tab.evaluate('axe.run(document)')) as AxeResults
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(profile.viewport.width)
  }
  expect(await pages.clear()).toEqual([])
})
