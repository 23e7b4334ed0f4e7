// The fixture of browser tests: a server for each test, and browser profiles. The tests of a file share one browser and one built
// page. After each test the browser must have reported no error.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { comeIn, goOn, messages, openProfile, openPages, type Pages } from '../../infra/testing/browser.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient, type TestClient } from '../../infra/testing/clients.ts'
import { UNLIMITED_RATE } from '../../infra/testing/cluster.fixture.ts'
import type { Message } from '../../src/contract.ts'
import { openProxy, type Proxy } from '../../infra/testing/tcp-proxy.ts'

export interface Fixture {
  readonly server: TestServer
  readonly url: string
  readonly pages: Pages
  /** The server ends, as at a restart, and comes back on the same port with what it had kept, perhaps with another build of the page. */
  down(): Promise<void>
  up(webDir?: string): Promise<void>
  /** A stretch of network before the server. */
  way(): Promise<Proxy>
  /** Another computer: tabs in one share what its browser keeps. */
  profile(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A tab of a new computer, or of one that is given; `at` another address than the server's own. */
  tab(profile?: BrowserContextOptions | BrowserContext, at?: string): Promise<Page>
  /** The same, and somebody has come in there. */
  person(name: string, profile?: BrowserContextOptions | BrowserContext, at?: string): Promise<Page>
  /** Another tab of the person whom this computer's browser knows. */
  another(profile: BrowserContext, at?: string): Promise<Page>
  /** Somebody with a compatible client. */
  guest(name: string): Promise<TestClient>
}

/** For a whole file; what is in it may be asked for within its tests only. */
export function useFixture(options: Pick<TestServerOptions, 'config' | 'region' | 'presenceTiming'> = {}): Fixture {
  let pages: Pages
  let server: TestServer
  let dataDir: string
  let ways: Proxy[] = []

  const start = (port = 0, webDir = pages.webDir) =>
    startTestServer({
      ...options,
      webDir,
      config: { ...UNLIMITED_RATE, ...options.config, dataDir, port }
    })

  beforeAll(async () => {
    pages = await openPages()
  })
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'taifas-chat-'))
    server = await start()
  })
  afterEach(async () => {
    const complaints = await pages.clear()
    closeClients()
    for (const way of ways) await way.close()
    ways = []
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
    expect(complaints).toEqual([])
  })
  afterAll(() => pages.close())

  const fixture: Fixture = {
    get server() {
      return server
    },
    get url() {
      return server.url
    },
    get pages() {
      return pages
    },
    down: () => server.stop(),
    async up(webDir) {
      server = await start(server.port, webDir)
    },
    async way() {
      const way = await openProxy(server.url)
      ways.push(way)
      return way
    },
    profile: (options) => openProfile(pages.browser, options),
    tab: (profile, at = server.url) => pages.tab(at, profile),
    async person(name, profile, at) {
      const page = await fixture.tab(profile, at)
      await comeIn(page, name)
      return page
    },
    async another(profile, at) {
      const page = await fixture.tab(profile, at)
      await goOn(page)
      return page
    },
    async guest(name) {
      const guest = await connectClient(server.url, { transports: ['websocket'] })
      guest.emit('add-user', name)
      return guest
    }
  }
  return fixture
}

/** What stands in the rows of a page, from top to bottom; what isn't confirmed says so. */
const rows = (page: Page) =>
  messages(page)
    .locator('.row .text')
    .evaluateAll((all) =>
      all.map((text) => (text as HTMLElement).innerText + (text.closest('.pending, .failed') ? ' (not confirmed)' : ''))
    )

/** All of these pages show these texts, in this order, all of them confirmed, and nothing else. */
export async function allShow(pages: Page[], wanted: string[]): Promise<void> {
  for (const page of pages) await expect.poll(() => rows(page)).toEqual(wanted)
}

/** The messages that this browser has stored to be read without the server, of all people. */
export const copiedMessages = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<Message[]>((done) => {
        const asked = indexedDB.open('taifas-rooms', 1)
        asked.addEventListener('success', () => {
          const read = asked.result.transaction('rooms').objectStore('rooms').getAll()
          read.addEventListener('success', () => {
            asked.result.close()
            const copies = read.result as { log: { messages: Message[] } }[]
            done(copies.flatMap(({ log }) => log.messages))
          })
        })
      })
  )

/** The way is open again, and nobody waits for the next attempt. */
export async function mend(way: Proxy, ...pages: Page[]): Promise<void> {
  way.mend()
  for (const page of pages) await page.evaluate(() => dispatchEvent(new Event('online')))
}
