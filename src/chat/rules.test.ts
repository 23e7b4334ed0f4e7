import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NAME_MAX_CODE_POINTS, ROOM_TITLE_MAX_CODE_POINTS, TEXT_MAX_CODE_POINTS, isRoomId } from '../contract.ts'
import { claimedName, cleanName, cleanText, cleanTitle, foldName, isEmoji, roomIdFor } from './rules.ts'

const reasonOf = (work: () => unknown): string => {
  try {
    return `let in: ${JSON.stringify(work())}`
  } catch (cause) {
    return cause instanceof Error ? cause.message : 'not an error'
  }
}

describe('a text', () => {
  test('is kept as written, but for line breaks, controls and a blank end', () => {
    expect(cleanText('  a\r\nb\rc\td\u0000\u0007\u009b  \n ')).toBe('  a\nb\nc\td')
    expect(cleanText('half \ud83d of an emoji')).toBe('half \ufffd of an emoji')
    expect(cleanText('<b>&amp;</b> __proto__')).toBe('<b>&amp;</b> __proto__')
  })

  test.each(['', ' ', '\n\t \u00a0\u3000', '\u0000\u0001'])('that shows nothing is refused: %j', (raw) => {
    expect(reasonOf(() => cleanText(raw))).toBe('text-empty')
  })

  test('may have 4,000 code points, whatever their width', () => {
    for (const one of ['a', 'ș', '😀']) {
      expect(cleanText(one.repeat(TEXT_MAX_CODE_POINTS))).toHaveLength(one.length * TEXT_MAX_CODE_POINTS)
      expect(reasonOf(() => cleanText(one.repeat(TEXT_MAX_CODE_POINTS + 1)))).toBe('text-too-long')
    }
  })
})

describe('a name', () => {
  test.each([
    ['Łukasz', 'Łukasz'],
    ['Ștefan', 'Ștefan'],
    ['名前', '名前'],
    ['  Ana   Maria ', 'Ana Maria'],
    ['Ａｎａ', 'Ana'],
    ['O’Neill-Żak', 'O’Neill-Żak'],
    ['👩‍🚀 Ana', '👩‍🚀 Ana'],
    ['❤️', '❤️'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor']
  ])('%j is %j', (raw, name) => {
    expect(cleanName(raw)).toBe(name)
  })

  test.each([
    ['empty', ''],
    ['blank', ' \u00a0 '],
    ['a mark without a letter', '\u0301'],
    ['a control character', 'a\u0000b'],
    ['an escape', 'a\u001b[31m'],
    ['turned around', 'adm\u202ein'],
    ['a zero-width space', 'admin\u200b'],
    ['a soft hyphen', 'ad\u00admin'],
    ['a Braille blank', '\u2800'],
    ['a Hangul filler', '\u3164'],
    ['a joiner between letters', 'ad\u200dmin'],
    ['a joiner at the end', 'admin\u200d'],
    ['a variation selector on a letter', 'admin\ufe0f'],
    ['a variation selector of the second set', 'admin\u{e0101}'],
    ['a Mongolian variation selector', 'admin\u180b'],
    ['a tag character', 'admin\u{e0041}'],
    ['a musical control', 'admin\u{1d173}'],
    ['private use', 'a\ue000'],
    ['piled marks', 'a\u0300\u0301\u0302\u0303\u0304'],
    ['too long', 'a'.repeat(NAME_MAX_CODE_POINTS + 1)]
  ])('is refused with %s', (_what, raw) => {
    expect(reasonOf(() => cleanName(raw))).toBe('name-bad')
  })

  test('may have 200 code points', () => {
    expect(cleanName('😀'.repeat(NAME_MAX_CODE_POINTS))).toBe('😀'.repeat(NAME_MAX_CODE_POINTS))
  })

  test('that was let in is let in again as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (raw) => {
        const once = reasonOf(() => cleanName(raw))
        if (once === 'name-bad') return
        const name = JSON.parse(once.slice('let in: '.length)) as string
        expect(cleanName(name)).toBe(name)
      })
    )
  })

  test('is compared without case, width and what is not seen', () => {
    const one = foldName('Ana Ștefan')
    for (const other of ['ANA ȘTEFAN', 'ana  ștefan', 'Ａna Ștefan', 'ana\u200b S\u0326tefan', 'Ana\ufe0f Ștefan'])
      expect(foldName(other)).toBe(one)
    expect(foldName('Ana Stefan')).not.toBe(one)
  })
})

describe('a claim to a name by a guest', () => {
  test.each(['User', 'ｗｉｄｅ', 'Ana', 'a'.repeat(NAME_MAX_CODE_POINTS)])('is kept as said: %j', (raw) => {
    expect(claimedName(raw)).toBe(raw)
  })

  test.each([
    undefined,
    null,
    5,
    {},
    ['Ana'],
    '',
    '  ',
    '\u200b',
    'adm\u202ein',
    'admin\u{e0041}',
    'a'.repeat(NAME_MAX_CODE_POINTS + 1)
  ])('is unusable: %j', (raw) => {
    expect(claimedName(raw)).toBeNull()
  })

  test('is never a fault, whatever is claimed', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const name = claimedName(raw)
        expect(name === null || name.length > 0).toBe(true)
      })
    )
  })
})

describe('a room', () => {
  test('has a title of up to 80 code points', () => {
    expect(cleanTitle(' Książki  i filmy ')).toBe('Książki i filmy')
    expect(cleanTitle('a'.repeat(ROOM_TITLE_MAX_CODE_POINTS))).toHaveLength(ROOM_TITLE_MAX_CODE_POINTS)
    expect(reasonOf(() => cleanTitle('a'.repeat(ROOM_TITLE_MAX_CODE_POINTS + 1)))).toBe('name-bad')
  })

  test.each([
    ['Książki i filmy', 'ksiazki-i-filmy'],
    ['Łódź', 'lodz'],
    ['  Știri!  ', 'stiri'],
    ['Lobby', 'lobby'],
    ['__proto__', 'proto']
  ])('%j gets the id %j', (title, id) => {
    expect(roomIdFor(title)).toBe(id)
  })

  test('without Latin letters gets an id of its own each time', () => {
    expect(roomIdFor('読書')).not.toBe(roomIdFor('読書'))
  })

  test('has an id of the grammar, whatever its title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        expect(isRoomId(roomIdFor(title))).toBe(true)
      })
    )
  })
})

test.each(['👍', '❤️', '👩‍🚀', '🇵🇱', '👋🏽', '1️⃣', '👨‍👩‍👧‍👦'])('%s is an emoji', (raw) => {
  expect(isEmoji(raw)).toBe(true)
})

test.each(['', 'a', '1', '👍👍', '👍a', ' 👍', '\u200d', '<b>', '🇵'])('%j is no emoji', (raw) => {
  expect(isEmoji(raw)).toBe(false)
})
