import { expect, test } from 'vitest'
import { format } from './format.ts'
import { continued, wrapped, type Change } from './writing-aids.ts'

/** `⟦` and `⟧` show the selection, `|` the caret. */
function after(marked: string, aid: (text: string, start: number, end: number) => Change | null): string | null {
  const start = marked.search(/[⟦|]/)
  const text = marked.replace(/[⟦|]/, '')
  const end = text.includes('⟧') ? text.indexOf('⟧') : start
  const plain = text.replace('⟧', '')
  const change = aid(plain, start, end)
  if (!change) return null
  const next = plain.slice(0, change.from) + change.insert + plain.slice(change.to)
  if (change.start === change.end) return `${next.slice(0, change.start)}|${next.slice(change.start)}`
  return `${next.slice(0, change.start)}⟦${next.slice(change.start, change.end)}⟧${next.slice(change.end)}`
}

test.each([
  ['b', 'a ⟦b⟧ c', 'a **⟦b⟧** c'],
  ['b', 'a **⟦b⟧** c', 'a ⟦b⟧ c'],
  ['b', 'a⟦ b ⟧c', 'a **⟦b⟧** c'],
  ['b', 'a |', 'a **|**'],
  ['i', '⟦b⟧', '*⟦b⟧*'],
  ['i', '*⟦b⟧*', '⟦b⟧'],
  ['i', '**⟦b⟧**', '***⟦b⟧***'],
  ['i', '***⟦b⟧***', '**⟦b⟧**'],
  ['e', '⟦b⟧', '`⟦b⟧`'],
  ['e', '⟦a\nb⟧', '```\n⟦a\nb⟧\n```'],
  ['k', 'see ⟦the page⟧', 'see [the page](|)'],
  ['k', '⟦https://example.org/a⟧', '[|](https://example.org/a)'],
  ['k', 'a |', null],
  ['x', '⟦a⟧', null]
])('%s makes of %j %j', (key, before, wanted) => {
  expect(after(before, (text, start, end) => wrapped(key, text, start, end))).toBe(wanted)
})

test.each([
  ['- a|', '- a\n- |'],
  ['x\n  * a|b', 'x\n  * a\n  * |b'],
  ['1. a|', '1. a\n2. |'],
  ['> a|', '> a\n> |'],
  ['- a\n- |', '- a\n|'],
  ['a|', null],
  ['-|', null],
  ['2026. a|', null]
])('a new line makes of %j %j', (before, wanted) => {
  expect(after(before, (text, start) => continued(text, start))).toBe(wanted)
})

test('what the keys write is what the parser reads', () => {
  for (const [key, tag] of Object.entries({ b: 'strong', i: 'em', e: 'code' }))
    expect(format(wrapped(key, 'a', 0, 1)!.insert)[0]?.children).toEqual([{ tag, children: ['a'] }])
})
