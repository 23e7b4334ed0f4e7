// What bad luck looks like: a server that is away, words that get lost, a hostile text, an input method, an old page.
import { expect, test } from 'vitest'
import { composer, message, messages, messageWith, say, texts } from '../../infra/testing/browser.ts'
import { freePort } from '../../infra/dev/free-port.ts'
import { startFront } from '../../infra/testing/front-proxy.ts'
import { ANSWERS, layCable } from './network.fixture.ts'
import { allShow, useFixture } from './page.fixture.ts'

const WAITS = 'Not confirmed yet, retrying'

const fixture = useFixture()

test('while a server restarts, the page says so, stores what is written, and reconnects by itself', async () => {
  const { person, down, up } = fixture
  const ana = await person('Ana')
  const bo = await person('Bo')
  await say(ana, 'before')
  await message(bo, 'before').waitFor()
  await down()

  await say(ana, 'meanwhile one')
  await say(ana, 'meanwhile two')
  await ana.getByText('Connection lost. Coming back…').waitFor()
  await message(ana, 'meanwhile two').getByText(WAITS).waitFor()

  await up()
  await allShow([ana, bo], ['before', 'meanwhile one', 'meanwhile two'])
  for (const page of [ana, bo]) await page.getByText('Connection lost. Coming back…').waitFor({ state: 'detached' })
})

test('behind a proxy that does not forward WebSocket, the page says so, until it does', async ({ onTestFinished }) => {
  const port = await freePort()
  const start = (edit?: (configuration: string) => string) =>
    startFront('nginx', { instances: [fixture.url], port, ...(edit && { edit }) })
  const broken = await start((configuration) => configuration.replace(/^.* Upgrade .*\n/m, ''))
  const profile = await fixture.profile({ ignoreHTTPSErrors: true })
  const ana = await profile.newPage()
  await ana.clock.install()
  await ana.goto(broken.url)
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Ana')
  await ana.getByRole('button', { name: 'Come in' }).click()
  await ana.getByText('Connecting…').waitFor()
  await ana.clock.fastForward(10_000)
  const notice = ana.getByText('live connections (WebSocket) to it fail')
  await notice.waitFor()

  await broken.stop()
  const repaired = await start()
  onTestFinished(() => repaired.stop())
  await ana.clock.fastForward(10_000)
  await messages(ana).waitFor()
  await notice.waitFor({ state: 'detached' })
})

test('a room that the server fails to read says so and keeps what it shows, and nothing waits for a receipt in vain', async () => {
  const ana = await fixture.person('Ana')
  await say(ana, 'before')
  await message(ana, 'before').waitFor()
  const { chat, gateway } = fixture.server
  const { open } = chat
  Object.assign(chat, { open: () => Promise.reject(new Error('damaged')) })
  gateway.io.disconnectSockets(true)
  const fault = ana.getByText('Something went wrong on the server: this room cannot be updated now')
  await fault.waitFor()
  await message(ana, 'before').waitFor()
  await say(ana, 'meanwhile')
  await message(ana, 'meanwhile').getByText('Not sent: something went wrong on the server').waitFor()
  Object.assign(chat, { open })
  await fault.waitFor({ state: 'detached' })
  await ana.getByRole('button', { name: 'Try again' }).click()
  await allShow([ana], ['before', 'meanwhile'])
})

/** Somebody whose frames may get lost. */
async function onCable(name: string) {
  const profile = await fixture.profile()
  const cable = await layCable(profile)
  return { page: await fixture.person(name, profile), cable }
}

test('a receipt and an event that get lost cost nothing: the message is tried again and stands there once', async () => {
  const bo = await fixture.person('Bo')
  const { page: ana, cable } = await onCable('Ana')
  cable.down = ANSWERS
  await say(ana, 'one')
  await message(bo, 'one').waitFor()
  await message(ana, 'one').getByText(WAITS).waitFor()
  cable.down = null
  await message(ana, 'one').getByText(WAITS).waitFor({ state: 'detached' })
  await say(ana, 'two')
  await allShow([ana, bo], ['one', 'two'])
})

