import { expect, test } from 'vitest'
import { hardTexts } from '../../infra/testing/formatted-texts.ts'
import { highlight } from './highlight.ts'

test('names of languages are known by what people call them, others are not', () => {
  for (const name of [
    'js',
    'JavaScript',
    'tsx',
    'py',
    'rust',
    'c++',
    'sh',
    'yml',
    'html',
    'sql',
    'go',
    'java',
    'json',
    'diff'
  ])
    expect(highlight('a', name)).not.toBeNull()
  expect(highlight('a', 'klingon')).toBeNull()
  expect(highlight('a', 'constructor')).toBeNull()
})

test('a keyword, a string and a comment have colors of their own', () => {
  const kinds = (highlight("const a = 'b' // c", 'js') ?? []).map(({ text, kind }) => `${kind} ${text}`)
  expect(kinds).toEqual(expect.arrayContaining(['kwd const', "str 'b'", 'cmnt // c']))
})

test('whatever is in a block, its parts are the whole of it', () => {
  for (const code of hardTexts(30, 2_000))
    for (const language of ['js', 'html', 'css', 'bash', 'yaml', 'diff', 'sql'])
      expect(
        highlight(code, language)
          ?.map(({ text }) => text)
          .join('')
      ).toBe(code)
})
