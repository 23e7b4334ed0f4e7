// Private rooms and direct conversations, as their people see them, and a list of very many rooms.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { SessionAnswer } from '../../src/contract.ts'
import { composer, pressIfThere } from '../../infra/testing/browser.ts'
import { findings } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture()

test('two people talk directly, from a name in the list, and one blocks the other', async () => {
  const ana = await chat.person('Ana')
  const bo = await chat.person('Bo')
  const write = ana.getByRole('dialog', { name: 'Bo' }).getByRole('button', { name: 'Write to this person' })
  for (const isOffline of [false, true]) {
    await ana.keyboard.press('Escape')
    await ana.context().setOffline(isOffline)
    await ana.getByRole('complementary').getByRole('button', { name: 'Bo' }).click()
    await write.waitFor()
  }
  await write.click()
  await ana.getByText('The server is not answering right now, please try again.').waitFor()
  await ana.context().setOffline(false)
  await expect
    .poll(async () => {
      await pressIfThere(write)
      return ana.getByRole('heading', { level: 1, name: 'Bo' }).isVisible()
    })
    .toBe(true)
  // Nobody is bothered before there is something to read.
  await expect.poll(() => bo.getByRole('heading', { name: 'Direct messages' }).count()).toBe(0)
  await ana.getByRole('button', { name: 'Remove this conversation' }).waitFor()
  await composer(ana).fill('just for you')
  await ana.keyboard.press('Enter')

  const link = bo.getByRole('list', { name: 'Direct messages' }).getByRole('link', { name: /Ana.*1 new message/ })
  await link.click()
  await bo.getByText('just for you').waitFor()
  const { person } = JSON.parse(await ana.evaluate(() => sessionStorage['taifas:session'] as string)) as SessionAnswer
  for (const name of ['Anouk', 'Ana']) {
    chat.server.chat.renamed(person.key, name)
    await bo.getByRole('heading', { level: 1, name, exact: true }).waitFor()
    await bo.getByRole('list', { name: 'Direct messages' }).getByRole('link', { name }).waitFor()
  }
  await bo.getByRole('main').getByRole('button', { name: 'Ana' }).click()
  const card = bo.getByRole('dialog', { name: 'Ana' })
  await card.getByRole('button', { name: 'Block' }).click()
  await card.getByRole('button', { name: 'Unblock' }).waitFor()
  expect(await findings(bo)).toEqual([])
  await bo.keyboard.press('Escape')
  await composer(ana).fill('are you there?')
  await ana.keyboard.press('Enter')
  await ana.getByText('Not sent: this person does not accept messages from you').waitFor()
})

test('a private room is for those whom its members let in, and gone for those who are removed; the list shows that it is closed; three talk directly', async () => {
  const ana = await chat.person('Ana')
  const bo = await chat.person('Bo')
  await ana.getByRole('button', { name: 'New room' }).click()
  await ana.getByRole('textbox', { name: 'Name of the room' }).fill('Cellar')
  // With the keyboard past the last kind and back: the focus stays with the kinds, and the name is not lost.
  await ana.getByRole('radio', { name: 'Open room' }).focus()
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await ana.keyboard.press(key)
  expect(await ana.getByRole('radio', { name: 'Private room' }).isChecked()).toBe(true)
  await ana.getByRole('textbox', { name: 'Name of the room' }).press('Enter')
  await ana.getByRole('heading', { level: 1, name: 'Cellar' }).waitFor()
  const members = ana.getByRole('dialog', { name: 'Members of Cellar' })
  await ana.getByRole('button', { name: 'Let people in' }).click()
  await members.getByRole('heading', { name: '1 member' }).waitFor()
  await ana.keyboard.press('Escape')
  await composer(ana).fill('before Bo')
  await ana.keyboard.press('Enter')
  await ana.getByText('before Bo').waitFor()

  await ana.getByRole('button', { name: 'Members' }).click()
  await members.getByRole('searchbox').fill('b')
  await members.getByRole('button', { name: /^Let in/ }).click()
  await members.getByText('Bo is in.').waitFor()
  // The button is gone.
  await members.getByRole('searchbox').and(ana.locator(':focus')).waitFor()
  await ana.locator('.notice', { hasText: 'Ana let in Bo' }).waitFor()
  await members.getByRole('heading', { name: '2 members' }).waitFor()
  expect(await findings(ana)).toEqual([])

  await members.getByRole('button', { name: 'Invite by a link' }).click()
  const invitations = ana.getByRole('dialog', { name: 'Invitations to Cellar' })
  await invitations.getByRole('button', { name: 'Create an invitation' }).click()
  const link = await invitations.getByLabel('Link', { exact: true }).inputValue()
  expect(await findings(ana)).toEqual([])
  await ana.keyboard.press('Escape')
  const dee = await chat.tab({}, link)
  await dee.locator('.sign-in input').fill('Dee')
  await dee.keyboard.press('Enter')
  await dee.getByRole('heading', { level: 1, name: 'Cellar' }).waitFor()

  await bo.getByRole('navigation').getByRole('link', { name: 'Cellar' }).click()
  await bo.getByText('No messages yet').waitFor()
  await ana.locator('.notice', { hasText: 'Dee joined by a link' }).waitFor()
  // The new owner of a room may do what an owner can, and the former owner no longer.
  await members.getByRole('button', { name: 'Make owner Dee' }).click()
  await dee.getByRole('button', { name: 'Room settings' }).waitFor()
  await expect.poll(() => ana.getByRole('button', { name: 'Room settings' }).count()).toBe(0)
  await dee.getByRole('button', { name: 'Members' }).click()
  await dee.getByRole('button', { name: 'Remove Bo' }).click()
  await bo.getByText('This room does not exist.').waitFor()
  await expect.poll(() => bo.getByRole('navigation').getByRole('link', { name: 'Cellar' }).count()).toBe(0)
  // Let in again, Bo need not do anything.
  await dee.getByRole('searchbox').fill('b')
  await dee.getByRole('button', { name: /^Let in/ }).click()
  await bo.getByText('No messages yet').waitFor()
  // The first key empties the search.
  for (let n = 0; n < 2; n++) await dee.keyboard.press('Escape')
  await dee.getByRole('button', { name: 'Room settings' }).click()
  await dee.getByRole('checkbox', { name: 'Closed: nobody can write' }).check()
  await dee.getByRole('button', { name: 'Save' }).click()
  await bo
    .getByRole('navigation')
    .getByRole('link', { name: /Cellar.*closed.*here/ })
    .waitFor()

  const cy = await chat.person('Cy')
  for (let n = 0; n < 2; n++) await ana.keyboard.press('Escape')
  await ana.getByRole('button', { name: 'New room or conversation' }).click()
  await ana.getByRole('radio', { name: 'Direct messages' }).check()
  for (const name of ['Bo', 'Cy']) {
    await ana.getByRole('searchbox').fill(name)
    await ana.getByRole('button', { name: `Add ${name}` }).click()
  }
  expect(await findings(ana)).toEqual([])
  await ana.getByRole('button', { name: 'Start the conversation' }).click()
  await ana.getByRole('heading', { level: 1, name: 'Bo and Cy' }).waitFor()
  await composer(ana).fill('the three of us')
  await ana.keyboard.press('Enter')
  for (const page of [bo, cy])
    await page.getByRole('list', { name: 'Direct messages' }).getByRole('link', { name: /Ana/ }).waitFor()
})

