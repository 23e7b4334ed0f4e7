import { expect, test } from 'vitest'
import { retryDelayMs } from './backoff.ts'

const LIMITS = { firstMs: 100, maxMs: 1_000 }
const between = (attempt: number, afterMs?: number) =>
  [0, 1].map((random) => retryDelayMs(attempt, LIMITS, { afterMs, random: () => random }))

test('delays double up to the maximum, and spread between half and one and a half times that', () => {
  expect([0, 1, 3, 4, 50].map((attempt) => between(attempt))).toEqual([
    [50, 150],
    [100, 300],
    [400, 1_200],
    [500, 1_500],
    [500, 1_500]
  ])
})

test('no client comes earlier than the server allows', () => {
  expect(between(0, 7_000)).toEqual([7_000, 7_100])
})
