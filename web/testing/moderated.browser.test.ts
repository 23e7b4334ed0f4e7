import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { Caller } from '../../src/chat/chat.ts'
import { LOBBY, type Person } from '../../src/contract.ts'
import { message, messages, pressIfThere } from '../../infra/testing/browser.ts'
import { findings } from './axe.fixture.ts'
import { LANGUAGE_KEY } from '../state/i18n.ts'
import { allShow, useFixture } from './page.fixture.ts'

const fixture = useFixture()
const HOUR_MS = 3_600_000

const personOf = async (page: Page) =>
  page.evaluate(() => (JSON.parse(sessionStorage.getItem('taifas:session') ?? '') as { person: Person }).person)

test('a person reads why they can’t write and until when, keeps what they type, and goes on when it is over', async () => {
  const { chat, standings } = fixture.server
  const mo = await fixture.person('Mo')
  const ana = await fixture.person('Ana', {
    viewport: { width: 390, height: 700 },
    colorScheme: 'dark',
    reducedMotion: 'reduce'
  })
  await ana.evaluate((key) => localStorage.setItem(key, 'pl'), LANGUAGE_KEY)
  await ana.reload()
  const [moderator, { id }] = [await personOf(mo), await personOf(ana)]
  await standings.raise(moderator.id, 'moderator')
  const caller: Caller = { person: { ...moderator, moderator: true, role: 'moderator' }, name: 'Mo', address: '' }
  const box = (page: Page) => page.locator('.composer textarea')
  const note = ana.locator('.hindrance')
  const press = async (page: Page, text: string) => {
    await box(page).fill(text)
    await box(page).press('Enter')
  }
  /** The text stays while `hinder` applies, and is sent once `end` has happened. */
  async function staysUntil(
    text: string,
    sentence: RegExp,
    hinder: () => Promise<unknown>,
    end: () => Promise<unknown>
  ) {
    await hinder()
    await expect.poll(() => note.textContent()).toMatch(sentence)
    await press(ana, text)
    expect(await box(ana).inputValue()).toBe(text)
    expect(await findings(ana)).toEqual([])
    await end()
    await expect.poll(() => note.textContent()).toBe('')
    await box(ana).press('Enter')
    // Stored, before what hinders next can refuse it.
    await message(mo, text).waitFor()
  }

  // An empty room asks for messages only those who may write there.
  for (const readOnly of [true, false]) {
    await chat.changeRoom(caller, LOBBY, { readOnly })
    await messages(ana)
      .getByText(readOnly ? 'Tutaj zaczyna się rozmowa.' : /Przywitaj się!/)
      .waitFor()
  }
  await press(mo, 'hello')
  await staysUntil(
    'after the mute',
    /wyłączyła ci pisanie \(do: \d.*Powód: Too loud/,
    () => chat.mute(caller, id, { lastsMs: HOUR_MS, reason: 'Too loud' }),
    () => chat.unmute(caller, id)
  )
  await staysUntil(
    'after read-only',
    /piszą tylko osoby, które go moderują/,
    () => chat.changeRoom(caller, LOBBY, { readOnly: true }),
    () => chat.changeRoom(caller, LOBBY, { readOnly: false })
  )
  await staysUntil(
    'after slow mode',
    /trzeba czekać.*Następna wiadomość: \d+ (minuta|minuty|sekund)/,
    async () => {
      await chat.changeRoom(caller, LOBBY, { slowSeconds: 60 })
      await press(ana, 'in slow mode')
    },
    () => chat.changeRoom(caller, LOBBY, { slowSeconds: 0 })
  )
  await allShow([mo, ana], ['hello', 'after the mute', 'after read-only', 'in slow mode', 'after slow mode'])

  // Marks, and a report.
  expect(await messages(ana).locator('.row .tag').allTextContents()).toEqual(['moderuje'])
  expect(await mo.locator('.people .tag').allTextContents()).toContain('moderator')
  const row = message(ana, 'hello')
  await row.focus()
  await row.getByRole('button', { name: 'Zgłoś' }).click()
  const dialog = ana.getByRole('dialog', { name: 'Zgłoś tę wiadomość' })
  await dialog.getByRole('textbox').fill('It is rude')
  expect(await findings(ana)).toEqual([])
  await ana.context().setOffline(true)
  await dialog.getByRole('button', { name: 'Zgłoś' }).click()
  await dialog.getByText('Serwer teraz nie odpowiada').waitFor()
  await ana.context().setOffline(false)
  await expect
    .poll(async () => {
      await pressIfThere(dialog.getByRole('button', { name: 'Zgłoś' }))
      return chat.reports(caller).reports.map(({ reason }) => reason)
    })
    .toEqual(['It is rude'])

  await chat.ban(caller, id, { lastsMs: HOUR_MS, reason: 'Spam' })
  await expect.poll(() => ana.getByRole('alert').first().textContent()).toMatch(/zamknęła ci wstęp .*Powód: Spam/)
  expect(await findings(ana)).toEqual([])
})
