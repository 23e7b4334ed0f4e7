// A real browser on the real server for tests: people in tabs, seen as they see the page and used as they use it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chromium as playwright,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page
} from 'playwright-core'
import { chromium } from '../dev/needs.ts'
import { builtPage } from './web-build.ts'

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** @param more command-line arguments besides those of every test */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromium()
  if (!executablePath) throw new Error('There is no Chromium: npm test installs it, or says what to install.')
  return playwright.launch({ executablePath, args: [...ARGUMENTS, ...more] })
}

let shared: Promise<Browser> | undefined

/** The browser of this process. It starts again after a crash. */
async function sharedBrowser(): Promise<Browser> {
  const isRunning = (await shared?.catch(() => null))?.isConnected()
  if (!isRunning) shared = openBrowser()
  return shared as Promise<Browser>
}

/** The browser of this process, and the built client: the one of this run of the tests, or outside of one a build of its own. */
export async function openPages() {
  const folder = mkdtempSync(join(tmpdir(), 'taifas-web-'))
  const [browser, webDir] = await Promise.all([sharedBrowser(), builtPage(folder)])
  let tabs: Tab[] = []
  return {
    browser,
    webDir,

    /** A tab of a new profile, or another one of a profile that is given. */
    async tab(url: string, profile: BrowserContextOptions | BrowserContext = {}): Promise<Page> {
      const tab = await openTab('newPage' in profile ? profile : await openProfile(browser, profile), url)
      tabs.push(tab)
      return tab.page
    },

    /** Closes all tabs. Returns what the browser complained about in any of them. */
    async clear(): Promise<string[]> {
      for (const context of browser.contexts()) await context.close()
      const complaints = tabs.flatMap((tab) => tab.complaints)
      tabs = []
      return complaints
    },

    /** The browser stays open for the next one; it ends with this process. */
    async close() {
      await this.clear()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
export type Pages = Awaited<ReturnType<typeof openPages>>

/** One browser profile: tabs in it share cookies and the browser's own storage. */
export function openProfile(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Bucharest',
    viewport: { width: 1280, height: 800 },
    // Motion costs processor time, and no test looks at it.
    reducedMotion: 'reduce',
    // It would answer requests that a test means to change.
    serviceWorkers: 'block',
    ...options
  })
}

/** Runs in the page: what its policy refused becomes a complaint like any other. */
const TELL_REFUSALS =
  "addEventListener('securitypolicyviolation', (event) => console.error('policy:', event.violatedDirective, event.blockedURI))"

/**
 * A server or a file that is away, a refusal, and plain http, are what some tests are about. A connection that is cut has a name
 * for each moment it may be cut at.
 */
const EXPECTED =
  /WebSocket|ERR_(CONNECTION|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|FAILED)|status of 4(09|10)|Opener-Policy header has been ignored/

interface Tab {
  page: Page
  /** What the browser complained about: refusals of the content security policy, errors, failed requests of scripts. */
  complaints: string[]
}

/** What the browser complains about is kept with the tab. */
async function openTab(profile: BrowserContext, url: string): Promise<Tab> {
  const page = await profile.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  await page.addInitScript({ content: TELL_REFUSALS })
  await page.goto(url)
  return { page, complaints }
}

/** Signs in under a name, also where the browser offers to continue as somebody else. */
export async function comeIn(page: Page, name: string): Promise<void> {
  const nameBox = page.getByRole('textbox', { name: 'Your name' })
  const other = page.getByRole('button', { name: 'Someone else' })
  await nameBox.or(other).waitFor()
  if (await other.isVisible()) await other.click()
  await nameBox.fill(name)
  await page.getByRole('button', { name: 'Come in' }).click()
  await composer(page).waitFor()
  await messages(page).waitFor()
}

/** Goes on as the person whom this browser knows. */
export async function goOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Continue as/ }).click()
  await messages(page).waitFor()
}

/** Chromium's own authenticator, as of a phone: it holds passkeys and agrees at once. */
export async function addAuthenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true
    }
  })
  return { devtools, authenticatorId }
}

export const composer = (page: Page) => page.getByRole('textbox', { name: /^(Message to|Wiadomość do|Mesaj către)/ })
export const messages = (page: Page) => page.getByRole('log')
/** What stands in its rows, from top to bottom. */
export const texts = (page: Page) => messages(page).locator('.row .text').allInnerTexts()
/** A time of day as the page shows it in any of its languages: with one or two digits for the hour, perhaps with a.m. or p.m. */
export const CLOCK_TIME = String.raw`\d{1,2}:\d\d(?:\s[AP]M)?`

/** The row of the message with exactly this text. Names and times beside it are not looked at: they may hold the same characters. */
export const message = (page: Page, text: string) =>
  messages(page)
    .locator('li.row')
    .filter({ has: page.locator('.bubble').getByText(text, { exact: true }) })
/** The row of the message whose text holds this part, which must be longer than a name beside a time. */
export const messageWith = (page: Page, part: string) =>
  messages(page)
    .locator('li.row')
    .filter({ has: page.locator('.bubble .text', { hasText: part }) })
/** A person in the list of those who are here, by the whole name. */
export const personHere = (page: Page, name: string) =>
  page
    .getByRole('complementary', { name: 'Who is here' })
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })

/** For a button that is pressed until what it does has succeeded, and then is gone. */
export const pressIfThere = (button: Locator) => button.click({ timeout: 1_000 }).catch(() => {})

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}
