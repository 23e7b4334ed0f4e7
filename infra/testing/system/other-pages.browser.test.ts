// Pages of strangers in a real browser: what they send through their visitor reaches no chat, whatever name they have.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { startTestServer } from '../chat-server.ts'

/** Every way by which a page sends something to another server. Resolves with what the page was able to read or do. */
const ATTACK = `async (server) => {
  const got = []
  const polling = server + '/socket.io/?EIO=4&transport=polling'
  window.___eio = [(payload) => got.push('jsonp ' + payload)]
  const load = (tag, url) => new Promise((done) => {
    const element = Object.assign(document.createElement(tag), { src: url, onerror: done, onload() { got.push(tag + ' ' + url); done() } })
    document.body.append(element)
  })
  await load('script', polling + '&j=0')
  await load('script', polling)
  await load('img', polling)
  for (const method of ['GET', 'POST']) {
    await fetch(polling, { method, mode: 'no-cors', ...(method === 'POST' && { body: '40' }) }).catch(() => {})
    await fetch(polling, { method }).then(async (answer) => got.push(await answer.text()), () => {})
    await fetch(server + '/api/messages', { method, ...(method === 'POST' && { body: '{}' }) }).then(async (answer) => got.push(await answer.text()), () => {})
  }
  await new Promise((done) => {
    const socket = new WebSocket(polling.replace('http', 'ws').replace('polling', 'websocket'))
    socket.onopen = () => { got.push('websocket'); done() }
    socket.onerror = done
  })
  await load('script', server + '/socket.io/socket.io.js')
  const library = typeof window.io === 'function'
  for (const transports of [['polling', 'websocket'], ['websocket'], ['polling']])
    await new Promise((done) => {
      const socket = window.io(server, { forceNew: true, reconnection: false, transports })
      socket.once('connect', () => { got.push('io ' + transports); done() })
      socket.once('connect_error', done)
    })
  return { got: got.filter((one) => !one.includes('socket.io.js')), library }
}`

let browser: Browser
let pages: Server
beforeAll(async () => {
  browser = await openBrowser(['--host-resolver-rules=MAP *.example 127.0.0.1'])
  pages = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><body>'))
  await new Promise<void>((done) => void pages.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await browser.close()
  pages.close()
})

const openPage = async (url: string, options: BrowserContextOptions = {}) => {
  const page = await browser.newPage(options)
  const answer = await page.goto(url)
  return { page, status: answer?.status(), text: await page.innerText('body') }
}

it.each([
  ['without a public origin', 'evil.example', {}],
  ['with a public origin', 'evil.example', { PUBLIC_ORIGIN: 'https://chat.example.org' }],
  ['with a public origin, from another loopback name', 'evil.localhost', { PUBLIC_ORIGIN: 'https://chat.example.org' }],
  ['with a public origin, from another port', 'localhost', { PUBLIC_ORIGIN: 'https://chat.example.org' }]
] as [string, string, Record<string, string>][])('%s, a page of %s joins nothing', async (_how, name, env) => {
  const server = await startTestServer({ env })
  let joined = 0
  server.gateway.io.engine.on('connection', () => (joined += 1))
  const { page } = await openPage(`http://${name}:${(pages.address() as AddressInfo).port}/`)
  const result = await page.evaluate(`(${ATTACK})(${JSON.stringify(server.url)})`)
  expect(result).toEqual({ got: [], library: true })
  expect(joined).toBe(0)
  await page.close()
  await server.stop()
})

it('a page whose name is pointed at us reads a sentence and nothing else', async () => {
  const server = await startTestServer()
  // The stranger's page was loaded from elsewhere, without our policy.
  const { page, status, text } = await openPage(`http://rebound.example:${server.port}/`, { bypassCSP: true })
  expect(status).toBe(403)
  expect(text).toContain('PUBLIC_ORIGIN')
  const statuses = await page.evaluate(`Promise.all(
    ['/api/messages', '/api/rooms', '/socket.io/?EIO=4&transport=polling', '/health/live']
      .map(async (path) => (await fetch(path)).status))`)
  expect(statuses).toEqual([403, 403, 403, 200])
  await page.close()
  await server.stop()
})

it('without a public origin a page of this computer is let in, by polling first, as it always was', async () => {
  const server = await startTestServer()
  const { page } = await openPage(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
  const { got } = (await page.evaluate(`(${ATTACK})(${JSON.stringify(server.url)})`)) as { got: string[] }
  expect(got).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^0\{/),
      'websocket',
      'io polling,websocket',
      'io websocket',
      'io polling'
    ])
  )
  expect(got.join()).not.toMatch(/jsonp|script|img/)
  await page.close()
  await server.stop()
})
