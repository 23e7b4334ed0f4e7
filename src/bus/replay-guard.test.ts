import { describe, expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createReplayGuard } from './replay-guard.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 0, 1)

function setUp() {
  const clock = standingClock(START)
  return { clock, guard: createReplayGuard(clock) }
}

describe('a bus message', () => {
  test('counts once, for each sender by itself', () => {
    const { guard } = setUp()
    const message = { from: 'a', number: 1, at: START }
    expect([message, message, { ...message, from: 'b' }].map(guard.check)).toEqual(['ok', 'repeated', 'ok'])
  })

  test('may arrive out of order within a window, and counts once there too', () => {
    const { guard } = setUp()
    const check = (number: number) => guard.check({ from: 'a', number, at: START })
    expect([5, 3, 4, 5, 3, 1_026, 4, 5, 3, 2, 1_027].map(check)).toEqual(
      'ok ok ok repeated repeated ok repeated repeated repeated repeated ok'.split(' ')
    )
  })

  test('is remembered over any number of later ones', () => {
    const { guard } = setUp()
    const check = (number: number) => guard.check({ from: 'a', number, at: START })
    const numbers = Array.from({ length: 5_000 }, (_, n) => n + 1)
    expect(new Set(numbers.map(check))).toEqual(new Set(['ok']))
    expect(new Set(numbers.map(check))).toEqual(new Set(['repeated']))
  })

  test.each([
    [0, 'ok'],
    [6, 'ok'],
    [6.01, 'old'],
    [-5, 'ok'],
    [-5.01, 'old']
  ])('sent %d minutes ago is %s: one minute, and five by which clocks may differ', (minutes, verdict) => {
    expect(setUp().guard.check({ from: 'a', number: 1, at: START - minutes * MINUTE_MS })).toBe(verdict)
  })

  test('of the previous build, which carries no time, counts during a rolling deploy and then no more', async () => {
    const { clock, guard } = setUp()
    expect([1, 1, 2].map((number) => guard.check({ from: 'old', number }))).toEqual(['ok', 'repeated', 'ok'])
    await clock.advance(15 * MINUTE_MS)
    expect(guard.check({ from: 'old', number: 3 })).toBe('ok')
    await clock.advance(1)
    expect(guard.check({ from: 'old', number: 4 })).toBe('old')
  })
})

test('a thousand senders are remembered, and the one that was silent longest is forgotten first', () => {
  const { guard } = setUp()
  const check = (from: number) => guard.check({ from: `${from}`, number: 1, at: START })
  for (let from = 0; from < 1_000; from += 1) expect(check(from)).toBe('ok')
  expect(check(0)).toBe('repeated')
  expect(check(1_000)).toBe('ok')
  expect([0, 1, 999].map(check)).toEqual(['repeated', 'ok', 'repeated'])
})
