// Rooms and addresses named like what every object inherits are rooms and addresses like any other.
import { expect, test } from 'vitest'
import { composer, message, messages, say } from '../../infra/testing/browser.ts'
import { allShow, useFixture } from './page.fixture.ts'

const fixture = useFixture()

test('a room titled "Constructor" works for everyone: it is listed, opened, counted and kept over a reload', async () => {
  const ana = await fixture.person('Ana')
  const bo = await fixture.person('Bo')
  await ana.getByRole('button', { name: 'New room' }).click()
  await ana.getByRole('textbox', { name: 'Name of the room' }).fill('Constructor')
  await ana.getByRole('button', { name: 'Create' }).click()
  await ana.getByRole('heading', { name: 'Constructor' }).waitFor()

  const rooms = bo.getByRole('navigation', { name: 'Rooms' })
  await rooms.getByRole('link', { name: 'Constructor' }).click()
  await bo.getByRole('heading', { name: 'Constructor' }).waitFor()
  await messages(bo).waitFor()
  await composer(bo).pressSequentially('half a thou')
  await ana.getByText('Bo is typing…').waitFor()
  await rooms.getByRole('link', { name: 'Lobby' }).click()
  await say(ana, 'built')
  await rooms.getByRole('link', { name: '1 new message' }).click()
  await message(bo, 'built').hover()
  await message(bo, 'built').getByRole('button', { name: 'Reply' }).click()
  expect(await composer(bo).inputValue()).toBe('half a thou')
  await say(bo, 'seen')
  await message(ana, 'seen').locator('.quote').getByRole('link', { name: 'Ana built' }).waitFor()
  await bo.reload()
  await allShow([ana, bo], ['built', 'seen'])
})

test('a link to what every object inherits leads to no room, and back', async () => {
  const ana = await fixture.person('Ana')
  for (const [n, name] of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].entries()) {
    await ana.evaluate((name) => (location.hash = `#/${name}`), name)
    await ana.getByText('This room does not exist.').waitFor()
    await ana.reload()
    await ana.getByText('This room does not exist.').waitFor()
    await ana.getByRole('link', { name: 'Go to the lobby' }).click()
    await messages(ana).waitFor()
    await say(ana, `still here ${n}`)
    await message(ana, `still here ${n}`).waitFor()
  }
})