test('a page that the server no longer understands is offered one reload, and goes on when it is understood again', async () => {
  const ana = await fixture.person('Ana')
  let old = true
  await ana.routeWebSocket(/socket\.io/, (socket) => {
    const far = socket.connectToServer()
    socket.onMessage((frame) => far.send(old ? String(frame).replace(/"native","v":\d+/, '"native","v":0') : frame))
  })
  await ana.reload()
  await ana.getByText('There is a newer version of Taifas.').waitFor()
  await ana.getByRole('button', { name: 'Reload the page' }).click()
  await ana.getByText('do not work together yet').waitFor()
  await expect.poll(() => ana.getByRole('button', { name: 'Reload the page' }).count()).toBe(0)
  old = false
  await ana.reload()
  await messages(ana).waitFor()
  // Noted a moment after everything is seen to work again.
  await expect.poll(() => ana.evaluate(() => sessionStorage.getItem('taifas:reloaded-for'))).toBeNull()
  old = true
  await ana.reload()
  await ana.getByRole('button', { name: 'Reload the page' }).waitFor()
})

test('when the code of the chat does not load, the sign-in form says so at once, and a reload helps', async () => {
  const profile = await fixture.profile()
  await profile.route('**/assets/inside-*.js', (route) => route.abort())
  const ana = await fixture.tab(profile)
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Ana')
  await ana.getByRole('button', { name: 'Come in' }).click()
  await ana.getByText('The server is not answering right now, please try again.').waitFor()
  await profile.unrouteAll()
  await ana.getByRole('button', { name: 'Reload the page' }).click()
  await messages(ana).waitFor()
})

test('hostile texts and names are text', async () => {
  const ana = await fixture.person('Ana')
  const hostile = [
    '<img src=x onerror="window.hit=1">',
    '<script>window.hit=1</script>',
    '<a href="javascript:window.hit=1">x</a>',
    'javascript:window.hit=1',
    'https://example.org/"onmouseover="window.hit=1',
    '{{constructor.constructor("window.hit=1")()}}',
    '\u202etxet desrever'
  ]
  const guest = await fixture.guest('<img src=x onerror="window.hit=1">')
  for (const text of hostile) guest.emit('new-message', text)
  await messageWith(ana, 'desrever').waitFor()
  expect(await texts(ana)).toEqual(hostile.map((text) => expect.stringContaining(text.slice(0, 15)) as string))
  expect(await ana.evaluate('window.hit')).toBeUndefined()
  await expect.poll(() => messages(ana).locator('img, script').count()).toBe(0)
  for (const link of await messages(ana).locator('a').all()) {
    expect(await link.getAttribute('href')).toMatch(/^https:\/\/example\.org\//)
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc')
  }
})

test('the page may make no markup from text, and a refusal of its policy would not go unseen', async () => {
  const ana = await fixture.person('Ana')
  const policies = ['policy: require-trusted-types-for', 'policy: img-src']
  const refused = policies.map((policy) => ana.waitForEvent('console', (line) => line.text().startsWith(policy)))
  const markup = ana.evaluate(() => (document.body.innerHTML = '<p>markup</p>'))
  await expect(markup).rejects.toThrow(/TrustedHTML/)
  await ana.evaluate(() => (document.body.appendChild(new Image()).src = 'https://example.org/seen.png'))
  await Promise.all(refused)
  const told = policies.map((policy) => expect.stringContaining(policy) as string)
  expect(await fixture.pages.clear()).toEqual(expect.arrayContaining(told))
})

test('Enter sends, Shift and Enter begin a line, and while an input method composes Enter is its own', async () => {
  const ana = await fixture.person('Ana')
  await composer(ana).pressSequentially('one')
  await composer(ana).press('Shift+Enter')
  await composer(ana).pressSequentially('two')
  const enterWith = (init: { isComposing?: boolean; keyCode?: number }) =>
    composer(ana).evaluate(
      (box, init) =>
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })),
      init
    )
  await enterWith({ isComposing: true })
  await enterWith({ keyCode: 229 })
  expect(await composer(ana).inputValue()).toBe('one\ntwo')
  await composer(ana).press('Enter')
  await message(ana, 'one two').waitFor()
  expect(await texts(ana)).toEqual(['one\ntwo'])
  expect(await composer(ana).evaluate((box) => box === document.activeElement)).toBe(true)
})
