// The page as an app: it can be installed, opens without the server, and takes a newer build when nobody writes.
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { composer, message, messages, say } from '../../infra/testing/browser.ts'
import { slowness } from '../../infra/testing/slowness.ts'
import type { BuildManifest } from '../../src/http/static.ts'
import { allShow, copiedMessages, useFixture } from './page.fixture.ts'

/** From a reload to messages, on loopback; the best of some, as far as other tests leave the computer to it. */
const RELOAD_MS = 250
const RELOADS = 3
const SHIFT_MAX = 0.02

const chat = useFixture()

/** Somebody whose page opens without the server from now on. */
async function withWorker(name: string, profile?: BrowserContext): Promise<Page> {
  const page = await chat.person(name, profile ?? (await chat.profile({ serviceWorkers: 'allow' })))
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  return page
}

/** The same page as another build: its main script has another name. @returns its folder */
function nextBuild({ worker }: { worker: boolean }): string {
  const folder = newFolder()
  cpSync(chat.pages.webDir, folder, { recursive: true, filter: (file) => !/\.(br|gz)$/.test(file) })
  const [main = ''] = readdirSync(join(folder, 'assets')).filter((file) => /^main-\w+\.js$/.test(file))
  const [page = ''] = readdirSync(join(folder, 'assets')).filter((file) => file.startsWith('page-'))
  const renamed = (text: string) => text.replaceAll(main, 'main-NEXT.js').replaceAll(page, 'page-NEXT.html')
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')
  for (const [from, to] of [
    [`assets/${main}`, 'assets/main-NEXT.js'],
    [`assets/${page}`, 'assets/page-NEXT.html'],
    ['index.html', 'index.html'],
    ['sw.js', 'sw.js']
  ] as const)
    writeFileSync(join(folder, to), renamed(file(from)))
  const manifest = JSON.parse(renamed(file('manifest.json'))) as BuildManifest
  const files = manifest.files.filter((file) => worker || file !== 'sw.js')
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }))
  return folder
}

const script = (page: Page) => page.locator('script[type="module"]').getAttribute('src')

const copied = async (page: Page) => (await copiedMessages(page)).map(({ text }) => text)

/** Runs in the page: when its first message shows, and how far things have moved by themselves. */
function measureStart() {
  const start = { ms: Infinity, shift: 0 }
  Object.assign(window, { start })
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.row .text')) return
    start.ms = performance.now()
    observer.disconnect()
  }).observe(document, { childList: true, subtree: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) start.shift += (entry as PerformanceEntry & { value: number }).value
  }).observe({ type: 'layout-shift', buffered: true })
}

test('without the server, a reload and a new tab show the chat with its banner: messages to read, and an outbox to edit', async () => {
  const profile = await chat.profile({ serviceWorkers: 'allow' })
  const ana = await withWorker('Ana', profile)
  await say(ana, 'one')
  await say(ana, 'two')
  await ana.locator('.me-button').click()
  await ana.getByLabel('Language').selectOption('pl')
  await ana.addInitScript(measureStart)
  const starts: { ms: number; shift: number; busy: number }[] = []
  for (let run = 0; run < RELOADS; run++) {
    const busy = slowness()
    await ana.reload()
    await allShow([ana], ['one', 'two'])
    const start = await ana.evaluate(() => (window as unknown as { start: { ms: number; shift: number } }).start)
    starts.push({ ...start, busy })
  }
  const [ms, busy] = [Math.min(...starts.map(({ ms }) => ms)), Math.min(...starts.map(({ busy }) => busy))]
  const shift = Math.max(...starts.map(({ shift }) => shift))
  console.log(
    `messages ${ms.toFixed()} ms after the start of a reload, on a machine ${busy.toFixed(1)} times slower than alone, layout shift ${shift.toFixed(4)}`
  )
  expect(ms).toBeLessThan(2 * RELOAD_MS * busy)
  expect(shift).toBeLessThan(2 * SHIFT_MAX)
  await expect.poll(() => copied(ana)).toEqual(['one', 'two'])
  await chat.down()
  await profile.setOffline(true)
  await ana.reload()
  await ana.getByText(/^Brak sieci/).waitFor()
  expect(await ana.getByText('Sprawdzam, kto tu jest').count()).toBe(0)
  await profile.setOffline(false)
  await message(ana, 'two').waitFor()
  await say(ana, 'until later')
  await messages(ana).getByRole('button', { name: 'Edytuj' }).click()
  await messages(ana).getByRole('textbox').fill('until now')
  await messages(ana).getByRole('textbox').press('Enter')
  await allShow([ana], ['one', 'two', 'until now (not confirmed)'])
  // As if the app had been killed.
  await ana.close()
  const cold = await chat.tab(profile)
  await cold.getByRole('button', { name: 'Spróbuj teraz' }).waitFor()
  await allShow([cold], ['one', 'two', 'until now (not confirmed)'])
  await chat.up()
  await cold.evaluate(() => dispatchEvent(new Event('online')))
  await allShow([cold], ['one', 'two', 'until now'])
  const stored = await cold.evaluate(async () => {
    const caching = (await caches.keys()).map(async (name) => (await caches.open(name)).keys())
    return (await Promise.all(caching)).flat().map(({ url }) => new URL(url).pathname)
  })
  expect(stored.length).toBeGreaterThan(10)
  expect(stored.filter((path) => !/^\/(assets\/.*|theme\.js|.*icon.*|manifest\.webmanifest)$/.test(path))).toEqual([])
})

