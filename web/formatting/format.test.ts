import { expect, test } from 'vitest'
import { cpuMs, hardTexts } from '../../infra/testing/formatted-texts.ts'
import { format, plain, type Part } from './format.ts'

/** What is shown, with the name of each element around what is in it. */
const outline = (text: string) => format(text).map(shown).join('')
const shown = (part: Part): string => {
  if (typeof part === 'string') return part
  const { tag, children, value, language, host } = part
  return `<${[tag, value, language, host].filter(Boolean).join(' ')}>${children.map(shown).join('')}</>`
}

test.each([
  ['*a* _b_ **c** __d__ ~~e~~', '<em>a</> <em>b</> <strong>c</> <strong>d</> <s>e</>'],
  ['**a *b* c**', '<strong>a <em>b</> c</>'],
  ['`*a*` ``b`c``', '<code>*a*</> <code>b`c</>'],
  ['||a *b*|| c', '<spoiler>a <em>b</></> c'],
  ['中文**粗体**中文', '中文<strong>粗体</>中文'],
  ['\\*a\\* \\||b||', '*a* ||b||'],
  ['[a *b*](https://example.org/c "d")', '<a>a <em>b</></>'],
  [
    '**https://example.org/** ||https://example.org||',
    '<strong><a>https://example.org/</></> <spoiler><a>https://example.org</></>'
  ]
])('in a line: %s', (text, wanted) => expect(outline(text)).toBe(`<p>${wanted}</>`))

test.each([
  ['> a\n> b\nc', '<blockquote><p>a\nb</></><p>c</>'],
  ['> a\n> > b', '<blockquote><p>a</><blockquote><p>b</></></>'],
  ['a\n- b\n- c\n  - d\ne', '<p>a</><ul><li><p>b</></><li><p>c</><ul><li><p>d</></></></></><p>e</>'],
  ['3. a\n2. b\n1. c', '<ol><li 3><p>a</></><li 2><p>b</></><li 1><p>c</></></>'],
  ['```js\nlet a = `*b*`\n\nc\n```\nd', '<pre js>let a = `*b*`\n\nc</><p>d</>'],
  ['```\na```', '<pre>a</>'],
  ['> ```\n> a\n> ```', '<blockquote><pre>a</></>'],
  ['- '.repeat(5) + 'a', `${'<ul><li>'.repeat(5)}<p>a</>${'</>'.repeat(10)}`],
  ['- '.repeat(30) + 'a', `${'<ul><li>'.repeat(5)}<p>${'- '.repeat(25)}a</>${'</>'.repeat(10)}`]
])('of several lines: %j', (text, wanted) => expect(outline(text)).toBe(wanted))

test.each([
  'a\n\n\n  b   c\n\td',
  '# no heading',
  'no heading\n===',
  '---',
  '<b>no</b> <!-- html --> &amp; <https:x>',
  '![no picture](x)',
  '![no picture](javascript:alert(1))',
  '[no reference]\n\n[no reference]: https',
  '| no | table |\n|---|---|',
  '[nowhere](javascript:alert(1)) [nowhere](/path) [nowhere]() [x](https://a@b.example)',
  'snake_case_name, 2*3*4, 2 * 3 * 4, a || b || c, ||, ||||, **, ~~',
  '¯\\_(ツ)_/¯ C:\\temp \\d+',
  '>_< >:( -5 +1 -',
  '2026. A good year',
  '1) one',
  '```',
  '```\n'
])('is no formatting and stays as it was typed: %j', (text) => expect(plain(format(text))).toBe(text.trimEnd()))

test.each(['👍', '❤️', '👩‍🚀👋🏽 🇷🇴'])('a few emoji alone are large: %s', (text) => {
  expect(outline(text)).toBe(`<p><emoji>${text}</></>`)
})

test.each(['👍👍👍👍', '👍 ok', '1', '#'])('%s is not large', (text) => expect(outline(text)).toBe(`<p>${text}</>`))

test.each([
  'bank.example',
  'https://bank.example/',
  'h\u200bttps://bank\u200b.example',
  '\u202eelpmaxe.knab',
  'bank。example',
  'bank．example',
  '**https://bank.example**',
  'sign in at bank.example now'
])('a link whose text can be taken for another address gives its host: %s', (text) => {
  expect(outline(`[${text}](https://evil.example/a)`)).toContain('<a evil.example>')
  expect(outline(`[${text}](https://еvil.example/a)`)).toContain('<a xn--vil-qdd.example>')
})

test.each(['a text', 'evil.example', 'https://evil.example/b', 'What? Yes. No.'])(
  'a link with another text gives none: %s',
  (text) => expect(outline(`[${text}](https://evil.example/a)`)).toContain('<a>')
)

test('a link leads where it was written, and the code of a spoiler or a quote stays in it', () => {
  const [paragraph] = format('[a](https://example.org/?b=1&copy=2_3_)')
  expect(paragraph?.children[0]).toMatchObject({ href: 'https://example.org/?b=1&copy=2_3_' })
})

/** The promise is 20 ms for each of 20,000 such texts: node infra/bench/formatting.ts. */
const PROMISE_MS = 20

test('no text takes long, and nothing of it is lost', () => {
  const shownIn = (part: Part): string =>
    typeof part === 'string' ? part : (part.language ?? '') + part.children.map(shownIn).join('')
  const characters = (text: string) => text.replace(/[^a-zé字😀]/gu, '')
  let most = 0
  for (const text of hardTexts(40, 16_384)) {
    most = Math.max(
      most,
      cpuMs(() => format(text), PROMISE_MS)
    )
    // The address of a link with text is not shown, and the host of another may be in its ASCII form.
    if (/\]\(|:\/\/\S*[é字😀]/u.test(text)) continue
    expect(
      characters(format(text).map(shownIn).join('')) === characters(text),
      `of ${JSON.stringify(text)} all is shown`
    ).toBe(true)
  }
  console.log(`the slowest of 40 texts of 16 KB took ${most.toFixed(1)} ms`)
  expect(most).toBeLessThan(2 * PROMISE_MS)
})
