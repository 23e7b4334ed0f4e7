// The published client in a real browser: the same file, a store of the browser's own, handlers that answer once over a reload.
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { openPages } from '../../infra/testing/browser.ts'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { LOBBY } from '../../src/contract.ts'
import { buildForFile, installClient } from './published.fixture.ts'
import { allMessages } from './server.fixture.ts'

buildForFile()

// As text, because it runs in the page and not here.
const BOT = `(async () => {
  const { browserStore, openClient } = await import('/client.js')
  const client = await openClient({ url: location.origin, name: 'Echo', store: browserStore(localStorage) })
  const lobby = client.room('lobby')
  let answered
  const pinged = new Promise((done) => (answered = done))
  lobby.onMessage(async (event) => {
    if (event.message.text !== 'ping') return
    await event.reply('pong')
    answered()
    // The page goes before the place is kept.
    await new Promise(() => {})
  })
  // After its place is kept, whatever comes is the handlers'.
  while (!localStorage.getItem('taifas:client:place:lobby')) await new Promise((done) => setTimeout(done, 5))
  if (!localStorage.getItem('pinged')) await lobby.send('ping')
  localStorage.setItem('pinged', 'yes')
  await pinged
  return client.me.name
})()`

/** As a second tab, and as a client that needs no other's store. */
const SECOND = `(async () => {
  const { browserStore, openClient } = await import('/client.js')
  const open = (store, name) => openClient({ url: location.origin, name, store: browserStore(store) })
  const refused = await open(localStorage, 'Echo').catch((error) => [error.reason, error.message])
  return [...refused, (await open(sessionStorage, 'Other')).me.name]
})()`

test('a bot in a page answers once, also when the page closes before it stored its place; another page is refused', async () => {
  const folder = newFolder()
  const site = await openPages()
  const { clientFile } = installClient(folder)
  const server = await startTestServer({ webDir: site.webDir })
  onTestFinished(async () => {
    await site.close()
    await server.stop()
  })

  // The page's own policy lets no text in; this is about the client, not about that.
  const page = await site.tab(server.url, { bypassCSP: true })
  await page.route('**/client.js', (route) => route.fulfill({ path: clientFile, contentType: 'text/javascript' }))
  expect(await page.evaluate(BOT)).toBe('Echo')
  await page.reload()
  expect(await page.evaluate(BOT)).toBe('Echo')
  const second = await site.tab(server.url, page.context())
  await second.route('**/client.js', (route) => route.fulfill({ path: clientFile, contentType: 'text/javascript' }))
  expect(await second.evaluate(SECOND)).toEqual([
    'in-use',
    expect.stringContaining('in use by another page of this address'),
    'Other'
  ])
  expect((await allMessages(server.url, LOBBY)).map(({ text }) => text)).toEqual(['ping', 'pong'])
})
