// Walks through the chat as a newcomer does, on a phone and on a desktop, and draws each step on one sheet, to look at.
// `node infra/dev/newcomer-walk.ts [folder]` writes walk-phone.png and walk-desktop.png, and each step as a picture of its own.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { LOBBY, newId } from '../../src/contract.ts'
import { addAuthenticator, openProfile, openPages } from '../testing/browser.ts'
import { startTestServer } from '../testing/chat-server.ts'
import { closeClients, connectNative, signIn } from '../testing/clients.ts'

const SETTLED_MS = 500
const LONG = 'Wilhelmina-Aleksandra von und zu Hohenschönhausen-Brandenburgowska'
const walks: [name: string, options: BrowserContextOptions][] = [
  ['phone', { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
  ['desktop', { viewport: { width: 1280, height: 780 } }]
]

/** Closing takes a moment in which nothing else keeps the process. */
const open = setInterval(() => {}, 1_000)
const folder = resolve(process.argv[2] ?? 'newcomer-walk')
mkdirSync(folder, { recursive: true })
const view = await openPages()

for (const [name, options] of walks) {
  const server = await startTestServer({ webDir: view.webDir })
  const { url } = server
  const pictures: string[] = []
  async function show(page: Page, title: string) {
    await page.waitForTimeout(SETTLED_MS)
    const file = `${name}-${String(pictures.length + 1).padStart(2, '0')}-${title.replaceAll(' ', '-')}.png`
    const picture = (await page.screenshot({ path: join(folder, file) })).toString('base64')
    pictures.push(`<figure><img src="data:image/png;base64,${picture}"><figcaption>${title}</figcaption></figure>`)
  }
  const profile = (): Promise<BrowserContext> => openProfile(view.browser, options)
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first()
  async function settings(page: Page, section: string) {
    const menu = page.locator('.room-head > .icon-button:first-child')
    const back = page.locator('.settings .back')
    if (await back.isVisible()) await back.click()
    else if (!(await page.locator('.settings').isVisible())) {
      if (await menu.isVisible()) await menu.click()
      await page.locator('.me-button').click()
    }
    await page.locator(`.settings [data-section=${section}]`).click()
  }

  const owner = await connectNative(url, 'Łukasz')
  await server.standings.raise(owner.person.id, 'owner')
  const talker = await connectNative(url, LONG)
  for (const [client, text] of [
    [owner, 'Welcome! Here we plan the **summer fair**.'],
    [talker, 'I bring the tables. Who has a van?']
  ] as const) {
    await client.ask('room:open', { room: LOBBY })
    await client.ask('message:send', { room: LOBBY, id: newId(), text })
  }
  await talker.ask('profile:set', { color: 6 })

  // The first screen, and the name.
  const page = await view.tab(url, await profile())
  await show(page, 'first screen')
  await page.locator('.sign-in input').fill('Łukasz')
  await page.keyboard.press('Enter')
  await page.locator('.refused').filter({ hasText: /./ }).waitFor()
  await show(page, 'name taken')
  await page.locator('.sign-in input').fill('Ștefania')
  await page.keyboard.press('Enter')
  await page.locator('.row').first().waitFor()
  await show(page, 'in the lobby')
  await settings(page, 'profile')
  await show(page, 'profile')

  // She keeps the name, and goes on with a second device.
  await addAuthenticator(page)
  await settings(page, 'passkeys')
  await page.locator('.settings .primary').waitFor()
  await show(page, 'keep this name')
  await page.locator('.settings .primary').click()
  await page.locator('.entries li').waitFor()
  await show(page, 'name kept')
  await settings(page, 'devices')
  await button(page, 'Continue on another device').click()
  const link = page.getByRole('textbox', { name: 'Link' })
  await link.waitFor()
  await show(page, 'link to another device')
  const second = await view.tab(await link.inputValue(), await profile())
  await button(second, 'Go on').waitFor()
  await show(second, 'second device')
  await button(second, 'Go on').click()
  await second.locator('.row').first().waitFor()
  await page.getByText('has joined').waitFor()
  await show(page, 'joined')
  await page.keyboard.press('Escape')
  await show(page, 'devices')
  await button(page, 'End all others').click()
  await second.locator('.sign-in').waitFor()
  await show(page, 'others ended')
  await show(second, 'session ended')
  await button(second, 'I was here before').click()
  await button(second, 'With a passkey').waitFor()
  await show(second, 'was here before')

  // An invitation into a room.
  const made = await owner.ask<{ id: string }>('private:create', { title: 'Summer fair committee' })
  const room = made.ok ? made.value.id : LOBBY
  const invitation = await owner.ask<{ code: string }>('invitation:create', { uses: 1, lastsMs: 3_600_000, room })
  const code = invitation.ok ? invitation.value.code : ''
  const invited = await view.tab(`${url}/#invitation=${code}`, await profile())
  await invited.getByRole('heading', { name: 'You are invited' }).waitFor()
  await show(invited, 'invitation')
  await invited.locator('.sign-in input').fill('Noor')
  await invited.keyboard.press('Enter')
  await invited.locator('.composer').waitFor()
  await show(invited, 'invited into the room')
  const late = await view.tab(`${url}/#invitation=${code}`, await profile())
  await late.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  await show(late, 'invitation over')
  const first = await view.tab(`${url}/#owner=${await server.ownerLink.offer({ also: true })}`, await profile())
  await first.locator('.sign-in input').waitFor()
  await show(first, 'owner link')

  // Moderation, as its moderator and as somebody who is muted and banned.
  const id = newId()
  await talker.ask('message:send', { room: LOBBY, id, text: 'BUY MY VAN '.repeat(20) })
  const reporter = await signIn(url, 'Zoé')
  await fetch(`${url}/api/moderation/reports/${LOBBY}/${id}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${reporter.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'The third time today' })
  })
  const stored = await page.evaluate(() => sessionStorage.getItem('taifas:session'))
  const me = (JSON.parse(stored ?? '') as { person: { id: string } }).person.id
  await server.standings.raise(me, 'moderator')
  for (const section of ['reports', 'people', 'rooms', 'invitations', 'audit']) {
    await settings(page, section)
    if (section === 'people' || section === 'rooms') await page.locator('.settings summary').first().press('Enter')
    await show(page, section)
  }
  const noor = await invited.evaluate(() => sessionStorage.getItem('taifas:session'))
  const person = (JSON.parse(noor ?? '') as { person: { id: string } }).person.id
  await invited.evaluate("location.hash = '#/lobby'")
  await owner.ask('person:mute', { person, lastsMs: 3_600_000, reason: 'Please read the rules of the fair first' })
  await invited.locator('.row').first().waitFor()
  await show(invited, 'muted')
  await owner.ask('person:ban', { person, lastsMs: 86_400_000, reason: 'Advertising again and again' })
  await invited.locator('.sign-in').waitFor()
  await show(invited, 'banned')
  await settings(page, 'data')
  await button(page, 'Leave for good').click()
  await show(page, 'leave for good')

  const sheet = await (await view.browser.newContext({ viewport: { width: 2400, height: 900 } })).newPage()
  await sheet.setContent(
    `<style>body{display:flex;flex-wrap:wrap;gap:16px;font:16px sans-serif;background:#888}figure{margin:0}img{height:440px}</style>${pictures.join('')}`
  )
  const file = join(folder, `walk-${name}.png`)
  await sheet.screenshot({ path: file, fullPage: true })
  console.log(file)
  closeClients()
  await view.clear()
  await server.stop()
}
await view.close()
clearInterval(open)
// Connections that the browser had open may last.
process.exit()
