// Mentioning people, as the writer and the mentioned person see it.
import { expect, test } from 'vitest'
import { composer } from '../../infra/testing/browser.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture()

test('@ offers people by keyboard, the mention has the present name, is counted in another room, listed, and led to', async () => {
  const ana = await chat.person('Ana Maria')
  const bo = await chat.person('Bo')
  await bo.getByRole('button', { name: 'New room' }).click()
  await bo.getByLabel('Name of the room').fill('Tea')
  await bo.keyboard.press('Enter')
  await bo.getByRole('heading', { name: 'Tea' }).waitFor()
  await ana.locator('.room-link[href="#/tea"]').waitFor()

  await composer(ana).focus()
  await ana.keyboard.type('@b')
  // Bo is not in this room.
  await ana.getByRole('option', { name: '@Bo' }).waitFor()
  expect(await composer(ana).getAttribute('aria-activedescendant')).toBeTruthy()
  await ana.keyboard.press('Enter')
  await ana.keyboard.type('come back, and @nobody')
  await ana.keyboard.press('Enter')
  await ana.locator('.mention:text-is("@Bo")').waitFor()
  expect(await ana.locator('.mention').count()).toBe(1)

  const badge = bo.locator('.room-link[href="#/lobby"] .badge')
  await badge.getByText('@ 1').waitFor()
  await bo.getByRole('button', { name: 'Your settings' }).click()
  await bo.getByRole('textbox', { name: 'Your name' }).fill('Bożena')
  await bo.keyboard.press('Enter')
  await bo.getByRole('button', { name: 'Your settings, Bożena' }).waitFor()
  const present = ana.locator('.mention:text-is("@Bożena")')
  await present.waitFor()
  await ana.reload()
  await present.waitFor()
  await bo.getByRole('button', { name: 'Mentions' }).click()
  await bo.getByRole('dialog').getByRole('link', { name: '@Bożena come back' }).click()
  await bo.locator('.mention.mine:text-is("@Bożena")').waitFor()
  await badge.waitFor({ state: 'detached' })

  await ana.locator('.row', { has: ana.locator('.mention') }).hover()
  await ana.getByRole('button', { name: 'Remove' }).click()
  await ana.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await bo.locator('.tombstone').waitFor()
  await bo.getByRole('button', { name: 'Mentions' }).click()
  await bo.getByText('Nobody has mentioned you yet.').waitFor()
})
