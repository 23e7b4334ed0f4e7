// What a row shows besides its text, at midnight, on a phone, and in two directions.
import { expect, test } from 'vitest'
import { composer, message, say } from '../../infra/testing/browser.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture()

test('at midnight "Today" becomes "Yesterday" by itself', async () => {
  const profile = await chat.profile()
  await profile.clock.install()
  const page = await chat.person('Ana', profile)
  await say(page, 'late')
  await page.locator('.day').getByText('Today').waitFor()
  await page.clock.fastForward('24:00:00')
  await page.locator('.day').getByText('Yesterday').waitFor()
})

test('a finger finds the time of a message, its actions below it, what an edit needs, and who reacted to it', async () => {
  const page = await chat.person('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  for (const text of ['first', 'second']) {
    await composer(page).fill(text)
    await page.getByRole('button', { name: 'Send' }).tap()
  }
  const row = message(page, 'second')
  await row.locator('.bubble:not(.pending)').waitFor()
  const time = row.locator('.gutter time')
  expect(await time.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')
  await row.tap()
  await expect.poll(() => time.evaluate((element) => getComputedStyle(element).opacity)).toBe('1')
  const [text, actions] = [await row.boundingBox(), await row.locator('.actions').boundingBox()]
  expect(actions!.y).toBeGreaterThanOrEqual(text!.y + text!.height)
  await row.getByRole('button', { name: 'Edit' }).tap()
  const save = page.getByRole('button', { name: 'Save' })
  await expect.poll(() => save.evaluate((button) => button.getBoundingClientRect().bottom)).toBeLessThan(actions!.y)
  await page.getByRole('button', { name: 'Cancel' }).tap()
  await row.tap()
  await row.getByRole('button', { name: 'React' }).tap()
  await row.getByRole('button', { name: '👍' }).tap()
  await row.getByText('👍 you').waitFor()
  await message(page, 'first').tap()
  await row.getByText('👍 you').waitFor({ state: 'hidden' })
})

test('each line of a message has its own direction; the room that is shown is visible in forced colors', async () => {
  const page = await chat.person('Ana', { forcedColors: 'active' })
  await say(page, 'left\nימין right\nleft again ימין')
  const [right, left] = await page.locator('.bubble .text').evaluate((text) =>
    ['ימין', ' right'].map((part) => {
      const [node] = text.childNodes
      const range = new Range()
      range.setStart(node!, node!.textContent!.indexOf(part))
      range.setEnd(node!, node!.textContent!.indexOf(part) + part.length)
      return range.getBoundingClientRect().left
    })
  )
  expect(right).toBeGreaterThan(left!)
  const ground = (link: string) => page.locator(link).evaluate((element) => getComputedStyle(element).backgroundColor)
  expect(await ground('.room-link[aria-current]')).not.toBe(await ground('.sidebar > .button >> nth=0'))
})
