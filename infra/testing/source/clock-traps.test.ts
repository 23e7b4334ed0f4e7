// No test may pass or fail by the hour at which it runs. Rows hold names and times beside texts, and an hour has one digit or two.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')
const FOR_TESTS = /\.(test|contract|harness|fixture)\.tsx?$|^infra\/(testing\/|.*screenshot\.ts$)/
/** Elements that hold no time of day, so that any part of their text may be looked for. */
const TIMELESS = /\.locator\('[^']*\.(?:text|notice|reaction)', \{ hasText: /
const HAS_TEXT = /\bhasText:/
const TWO_DIGIT_HOUR = /\\d(?:\\d|\{2\}):\\d/

/** What depends on the hour in the text of a test file, as sentences. */
function trapsIn(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, n) => {
    const at = `${file}:${n + 1}`
    if (HAS_TEXT.test(line) && !TIMELESS.test(line)) return [`${at}: part of a text may match a name and a time`]
    if (TWO_DIGIT_HOUR.test(line)) return [`${at}: an hour may have one digit: use CLOCK_TIME`]
    return []
  })
}

test('no test depends on how many digits the hour has', () => {
  const files = ['src', 'web', 'infra'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`)
  )
  const tests = files.filter(
    (file) => FOR_TESTS.test(file) && /\.tsx?$/.test(file) && !file.endsWith('clock-traps.test.ts')
  )
  expect(tests).toContain('infra/testing/browser.ts')
  expect(tests.flatMap((file) => trapsIn(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})

test.each([
  "locator('li.row', { hasText: text })",
  "getByRole('listitem').filter({ hasText: name })",
  String.raw`getByText(/^idle since \d\d:\d\d$/)`,
  String.raw`toMatch(/\d{2}:\d{2}/)`
])('a planted line is found: %s', (line) => expect(trapsIn('a.test.ts', line)).toHaveLength(1))
