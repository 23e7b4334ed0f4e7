import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ASKED_EVERY_MS, TRIPS, measureProximity } from './proximity.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(...lengths: (number | null)[]) {
  let asked = 0
  const proximity = measureProximity({
    now: () => Date.now(),
    ping: () => {
      const length = lengths[asked++ % lengths.length] ?? null
      return new Promise((done) => setTimeout(() => done(length !== null), length ?? 5_000))
    }
  })
  return { proximity, asked: () => asked }
}

test('the number is the median of a few round trips, so that one slow one is not the distance', async () => {
  const { proximity } = setUp(12, 900, 14, 10, 11)
  expect(proximity.roundTrip.value).toBeNull()
  proximity.begin()
  await vi.advanceTimersByTimeAsync(12)
  expect(proximity.roundTrip.value).toBe(12)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(proximity.roundTrip.value).toBe(12)
})

test('after the first few it asks rarely, and not at all while nobody looks', async () => {
  const { proximity, asked } = setUp(10)
  proximity.begin()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked()).toBe(TRIPS)
  await vi.advanceTimersByTimeAsync(4 * ASKED_EVERY_MS)
  expect(asked()).toBe(TRIPS + 4)
  proximity.rest()
  await vi.advanceTimersByTimeAsync(10 * ASKED_EVERY_MS)
  expect(asked()).toBe(TRIPS + 4)
  proximity.begin()
  proximity.begin()
  await vi.advanceTimersByTimeAsync(ASKED_EVERY_MS / 2)
  // The first of the two was on its way, and counts for nothing.
  expect(asked()).toBe(TRIPS + 6)
})

test('an answer that does not come is no distance, and another way has another', async () => {
  const { proximity } = setUp(null, 20)
  proximity.begin()
  await vi.advanceTimersByTimeAsync(5_500)
  expect(proximity.roundTrip.value).toBeNull()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(proximity.roundTrip.value).toBe(20)
  proximity.forget()
  expect(proximity.roundTrip.value).toBeNull()
})

test('a message tells how long it took, once its receipt has come', () => {
  const { proximity } = setUp(10)
  proximity.said('one')
  vi.advanceTimersByTime(14)
  proximity.kept('one')
  proximity.kept('of another tab')
  vi.advanceTimersByTime(100)
  proximity.kept('one')
  expect([...proximity.took.value]).toEqual([['one', 14]])
})
