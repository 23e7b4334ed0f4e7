import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPressure, type Fullness, type Pressure } from './pressure.ts'

const MB = 1_000_000
let fullness: Fullness | null
let measured: number
let relieved: number
let freedBytes: number
let pressure: Pressure

beforeEach(() => {
  vi.useFakeTimers()
  fullness = { used: 50 * MB, max: 100 * MB }
  measured = relieved = 0
  freedBytes = 2 * MB
  pressure = createPressure({
    async measure() {
      measured += 1
      return fullness && { ...fullness }
    },
    async relieve() {
      relieved += 1
      if (fullness) fullness.used -= freedBytes
      return freedBytes
    }
  })
})
afterEach(() => {
  pressure.close()
  vi.useRealTimers()
})

/** Long enough that the next write has the store measured. */
async function write(bytes: number) {
  await vi.advanceTimersByTimeAsync(300)
  pressure.wrote(bytes)
  await vi.advanceTimersByTimeAsync(1)
}

test('an idle store is not measured, a busy one not for each write', async () => {
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(measured).toBe(0)
  for (let n = 0; n < 1_000; n += 1) pressure.wrote(300)
  await vi.advanceTimersByTimeAsync(1)
  expect(measured).toBe(1)
  for (let n = 0; n < 30; n += 1) await write(300)
  expect(measured).toBe(1)
  await write(2 * MB)
  expect(measured).toBe(2)
})

test('the share of an author falls from four fair shares at 90 % to an eighth of one at the limit', async () => {
  freedBytes = 0
  const shares: (number | null)[] = []
  for (const used of [89, 91, 95, 99, 100, 120]) {
    fullness = { used: used * MB, max: 100 * MB }
    await write(2 * MB)
    shares.push(pressure.fair === null ? null : Math.round(pressure.fair / MB))
  }
  expect(shares).toEqual([null, 360, 200, 40, 13, 13])
})

test('above 90 % it is relieved until it is below 85 %', async () => {
  fullness = { used: 91 * MB, max: 100 * MB }
  await write(2 * MB)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fullness.used).toBe(85 * MB)
  expect(pressure.fair).toBeNull()
  fullness.used = 89 * MB
  await write(2 * MB)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(relieved).toBe(3)
})

test('with nothing to trim it waits for the next write', async () => {
  freedBytes = 0
  fullness = { used: 95 * MB, max: 100 * MB }
  await write(2 * MB)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect([measured, relieved]).toEqual([1, 1])
  await write(300)
  expect([measured, relieved]).toEqual([2, 2])
})

test('a refusal for lack of memory relieves at once, even when the host does not report its memory', async () => {
  fullness = null
  await pressure.refused()
  expect(relieved).toBe(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(relieved).toBeGreaterThan(1)
  const before = relieved
  await vi.advanceTimersByTimeAsync(60_000)
  expect(relieved).toBe(before)
})

test('after a refusal no more is trimmed than brings the store below 85 %', async () => {
  fullness = { used: 86 * MB, max: 100 * MB }
  await pressure.refused()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([relieved, fullness.used / MB, pressure.fair]).toEqual([1, 84, null])
})
