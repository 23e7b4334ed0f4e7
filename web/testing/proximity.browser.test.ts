// How near the server is and who has left their page lying, as people see it.
import { expect, test } from 'vitest'
import { CLOCK_TIME, message, personHere, say } from '../../infra/testing/browser.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture({ region: 'waw', presenceTiming: { idleAfterMs: 2_000, renewMs: 200 } })

test('a page says through which region it is connected and how far that is, and a message how long it took', async () => {
  const ana = await chat.person('Ana')
  const near = ana.getByText(/^waw · \d+ ms$/)
  await near.waitFor()
  expect(await near.getAttribute('title')).toMatch(/^Connected through waw: \d+ ms there and back$/)
  await say(ana, 'how long did it take?')
  const mine = message(ana, 'how long did it take?')
  await mine.hover()
  await mine.getByText(/^stored in \d+ ms$/).waitFor()
  const bo = await chat.person('Bo')
  await message(bo, 'how long did it take?').hover()
  await message(bo, 'how long did it take?').getByRole('button', { name: 'React' }).waitFor()
  await expect.poll(() => bo.getByText(/^stored in/).count()).toBe(0)
})

test('who leaves their page lying is shown as idle, until they touch it', async () => {
  const cy = await chat.person('Cy')
  const dee = await chat.person('Dee')
  const idle = personHere(dee, 'Cy').getByText(new RegExp(`^idle since ${CLOCK_TIME}$`))
  await idle.waitFor()
  // Two things said within a minute are one sign of life; a message is one at once. Looked for meanwhile: soon Cy is idle again.
  await Promise.all([idle.waitFor({ state: 'detached' }), say(cy, 'back')])
})
