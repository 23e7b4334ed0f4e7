import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createModeratorAttempts } from './moderator-attempts.ts'

const MINUTE_MS = 60_000

function setUp() {
  const clock = standingClock()
  return { clock, ...createModeratorAttempts(clock) }
}

test('the first guess is checked at once, and each wrong one doubles the delay', async () => {
  const { clock, wait, wrong } = setUp()
  const waits: number[] = []
  for (let guess = 0; guess < 6; guess += 1) {
    expect(wait('a')).toBe(0)
    wrong('a')
    waits.push(wait('a'))
    await clock.advance(wait('a'))
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000])
})

test('an address has at most five guesses a minute, and about a hundred a day', async () => {
  const { clock, wait, wrong } = setUp()
  const guesses: number[] = []
  for (const end = clock.now() + 24 * 60 * MINUTE_MS; clock.now() < end;) {
    guesses.push(clock.now())
    wrong('a')
    await clock.advance(wait('a'))
  }
  const inMinuteFrom = (from: number) => guesses.filter((at) => at >= from && at < from + MINUTE_MS).length
  expect(Math.max(...guesses.map(inMinuteFrom))).toBe(5)
  expect(guesses.length).toBeLessThan(120)
})

test('other addresses do not wait, and an hour without a guess resets the delay', async () => {
  const { clock, wait, wrong } = setUp()
  for (let guess = 0; guess < 9; guess += 1) wrong('a')
  expect([wait('a') > 0, wait('b')]).toEqual([true, 0])
  await clock.advance(60 * MINUTE_MS)
  wrong('a')
  expect(wait('a')).toBe(2_000)
})

test('only the latest addresses are remembered, up to a limit', () => {
  const { wait, wrong } = setUp()
  for (let address = 0; address <= 10_000; address += 1) wrong(`${address}`)
  expect([wait('0'), wait('1') > 0, wait('10000') > 0]).toEqual([0, true, true])
})
