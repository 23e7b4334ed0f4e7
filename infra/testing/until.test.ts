import { expect, test } from 'vitest'
import { until } from './until.ts'

test('what comes true is waited for, and given', async () => {
  const answers = [false, null, undefined, 0]
  expect(await until('a number', () => answers.shift())).toBe(0)
})

test('what doesn’t is named', async () => {
  await expect(until('the end of the rainbow', () => Promise.resolve(false), 20)).rejects.toThrow(
    'In vain waited 0.02 s for the end of the rainbow'
  )
})
