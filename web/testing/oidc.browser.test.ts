// The account of an OpenID provider in a real browser: the first sign-in with an invitation, the second, and what may go wrong.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { messages, openPages, type Pages } from '../../infra/testing/browser.ts'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { request, signIn } from '../../infra/testing/clients.ts'
import { CLIENT, startProvider } from '../../infra/testing/openid-provider.ts'
import { freePort } from '../../infra/dev/free-port.ts'
import type { SessionAnswer } from '../../src/contract.ts'
import { findings } from './axe.fixture.ts'

const CALLBACK = /callback\?/

let pages: Pages
let provider: Awaited<ReturnType<typeof startProvider>>
let server: TestServer
let url: string
beforeAll(async () => {
  // The provider says what it must not be run without in earnest.
  for (const level of ['warn', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  const port = await freePort()
  // Another site than the provider's, for the browser.
  url = `http://localhost:${port}`
  ;[pages, provider] = await Promise.all([openPages(), startProvider(`${url}/api/session/oidc/callback`)])
  const oidc = { issuer: provider.issuer, name: 'the Club', ...CLIENT }
  server = await startTestServer({
    webDir: pages.webDir,
    config: { port, access: 'invite', publicOrigin: url, oidc }
  })
})
afterAll(async () => {
  await Promise.all([pages.close(), server.stop(), provider.stop()])
})

const goThere = (page: Page) => page.getByRole('button', { name: 'Continue with the Club' }).click()
async function agreeThere(page: Page, login: string) {
  await page.locator('[name=login]').fill(login)
  await page.locator('[name=password]').fill('any')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Continue' }).click()
}
const personOf = async (page: Page) =>
  ((await page.evaluate(() => JSON.parse(sessionStorage.getItem('taifas:session') ?? ''))) as SessionAnswer).person

test('an invited newcomer comes in through the provider, is the same person again, and reads what went wrong', async () => {
  const olga = await signIn(url, 'Olga', { owner: await server.ownerLink.offer() })
  const post = async (path: string, body: object) => {
    const answer = await request('POST', url + path, { token: olga.token, body })
    return (await answer.json()) as { id: string; code: string }
  }
  const { id: room } = await post('/api/rooms/private', { title: 'Kitchen' })
  const { code } = await post('/api/invitations', { uses: 2, lastsMs: 3_600_000, room })

  const page = await pages.tab(`${url}/#invitation=${code}`)
  await page.getByText('Olga invites you').waitFor()
  expect(await findings(page)).toEqual([])
  const back = page.waitForRequest(CALLBACK)
  await goThere(page)
  await agreeThere(page, 'Ana')
  await page.getByRole('heading', { name: 'Kitchen' }).waitFor()
  await messages(page).waitFor()
  const ana = await personOf(page)
  expect(ana).toMatchObject({ name: 'Ana', role: 'member' })

  // The provider's answer again, as somebody might who has seen it.
  const again = await pages.tab((await back).url(), page.context())
  await again.getByText('This took too long, or was used already.').waitFor()
  expect(await findings(again)).toEqual([])
  await again.close()

  await page.reload()
  await page.locator('.me-button').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  // The account keeps the name, and the browser is signed in at the provider.
  await goThere(page)
  await messages(page).waitFor()
  expect((await personOf(page)).id).toBe(ana.id)

  // The provider goes away while somebody is there; the invitation is not lost.
  const late = await pages.tab(`${url}/#invitation=${code}`)
  await goThere(late)
  provider.goAway()
  await agreeThere(late, 'Bo')
  await late.getByText('The provider is not answering right now.').waitFor()
  await late.getByRole('button', { name: 'Back' }).click()
  await late.getByText('Olga invites you').waitFor()
  // The provider's pages have fonts of another server.
  const complaints = await pages.clear()
  expect(complaints.filter((one) => !one.includes('NAME_NOT_RESOLVED'))).toEqual([])
})
