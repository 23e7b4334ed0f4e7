// How near the server is and who has left their page lying, as people see it.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { comeIn, composer, message, openStage, say, type Stage } from '../infra/testing/browser.ts'
import { startTestServer, type TestServer } from '../infra/testing/chat-server.ts'

let stage: Stage
let server: TestServer

beforeAll(async () => {
  stage = await openStage()
  server = await startTestServer({
    webDir: stage.webDir,
    region: 'waw',
    presenceTiming: { idleAfterMs: 2_000, renewMs: 200 }
  })
})
afterEach(async () => {
  expect(await stage.clear()).toEqual([])
})
afterAll(async () => {
  await server.stop()
  await stage.close()
})

const person = (page: Page, name: string) =>
  page.getByRole('complementary', { name: 'Who is here' }).getByRole('listitem').filter({ hasText: name })

test('a page says through which region it is connected and how far that is, and a message how long it took', async () => {
  const ana = await stage.tab(server.url)
  await comeIn(ana, 'Ana')
  const near = ana.getByText(/^waw · \d+ ms$/)
  await near.waitFor()
  expect(await near.getAttribute('title')).toMatch(/^Connected through waw: \d+ ms there and back$/)
  await say(ana, 'how long did it take?')
  const mine = message(ana, 'how long did it take?')
  await mine.hover()
  await mine.getByText(/^stored in \d+ ms$/).waitFor()
  const bo = await stage.tab(server.url)
  await comeIn(bo, 'Bo')
  await message(bo, 'how long did it take?').hover()
  await message(bo, 'how long did it take?').getByRole('button', { name: 'React' }).waitFor()
  expect(await bo.getByText(/^stored in/).count()).toBe(0)
})

test('who leaves their page lying is shown as idle, until they touch it', async () => {
  const cy = await stage.tab(server.url)
  await comeIn(cy, 'Cy')
  const dee = await stage.tab(server.url)
  await comeIn(dee, 'Dee')
  await person(dee, 'Cy')
    .getByText(/^idle since \d\d:\d\d$/)
    .waitFor()
  // Two things said within a minute are one sign of life; a message is one at once.
  await composer(cy).fill('back')
  await composer(cy).press('Enter')
  await message(dee, 'back').waitFor()
  await person(dee, 'Cy')
    .getByText(/^idle since/)
    .waitFor({ state: 'detached' })
})
