import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PING_EVERY_MS, TRIPS, measureProximity } from './proximity.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(...lengths: (number | null)[]) {
  let pings = 0
  const proximity = measureProximity({
    now: () => Date.now(),
    ping: () => {
      const length = lengths[pings++ % lengths.length] ?? null
      return new Promise((resolve) => setTimeout(() => resolve(length !== null), length ?? 5_000))
    }
  })
  return { proximity, pings: () => pings }
}

test('the number is the median of a few round trips, so one slow trip does not count', async () => {
  const { proximity } = setUp(12, 900, 14, 10, 11)
  expect(proximity.roundTrip.value).toBeNull()
  proximity.start()
  await vi.advanceTimersByTimeAsync(12)
  expect(proximity.roundTrip.value).toBe(12)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(proximity.roundTrip.value).toBe(12)
})

test('after the first few pings it asks rarely, and not at all while the page is hidden', async () => {
  const { proximity, pings } = setUp(10)
  proximity.start()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(pings()).toBe(TRIPS)
  await vi.advanceTimersByTimeAsync(4 * PING_EVERY_MS)
  expect(pings()).toBe(TRIPS + 4)
  proximity.stop()
  await vi.advanceTimersByTimeAsync(10 * PING_EVERY_MS)
  expect(pings()).toBe(TRIPS + 4)
  proximity.start()
  proximity.start()
  await vi.advanceTimersByTimeAsync(PING_EVERY_MS / 2)
  // The first of the two was in flight, and does not count.
  expect(pings()).toBe(TRIPS + 6)
})

test('a ping without an answer does not count, and a new connection starts anew', async () => {
  const { proximity } = setUp(null, 20)
  proximity.start()
  await vi.advanceTimersByTimeAsync(5_500)
  expect(proximity.roundTrip.value).toBeNull()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(proximity.roundTrip.value).toBe(20)
  proximity.reset()
  expect(proximity.roundTrip.value).toBeNull()
})

test('a message shows how long it took, once its receipt has come', () => {
  const { proximity } = setUp(10)
  proximity.sent('one')
  vi.advanceTimersByTime(14)
  proximity.confirmed('one')
  proximity.confirmed('of another tab')
  vi.advanceTimersByTime(100)
  proximity.confirmed('one')
  expect([...proximity.took.value]).toEqual([['one', 14]])
})
