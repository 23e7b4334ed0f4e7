// Times and days as people read them, in zones with odd offsets, with one and two digits for the hour, around midnight, and on days
// on which the clocks change.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { CLOCK_TIME } from '../../infra/testing/browser.ts'
import { cursorAt, mapStorage, posted } from './page.fixture.ts'
import { languages, openI18n } from './i18n.ts'
import { timeline } from './timeline.ts'

const HOUR_MS = 3_600_000
const ZONES = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kathmandu', 'Europe/Bucharest']
/** An ordinary day, a night in which Europe's clocks go forward, and one in which America's go back. */
const NIGHTS = ['2026-11-26T00:00:00Z', '2026-03-29T00:00:00Z', '2026-11-01T04:00:00Z']

const ownZone = process.env['TZ']
afterAll(() => {
  if (ownZone === undefined) delete process.env['TZ']
  else process.env['TZ'] = ownZone
})

describe.each(ZONES)('in %s', (zone) => {
  beforeEach(() => {
    process.env['TZ'] = zone
  })

  test.each(languages)('a time of day has the form that tests look for, at every hour, in %s', async (language) => {
    const i18n = openI18n(mapStorage(), [language])
    await i18n.begin()
    const { clock } = i18n.tools.value
    for (const night of NIGHTS)
      for (let hour = 0; hour < 24; hour++)
        expect(clock.format(Date.parse(night) + hour * HOUR_MS)).toMatch(new RegExp(`^${CLOCK_TIME}$`))
  })

  test.each(NIGHTS)('each day of this zone begins once in the two days from %s', (night) => {
    const messages = Array.from({ length: 48 }, (_, n) => posted(n + 1, { at: Date.parse(night) + n * HOUR_MS }))
    const log = { cursor: cursorAt(48), from: 0, messages, older: false }
    const rows = timeline({ log, notices: [], outbox: [], me: { id: '', name: '' }, line: undefined })
    const days = rows.flatMap((row) => (row.kind === 'day' ? [new Date(row.at).toDateString()] : []))
    expect(days).toEqual([...new Set(messages.map(({ at }) => new Date(at).toDateString()))])
  })
})
