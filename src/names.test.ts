import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { looksLike } from './names.ts'

test.each([
  ['another case', 'ANA ȘTEFAN', 'Ana Ștefan'],
  ['another case in another script', 'ОЛЬГА', 'Ольга'],
  ['another case, with a letter for the end of words', 'ΣΊΣΥΦΟΣ', 'Σίσυφος'],
  ['more spaces', 'ana  ștefan', 'Ana Ștefan'],
  ['another width', 'Ａna', 'Ana'],
  ['another composition', 'S\u0326tefan', 'Ștefan'],
  ['a cedilla for a comma', '\u015etefan', '\u0218tefan'],
  ['something unseen', 'ana\u200b\ufe0f', 'Ana'],
  ['a Cyrillic o', 'Lоbby', 'Lobby'],
  ['a Cyrillic О, in capitals', 'LОBBY', 'Lobby'],
  ['a Cyrillic В, whose small letter looks otherwise', 'ВOB', 'Bob'],
  ['a Greek Η', 'Ηello', 'hello'],
  ['a Cyrillic І', 'Іvan', 'ivan'],
  ['all of it in Cyrillic', 'ѕсоре', 'Scope'],
  ['Cherokee', 'Ꭺna', 'ana'],
  ['mathematics', '𝔭𝕒𝓎', 'pay'],
  ['digits', 'R0be1t', 'robelt'],
  ['a capital I for an l', 'AIice', 'alice'],
  ['a capital I at the end', 'PauI', 'Paul'],
  ['two of them', 'MaII', 'Mall'],
  ['a capital I that is one', 'MacInnes', 'macinnes']
])('with %s, %j looks like %j', (_what, one, other) => {
  expect([looksLike(one, other), looksLike(other, one)]).toEqual([true, true])
})

test.each([
  ['Ana Stefan', 'Ana Ștefan'],
  ['Ian', 'Lan'],
  ['Mail', 'Mall'],
  ['Neil', 'Nell'],
  ['Lia', 'Ila'],
  ['Modern', 'Modem'],
  ['Łódź', 'Lodz'],
  ['Tea', 'Coffee'],
  ['読書', '読者'],
  ['constructor', 'toString']
])('%j does not look like %j', (one, other) => expect(looksLike(one, other)).toBe(false))

test('every text looks like itself', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)), maxLength: 40 }),
      (text) => {
        expect(looksLike(text, text)).toBe(true)
      }
    )
  )
})
