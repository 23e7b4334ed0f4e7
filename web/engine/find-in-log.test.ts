import { expect, test } from 'vitest'
import type { Page } from '../../src/contract.ts'
import type { Ask } from './socket.ts'
import { cursorAt, idOf, posted } from '../state/page.fixture.ts'
import { findInLog } from './find-in-log.ts'
import type { OutboxItem } from './outbox/item.ts'
import type { RoomLog } from './room-log.ts'

const DAY_MS = 86_400_000
const NOW = 100 * DAY_MS
/** The message at seq n was posted on day n. */
const on = (day: number) => posted(day, { at: day * DAY_MS })
const days = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => on(from + place))
const log = (from: number, older: boolean): RoomLog => ({
  cursor: cursorAt(100),
  from,
  messages: days(from, 100),
  older
})
const item = (triedAt: number, id = idOf(999)): OutboxItem => ({
  v: 1,
  id,
  room: 'lobby',
  text: 'x',
  at: NOW,
  state: 'queued',
  triedAt
})

/** A log that still has everything from `first`, in pages of ten. */
function pages(first: number) {
  const asked: number[] = []
  const ask = (async (_: string, { before }: { before: number }) => {
    asked.push(before)
    const messages = days(Math.max(first, before - 10), before - 1)
    return { ok: true, value: { messages, older: before - 10 > first } satisfies Page }
  }) as unknown as Ask
  return { ask, asked }
}
const nobody = (async () => ({ ok: false, reason: 'unavailable' })) as unknown as Ask

test('a message in the loaded page, or in one before it, is there', async () => {
  const { ask, asked } = pages(1)
  expect(await findInLog(ask, log(90, true), item(80 * DAY_MS, idOf(95)))).toBe('there')
  expect(asked).toEqual([])
  expect(await findInLog(ask, log(90, true), item(70 * DAY_MS, idOf(75)))).toBe('there')
  expect(asked).toEqual([90, 80])
})

test('a message in no page back to a day before its first attempt was never stored', async () => {
  const { ask, asked } = pages(1)
  expect(await findInLog(ask, log(90, true), item(92 * DAY_MS))).toBe('absent')
  expect(asked).toEqual([])
  expect(await findInLog(ask, log(90, true), item(85 * DAY_MS))).toBe('absent')
  expect(asked).toEqual([90])
})

test('a page that the server fails to read leaves it unknown, and another attempt is left to the person', async () => {
  const ask = (async () => ({ ok: false, reason: 'fault' })) as unknown as Ask
  expect(await findInLog(ask, log(90, true), item(0))).toBe('unknown')
})

test('at the beginning of a room the search ends', async () => {
  expect(await findInLog(nobody, log(1, false), item(0))).toBe('absent')
  expect(await findInLog(nobody, { ...log(1, false), messages: [], cursor: cursorAt(0) }, item(0))).toBe('absent')
})

test('where the beginning was trimmed, or too much lies between, the log can’t tell', async () => {
  const { ask, asked } = pages(60)
  expect(await findInLog(ask, log(90, true), item(50 * DAY_MS))).toBe('unknown')
  expect(asked).toEqual([90, 80, 70])
  const long = pages(1)
  expect(await findInLog(long.ask, log(95, true), item(2 * DAY_MS))).toBe('unknown')
  expect(long.asked).toHaveLength(8)
})

test('a log that can’t be read now is searched later', async () => {
  expect(await findInLog(nobody, null, item(0))).toBe('later')
  expect(await findInLog(nobody, log(90, true), item(0))).toBe('later')
})
