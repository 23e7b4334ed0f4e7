// Somebody else's page, on another port of the same computer, as the course chat is developed: it loads the client library from
// the server, brings a token that isn't ours, and works.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPages, type Pages } from '../../infra/testing/browser.ts'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'

const pageFor = (url: string) => `<!doctype html>
<title>A compatible page</title>
<ul id="list"></ul>
<script src="${url}/socket.io/socket.io.js"></script>
<script>
  const list = document.querySelector('#list')
  const show = (message) => {
    const row = document.createElement('li')
    row.id = 'm' + message.id
    row.textContent = message.username + ': ' + message.content
    list.append(row)
  }
  const headers = { 'content-type': 'application/json', authorization: 'Bearer a.stranger.token' }
  const socket = io('${url}', { auth: { token: 'a.stranger.token' } })
  socket.on('message', show)
  socket.on('messageDeleted', ({ messageId }) => document.getElementById('m' + messageId)?.remove())
  window.say = (content) => socket.emit('message', { username: 'User', content })
  window.post = (content) => fetch('${url}/api/messages', { method: 'POST', headers, body: JSON.stringify({ username: 'User', content }) }).then((answer) => answer.status)
  window.remove = (id) => fetch('${url}/api/messages/' + id, { method: 'DELETE', headers }).then((answer) => answer.status)
  fetch('${url}/api/messages', { headers }).then((answer) => answer.json()).then((messages) => messages.forEach(show))
  socket.on('connect', () => document.body.classList.add('connected'))
</script>`

describe('a page of another port', () => {
  let chat: TestServer
  let page: Server
  let origin: string
  let pages: Pages
  beforeAll(async () => {
    chat = await startTestServer()
    page = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(pageFor(chat.url)))
    await new Promise<void>((done) => page.listen(0, '127.0.0.1', done))
    origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`
    pages = await openPages()
  })
  afterAll(async () => {
    expect(await pages.clear()).toEqual([])
    await pages.close()
    page.close()
    await chat.stop()
  })

  it('loads the library from here, speaks course over the socket and over REST, and hears what others do', async () => {
    const [one, two] = await Promise.all([pages.tab(origin), pages.tab(origin)])
    for (const each of [one, two]) await each.locator('.connected').waitFor({ state: 'attached' })
    await one.evaluate("say('by socket')")
    await two.getByText('User: by socket').waitFor()
    expect(await two.evaluate("post('by REST')")).toBe(201)
    await one.getByText('User: by REST').waitFor()
    const id = await one.evaluate(() => document.querySelector('#list li')?.id.slice(1))
    expect(await two.evaluate(`remove('${id}')`)).toBe(204)
    await one.getByText('User: by socket').waitFor({ state: 'detached' })
    await one.reload()
    await one.getByText('User: by REST').waitFor()
    expect(await one.locator('#list li').count()).toBe(1)
  })
})
