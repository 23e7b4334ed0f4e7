import { expect, test } from 'vitest'
import { measureLostInstance, sentencesOf } from './lost-instance.ts'

const PEOPLE = 100
/** Of the README. */
const BACK_WITHIN_MS = 3_000
/** A busy machine may fail an attempt. */
const ATTEMPTS_MAX = 2 * PEOPLE

test('the people of a killed instance are back on another one, and hardly anybody has to try twice', async () => {
  const measured = await measureLostInstance(PEOPLE)
  console.log(sentencesOf(measured))
  expect(measured.backMs).toHaveLength(PEOPLE)
  // A client that returns waits and then connects, which other tests slow down.
  expect(measured.backMs.at(-1)).toBeLessThan(2 * BACK_WITHIN_MS + measured.arrivedMs.at(-1)!)
  expect(measured.attemptsMs.length).toBeLessThan(ATTEMPTS_MAX)
})