test('in a list of 2,000 rooms numbers are in order, the shown room is in view, showing another one costs two rows, and one is found by its name', async () => {
  await chat.down()
  const file = new DatabaseSync(join(chat.server.config.dataDir, 'taifas.sqlite'))
  const add = file.prepare(`INSERT INTO rooms (id, title, at, epoch, seq, head, messages, trimmed)
    VALUES (?, ?, ?, 'epoch', 0, '', 0, 0)`)
  file.exec('BEGIN')
  for (let n = 1; n <= 2_000; n += 1) add.run(`room-${n}`, `Room ${n}`, Date.now())
  file.exec('COMMIT')
  file.close()
  await chat.up()
  const page = await chat.person('Ana')
  const shows = (n: number) => page.getByRole('heading', { name: `Room ${n}`, exact: true }).waitFor()
  const link = (n: number) => page.locator(`.room-link[href="#/room-${n}"]`)
  await link(2_000).waitFor()
  const titles = await page.locator('nav.rooms .room-title').allTextContents()
  expect(titles).toEqual(['Lobby', ...Array.from({ length: 2_000 }, (_, n) => `Room ${n + 1}`)])
  await page.evaluate(() => {
    const { get } = Object.getOwnPropertyDescriptor(Intl.Collator.prototype, 'compare')!
    const counted = Object.assign(globalThis, { compared: 0, changed: new Set<Node>() })
    Object.defineProperty(Intl.Collator.prototype, 'compare', {
      get(this: Intl.Collator) {
        counted.compared += 1
        return get!.call(this) as unknown
      }
    })
    const watch = new MutationObserver((all) => all.forEach(({ target }) => counted.changed.add(target)))
    const all = { subtree: true, childList: true, attributes: true, characterData: true }
    watch.observe(document.querySelector('nav.rooms')!, all)
  })
  await link(1_990).click()
  await shows(1_990)
  await expect.poll(() => link(1_990).getAttribute('aria-current')).toBe('page')
  const costs = await page.evaluate(() => {
    const { compared, changed } = globalThis as unknown as { compared: number; changed: Set<Node> }
    return [
      compared,
      new Set([...changed].map((node) => (node instanceof Element ? node : node.parentElement!).closest('li'))).size
    ]
  })
  expect(costs).toEqual([0, 2])
  await page.reload()
  await shows(1_990)
  await expect
    .poll(async () => {
      const [box, list] = [await link(1_990).boundingBox(), await page.locator('nav.rooms').boundingBox()]
      return box && list && box.y >= list.y && box.y + box.height <= list.y + list.height
    })
    .toBe(true)
  await page.getByRole('button', { name: 'Find' }).click()
  const search = page.getByRole('combobox', { name: 'Go to a room or a person' })
  await search.fill('room 1777')
  await search.press('Enter')
  await shows(1_777)
})
