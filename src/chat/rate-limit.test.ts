import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createBuckets } from './rate-limit.ts'

function bucketsOf({ burst = 3, perSecond = 2 } = {}) {
  const clock = standingClock()
  return { clock, ...createBuckets({ burst, perSecond, clock }) }
}

test('a burst passes, and then one event per token regained', async () => {
  const { clock, take } = bucketsOf()
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0])
  expect(take('a')).toBe(500)
  await clock.advance(250)
  expect(take('a')).toBe(250)
  await clock.advance(250)
  expect(take('a')).toBe(0)
  expect(take('a')).toBe(500)
})

test('asking too fast does not make the wait longer', async () => {
  const { clock, take } = bucketsOf()
  for (let i = 0; i < 100; i++) take('a')
  await clock.advance(500)
  expect(take('a')).toBe(0)
})

test('a bucket holds no more than its burst, however long it is unused', async () => {
  const { clock, take } = bucketsOf()
  take('a')
  await clock.advance(3_600_000)
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0])
  expect(take('a')).toBe(500)
})

test('each key has its own bucket, odd keys too', () => {
  const { take } = bucketsOf({ burst: 1 })
  for (const key of ['a', 'b', '', '__proto__', 'constructor']) {
    expect(take(key)).toBe(0)
    expect(take(key)).toBe(500)
  }
})

test('a clock that is set back by an hour locks nobody out', () => {
  let now = 10_000_000
  const { take } = createBuckets({ burst: 3, perSecond: 2, clock: { now: () => now, after: () => () => {} } })
  take('a')
  now -= 3_600_000
  expect([take('a'), take('a')]).toEqual([0, 0])
  expect(take('a')).toBe(500)
})

test('among 50,000 keys the longest unused is forgotten, the one in use is not', () => {
  const { take } = bucketsOf({ burst: 2, perSecond: 1 })
  take('unused')
  take('unused')
  take('used')
  take('used')
  for (let i = 0; i < 49_999; i++) {
    take(`other ${i}`)
    if (i % 10_000 === 0) take('used')
  }
  expect(take('used')).toBe(1_000)
  expect(take('unused')).toBe(0)
})
