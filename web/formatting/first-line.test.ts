import { expect, test } from 'vitest'
import { firstLine } from './first-line.ts'

test.each([
  ['tea or coffee?\nor cocoa', 'tea or coffee?'],
  ['**bold** and [a link](https://example.org)', 'bold and a link'],
  ['it was ||the\nbutler|| all along', 'it was ▒▒▒ all along'],
  ['> quoted\n\nanswer', 'quoted'],
  ['```js\nlet a\n```', 'let a'],
  ['- one\n- two', 'one'],
  ['**@bo**, `@bo` and @room', '@Bożena, @bo and @room']
])('the first line of %j is %j', (text, line) => {
  const mentions = [
    { id: 'bo', name: 'bo' },
    { id: '*', name: 'room' }
  ]
  expect(firstLine({ text, mentions }, (person) => (person === 'bo' ? 'Bożena' : undefined))).toBe(line)
})