test('a removed message leaves the copy when its page learns of it; nothing stays after signing out, or for the next person', async () => {
  const profile = await chat.profile()
  const bea = await chat.person('Bea')
  const ana = await chat.person('Ana', profile)
  await say(bea, 'keep')
  await say(bea, 'regret')
  await expect.poll(() => copied(ana)).toEqual(['keep', 'regret'])
  await ana.close()
  // A notice that Ana left moves the row from under a pointer.
  await message(bea, 'regret').focus()
  await message(bea, 'regret').getByRole('button', { name: 'Remove' }).click()
  await bea.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  const again = await chat.another(profile)
  await expect.poll(() => copied(again)).toEqual(['keep', ''])
  await again.close()
  const next = await chat.person('Dan', profile)
  await say(next, 'mine')
  await expect.poll(() => copied(next)).toEqual(['keep', '', 'mine'])
  await next.locator('.me-button').click()
  await next.getByRole('button', { name: 'Sign out' }).click()
  await expect.poll(() => copied(next)).toEqual([])
})

test('a newer build waits while somebody writes, and is applied when the page is out of view', async () => {
  const ana = await withWorker('Ana')
  const before = await script(ana)
  await composer(ana).fill('half a thou')
  await chat.down()
  await chat.up(nextBuild({ worker: true }))
  await ana.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  await ana.getByText('There is a newer version of Taifas.').waitFor()
  // The files of the build before are there for its pages, although the server has them no more.
  const status = (path: string | null) => ana.evaluate(async (path) => (await fetch(path ?? '')).status, path)
  expect([(await fetch(chat.url + before)).status, await status(before)]).toEqual([404, 200])
  const hide = () =>
    ana.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
  await hide()
  expect(await composer(ana).inputValue()).toBe('half a thou')
  expect(await script(ana)).toBe(before)
  await composer(ana).fill('')
  await hide()
  await expect.poll(() => script(ana).catch(() => null)).toBe('/assets/main-NEXT.js')
  await messages(ana).waitFor()
})

test('while the server answers, its page is shown: a worker that the server has no more holds nobody on its build', async () => {
  const ana = await withWorker('Ana')
  await chat.down()
  await chat.up(nextBuild({ worker: false }))
  await ana.reload()
  await messages(ana).waitFor()
  expect(await script(ana)).toBe('/assets/main-NEXT.js')
})

test('the manifest is complete: every icon has the size it claims, one is maskable, and one is for iOS', async () => {
  const page = await chat.tab()
  const declared = await page.evaluate(async () => {
    const href = (rel: string) => document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`)!.href
    const manifest = (await (await fetch(href('manifest'))).json()) as Record<string, unknown> & {
      icons: { src: string; sizes: string; purpose?: string }[]
    }
    const size = async (src: string) => {
      const image = Object.assign(new Image(), { src })
      await image.decode()
      return `${image.naturalWidth}x${image.naturalHeight}`
    }
    const icons = manifest.icons.filter(({ sizes }) => sizes !== 'any')
    return {
      manifest,
      claimed: icons.map(({ sizes }) => sizes),
      real: await Promise.all(icons.map(({ src }) => size(src))),
      maskable: icons.filter(({ purpose }) => purpose === 'maskable').length,
      apple: await size(href('apple-touch-icon'))
    }
  })
  expect(declared.manifest).toMatchObject({
    id: '/',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    name: 'Taifas'
  })
  expect(declared.real).toEqual(declared.claimed)
  expect(declared.real).toEqual(expect.arrayContaining(['192x192', '512x512']))
  expect([declared.maskable, declared.apple]).toEqual([1, '180x180'])
})
