import { expect, test } from 'vitest'
import { format, plain, type Part } from '../formatting/format.ts'

/** What is shown of each link. */
const links = (text: string): string[] => format(text).flatMap(linksIn)
const linksIn = (part: Part): string[] => {
  if (typeof part === 'string') return []
  return part.href === undefined ? part.children.flatMap(linksIn) : [plain(part.children)]
}

test('web addresses are found, and the text around them stays as it was', () => {
  const text = 'See https://example.org/a?b=1#c, and http://example.com. Bye'
  expect(plain(format(text))).toBe(text)
  expect(links(text)).toEqual(['https://example.org/a?b=1#c', 'http://example.com'])
})

test('brackets belong to the address only in pairs', () => {
  expect(links('(https://example.org/x)')).toEqual(['https://example.org/x'])
  expect(links('https://example.org/Tea_(meal)!')).toEqual(['https://example.org/Tea_(meal)'])
  expect(links('[https://example.org/a].')).toEqual(['https://example.org/a'])
})

test('nothing but http and https can be followed', () => {
  const bad = 'javascript:alert(1) data:text/html,x vbscript:x ftp://example.org //example.org https:// http://'
  expect(links(bad)).toEqual([])
})

test('an address that pretends to be another is not followed', () => {
  expect(links('https://example.org@evil.example/')).toEqual([])
})

test('quotes and angle brackets end an address', () => {
  expect(links('<a href="https://example.org/a">')).toEqual(['https://example.org/a'])
})

test.each(['”', '“', '»', '«', '’', '‘', '。', '，', '、', '،', '؟', '」', '）'])('%s ends an address', (sign) => {
  expect(links(`https://example.org/a?b${sign}and more`)).toEqual(['https://example.org/a?b'])
  expect(links(`https://example.org${sign}and more`)).toEqual(['https://example.org'])
})

test.each(['看看', 'を見て', 'サイト', '에서'])('text without spaces ends an address: %s', (text) => {
  expect(links(`请看https://example.org${text}`)).toEqual(['https://example.org'])
  expect(links(`https://example.org/a${text}`)).toEqual(['https://example.org/a'])
  expect(links(`https://example.org/${text}`)).toEqual(['https://example.org/'])
})

test.each([
  'https://日本語.jp/a',
  'https://例え.テスト/',
  'https://한국.kr',
  'https://żółw.pl/Łódź',
  'https://știri.ro:8080/',
  'https://münchen.example/straße',
  'https://пример.рф/путь',
  'https://ישראל.ישראל/דף',
  'https://xn--80ak6aa92e.com/'
])('an address in another writing is shown as it was written: %s', (address) => {
  expect(links(`see ${address} now`)).toEqual([address])
})

test.each([
  ['a Cyrillic а', 'https://аpple.com/x', 'https://xn--pple-43d.com/x'],
  ['all Cyrillic', 'https://аррӏе.com:81', 'https://xn--80ak6aa92e.com:81'],
  ['a Greek ο', 'https://gοogle.com', 'https://xn--gogle-rce.com'],
  ['a dotless i', 'https://wıkipedia.org', 'https://xn--wkipedia-tkb.org'],
  ['mathematics', 'https://𝐞xample.org/a', 'https://example.org/a'],
  ['something unseen', 'https://exam\u00adple.org/a', 'https://example.org/a'],
  ['an override in its path', 'https://example.org/\u202egpj.exe', 'https://example.org/%E2%80%AEgpj.exe'],
  ['an isolate in its path', 'https://example.org/a\u2067b\u2069', 'https://example.org/a%E2%81%A7b%E2%81%A9'],
  ['something unseen in its path', 'https://example.org/a\u200bb', 'https://example.org/a%E2%80%8Bb']
])('an address with %s is shown for what it is', (_what, address, shown) => {
  const [link] = format(address)[0]!.children
  expect(link).toEqual({ tag: 'a', children: [shown], href: URL.parse(address)?.href })
})

test('an address with an override in its host is none', () => {
  expect(links('https://example\u202e.org/')).toEqual([])
})

test('the work grows with the text and not with its square', () => {
  const text = 'http://['.repeat(2_000) + '('.repeat(10_000)
  const counted = { parse: 0 }
  const { parse } = URL
  URL.parse = (...given) => {
    counted.parse++
    return parse(...given)
  }
  try {
    format(text)
  } finally {
    URL.parse = parse
  }
  expect(counted.parse).toBe(1)
})
