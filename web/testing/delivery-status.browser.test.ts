// What a person sees of unconfirmed messages, and decides about them, in a real browser.
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { comeIn, composer, message, say } from '../../infra/testing/browser.ts'
import { layCable } from './network.fixture.ts'
import { leaveBehind, untilWaiting } from './outbox.fixture.ts'
import { ChatError } from '../../src/errors.ts'
import { allShow, mend, useFixture } from './page.fixture.ts'

const WAITS = 'Not confirmed yet, retrying'
const DAY_MS = 86_400_000

const fixture = useFixture({ config: { historyLimit: 20 } })

const lan = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

/** Simulates plain http in a local network, when this computer has no address there. */
const withoutLocks = "Object.defineProperty(navigator, 'locks', { value: undefined })"
const withoutAnything =
  "for (const name of ['indexedDB', 'sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('no') } })"

test('on plain http in a local network a tab stores its own messages, says so once, and a reload loses nothing', async () => {
  const bo = await fixture.person('Bo')
  const profile = await fixture.profile()
  const cable = await layCable(profile)
  if (!lan) await profile.addInitScript(withoutLocks)
  const ana = await fixture.person('Ana', profile, lan ? `http://${lan}:${fixture.server.port}` : fixture.url)
  expect(await ana.evaluate(() => navigator.locks as unknown)).toBeUndefined()
  await ana.locator('.outbox-note').evaluate((note) => {
    const told: string[] = []
    Object.assign(window, { told })
    new MutationObserver(() => note.textContent && told.push(note.textContent)).observe(note, {
      childList: true,
      subtree: true,
      characterData: true
    })
  })
  cable.up = /message:send/
  for (const text of ['one', 'two', 'three']) await say(ana, text)
  await message(ana, 'three').getByText(WAITS).waitFor()
  await ana.getByText('Please leave this tab open').waitFor()
  expect(await ana.evaluate(() => (window as unknown as { told: string[] }).told)).toEqual([
    'Your message is not confirmed yet. Trying again.Please leave this tab open until it is confirmed: this browser stores it in this tab only.'
  ])
  cable.up = null
  await ana.reload()
  await allShow([ana, bo], ['one', 'two', 'three'])
  await ana.getByText('Please leave this tab open').waitFor({ state: 'detached' })
})

test('a browser that stores nothing can chat, and the person is told to keep the page open', async () => {
  const [way, profile] = [await fixture.way(), await fixture.profile()]
  await profile.addInitScript(withoutAnything)
  const ana = await fixture.person('Ana', profile, way.url)
  way.cut()
  await say(ana, 'one')
  await ana.getByText('Please leave this page open').waitFor()
  await mend(way, ana)
  await allShow([ana], ['one'])
})

test('another person in the same browser does not send the message; it waits for its author', async () => {
  const bo = await fixture.person('Bo')
  const profile = await fixture.profile()
  const cable = await layCable(profile)
  const ana = await fixture.person('Ana', profile)
  cable.up = /message:send/
  await say(ana, 'in confidence')
  await untilWaiting(ana, [{ text: 'in confidence', state: 'sending' }])
  await composer(ana).fill('half a thought')
  const kept = await ana.evaluate(() => Object.fromEntries(Object.entries(sessionStorage)))
  await ana.close()
  cable.up = null

  const cleo = await fixture.tab(profile)
  await comeIn(cleo, 'Cleo')
  await say(cleo, 'just me')
  await cleo.reload()
  await allShow([cleo, bo], ['just me'])
  expect(await composer(cleo).inputValue()).toBe('')
  await untilWaiting(cleo, [{ text: 'in confidence' }])

  await profile.addInitScript((kept) => Object.assign(sessionStorage, kept), kept)
  const back = await fixture.tab(profile)
  await allShow([back, bo, cleo], ['just me', 'in confidence'])
  expect(await composer(back).inputValue()).toBe('half a thought')
})

test('a refused message shows why and can be edited; an untried one can be discarded; signing out leaves nothing behind', async () => {
  const way = await fixture.way()
  const ana = await fixture.person('Ana', {}, way.url)
  const { chat } = fixture.server
  const { send } = chat
  Object.assign(chat, { send: () => Promise.reject(new ChatError('not-allowed')) })
  await say(ana, 'anything')
  await ana.getByText('Not sent: you may not do that').waitFor()
  Object.assign(chat, { send })
  await ana.locator('.delivery-status').getByRole('button', { name: 'Edit' }).click()
  await ana.getByRole('textbox', { name: 'Edit message' }).fill('something')
  await ana.keyboard.press('Enter')
  await allShow([ana], ['something'])

  way.cut()
  await ana.locator('.link-badge').waitFor()
  await say(ana, 'better not')
  await message(ana, 'better not').getByRole('button', { name: 'Discard' }).click()
  await say(ana, 'this')
  await mend(way, ana)
  await allShow([ana], ['something', 'this'])
  await ana.reload()
  await allShow([ana], ['something', 'this'])

  // Here no service worker stores the settings, which load when they are opened.
  const signOut = ana.getByRole('button', { name: 'Sign out' })
  await ana.getByRole('button', { name: 'Your settings, Ana' }).click()
  await signOut.waitFor()
  await ana.keyboard.press('Escape')
  await signOut.waitFor({ state: 'detached' })

  way.cut()
  await say(ana, 'unsaid')
  await ana.getByRole('button', { name: 'Your settings, Ana' }).click()
  await signOut.click()
  await ana.getByRole('dialog', { name: 'You have unsent text' }).getByRole('button', { name: 'Discard' }).click()
  await ana.getByRole('textbox', { name: 'Your name' }).waitFor()
  await untilWaiting(ana, [])
})

test('a message tried a week ago is not sent again: the log decides, or the person does', async () => {
  const ana = await fixture.person('Ana')
  const tried = { v: 1, state: 'sending', at: Date.now() - 8 * DAY_MS }
  await leaveBehind(ana, { ...tried, v: 2, text: 'from a newer version' })
  await leaveBehind(ana, { ...tried, text: 'never kept' })
  await message(ana, 'never kept').getByText('This was not sent.').waitFor()
  await message(ana, 'never kept').getByRole('button', { name: 'Discard' }).click()
  await message(ana, 'never kept').waitFor({ state: 'detached' })

  // The history no longer reaches back to the beginning.
  const guest = await fixture.guest('Talker')
  const talk = Array.from({ length: 30 }, (_, n) => `talk ${n + 1}`)
  for (const text of talk) guest.emit('new-message', text)
  await message(ana, 'talk 30').waitFor()
  await leaveBehind(ana, { ...tried, text: 'who knows' })
  await message(ana, 'who knows').getByText('This may have been sent already.').waitFor()
  await expect.poll(() => ana.getByText('from a newer version').count()).toBe(0)
  await message(ana, 'who knows').getByRole('button', { name: 'Send as a new message' }).click()
  await allShow([ana], [...talk.slice(-20), 'who knows'])
  await untilWaiting(ana, [{ v: 2, text: 'from a newer version' }])
})
