// What can be done with a formatted message: reveal, unfold, copy; and how formatting and emoji are written.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, message, messages, messageWith, say } from '../../infra/testing/browser.ts'
import { setScene } from './page.fixture.ts'

const { person, guest } = setScene()

/** What would be copied, a line for each line that isn't empty. */
const selected = async (page: Page) =>
  (await page.evaluate(() => String(getSelection()))).split('\n').filter((line) => line.trim() !== '')

test('a spoiler is neither seen, read aloud nor copied until it is pressed; the focus is in it then', async () => {
  const page = await person('Ana')
  await say(page, 'It was ||the *butler*||.')
  const row = messageWith(page, 'It was')
  const button = row.getByRole('button', { name: 'Spoiler: show it' })
  await button.waitFor()
  expect(await row.ariaSnapshot()).not.toContain('butler')
  await row.locator('.text').click({ clickCount: 3, position: { x: 5, y: 5 } })
  expect(await selected(page)).toEqual(['It was .'])
  await button.press('Enter')
  await row.getByRole('emphasis').waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('the butler')
})

test('a long message shows its first lines until somebody asks for the rest', async () => {
  const page = await person('Ana')
  await say(page, Array.from({ length: 900 }, (_, n) => n).join('\n'))
  const row = messages(page).locator('.row')
  const height = () => row.evaluate((row) => row.clientHeight)
  await row.getByRole('button', { name: 'Show more' }).waitFor()
  expect(await height()).toBeLessThan(800)
  await row.getByRole('button', { name: 'Show more' }).click()
  expect(await height()).toBeGreaterThan(10_000)
  await row.getByRole('button', { name: 'Show less' }).click()
  expect(await height()).toBeLessThan(800)
})

test('a copied conversation is names and texts, and a triple click selects one message whole', async () => {
  const page = await person('Ana')
  const bo = await guest('Bo')
  await say(page, 'See https://example.org/a')
  await message(page, 'See https://example.org/a (opens in a new tab)').waitFor()
  bo.emit('new-message', 'first\nsecond')
  await messageWith(page, 'second').waitFor()
  await say(page, '> quote\n- **item**\nlast')
  await messageWith(page, 'last').locator('.bubble:not(.pending)').waitFor()
  await messages(page).evaluate((list) => getSelection()!.selectAllChildren(list.querySelector('.timeline')!))
  const copied = await selected(page)
  expect(copied.slice(copied.indexOf('Ana'))).toEqual(
    'Ana|See https://example.org/a|Bo|first|second|Ana|quote|item|last'.split('|')
  )
  await messageWith(page, 'second')
    .locator('.text')
    .click({ clickCount: 3, position: { x: 5, y: 5 } })
  expect(await selected(page)).toEqual(['first', 'second'])
  await messageWith(page, 'last').getByText('item').click({ clickCount: 3 })
  expect(await selected(page)).toEqual(['quote', 'item', 'last'])
})

test('keys put signs around what is selected and go on with lists, and each step can be undone', async () => {
  const page = await person('Ana')
  const box = composer(page)
  const press = (...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => box.press(key)), Promise.resolve())
  await box.pressSequentially('- new')
  await press('Control+Shift+ArrowLeft', 'Control+b', 'Control+i')
  expect(await box.inputValue()).toBe('- ***new***')
  await press('End', 'Shift+Enter')
  await box.pressSequentially('x')
  expect(await box.inputValue()).toBe('- ***new***\n- x')
  await press('Shift+Enter', 'Shift+Enter')
  expect(await box.inputValue()).toBe('- ***new***\n- x\n')
  await press(...Array.from({ length: 6 }, () => 'Control+z'))
  expect(await box.inputValue()).toBe('- new')
  await press('Control+Shift+z', 'End', 'Enter')
  await messages(page).locator('.blocks li strong').waitFor()
})

test('an emoji is found by keyboard, for a text and as a reaction, and a shortcode completes itself', async () => {
  const page = await person('Ana')
  const box = composer(page)
  await box.fill('Look')
  await page.getByRole('button', { name: 'Emoji', exact: true }).click()
  const search = page.getByRole('combobox', { name: 'Search emoji' })
  await search.fill('wave')
  await page.getByLabel('Skin tone').selectOption('🏽')
  await search.press('Enter')
  await page.locator('.composer textarea:focus').waitFor()
  expect(await box.inputValue()).toBe('Look👋🏽')
  await box.pressSequentially(' :tada:')
  await expect.poll(() => box.inputValue()).toBe('Look👋🏽 🎉 ')
  await box.pressSequentially('10:30 :turt')
  const option = page.getByRole('option', { name: 'turtle' })
  await option.waitFor()
  expect(await box.getAttribute('aria-activedescendant')).toBe(await option.getAttribute('id'))
  await box.press('Tab')
  expect(await box.inputValue()).toBe('Look👋🏽 🎉 10:30 🐢 ')
  await box.press('Control+z')
  expect(await box.inputValue()).toBe('Look👋🏽 🎉 10:30 :turt')
  await box.press('Enter')
  const row = messageWith(page, 'Look')
  await row.locator('.bubble:not(.pending)').waitFor()
  await row.focus()
  await row.getByRole('button', { name: 'React' }).press('Enter')
  await row.getByRole('button', { name: 'More emoji' }).press('Enter')
  await search.press('ArrowDown')
  await search.press('ArrowRight')
  await search.press('Enter')
  // Used last: the turtle, then the tada.
  await row.getByRole('button', { name: /^🎉 1/ }).waitFor()
  await page.locator('.row:focus').waitFor()
})
