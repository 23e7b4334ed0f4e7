import { expect, test } from 'vitest'
import { pieces } from './links.ts'

const links = (text: string) => pieces(text).flatMap((piece) => (piece.kind === 'link' ? [piece.text] : []))

test('web addresses are found, and the text around them stays as it was', () => {
  const text = 'See https://example.org/a?b=1#c, and http://example.com. Bye'
  expect(
    pieces(text)
      .map((piece) => piece.text)
      .join('')
  ).toBe(text)
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

test('the work grows with the text and not with its square', () => {
  const text = 'http://['.repeat(2_000) + '('.repeat(10_000)
  const counted = { parse: 0 }
  const { parse } = URL
  URL.parse = (...given) => {
    counted.parse++
    return parse(...given)
  }
  try {
    pieces(text)
  } finally {
    URL.parse = parse
  }
  expect(counted.parse).toBe(1)
})
