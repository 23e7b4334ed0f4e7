import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NAME_MAX_CODE_POINTS, ROOM_TITLE_MAX_CODE_POINTS, TEXT_MAX_CODE_POINTS, isRoomId } from '../contract.ts'
import { claimedName, cleanName, cleanText, cleanTitle, isEmoji, roomIdFor } from './rules.ts'

const reasonOf = (work: () => unknown): string => {
  try {
    return `let in: ${JSON.stringify(work())}`
  } catch (cause) {
    return cause instanceof Error ? cause.message : 'not an error'
  }
}

describe('a text', () => {
  test('is stored as written, except for line breaks, controls and a blank end', () => {
    expect(cleanText('  a\r\nb\rc\td\u0000\u0007\u009b  \n ')).toBe('  a\nb\nc\td')
    expect(cleanText('half \ud83d of an emoji')).toBe('half \ufffd of an emoji')
    expect(cleanText('<b>&amp;</b> __proto__')).toBe('<b>&amp;</b> __proto__')
  })

  test.each(['', ' ', '\n\t \u00a0\u3000', '\u0000\u0001', '\u200b\u2060\ufeff', '\u3164 \u2800', '\u{e0067}\u034f'])(
    'that shows nothing is refused: %j',
    (raw) => {
      expect(reasonOf(() => cleanText(raw))).toBe('text-empty')
    }
  )

  test('may have 4,000 code points, whatever their width', () => {
    for (const one of ['a', 'ș', '😀']) {
      expect(cleanText(one.repeat(TEXT_MAX_CODE_POINTS))).toHaveLength(one.length * TEXT_MAX_CODE_POINTS)
      expect(reasonOf(() => cleanText(one.repeat(TEXT_MAX_CODE_POINTS + 1)))).toBe('text-too-long')
    }
  })
})

describe('marks on letters', () => {
  test.each([
    ['Vietnamese, decomposed', 'Việt Nam, Tiếng Việt'.normalize('NFD')],
    ['Polish, decomposed', 'Żółć'.normalize('NFD')],
    ['polytonic Greek, decomposed', 'ᾧ ᾅδης'.normalize('NFD')],
    ['Thai', 'น้ำใจที่นี่ ก็ซื้อไม่ได้'],
    ['Hebrew with vowels and accents', 'בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים יְרוּשָׁלִַ֔ם'],
    ['Arabic with vowels', 'ٱلْحَمْدُ لِلَّٰهِ رَبِّ ٱلْعَٰلَمِينَ'],
    ['Hindi', 'क्षत्रिय, हिंदी में, स्त्रियाँ'],
    ['Burmese', 'မြွှံ့ ကြွေးမြွှေ့'],
    ['Tibetan', 'བསྒྲུབས ཧཱུྃ རྒྱལ་མཚན'],
    ['Khmer', 'ស្ត្រី ខ្ញុំ'],
    ['phonetics', 'ã̤́ ɔ̃ː k͡pʼ'],
    ['emoji', '👩‍🚀 ❤️ 👨‍👩‍👧‍👦 1️⃣ 👋🏽 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}']
  ])('of %s are kept', (_what, text) => expect(cleanText(text)).toBe(text))

  test.each([
    ['marks of every script', 'Z\u0301\u0302\u0303\u0304', '\u0305'.repeat(900), 'algo'],
    ['marks of one script', 'ก็็็็็็็็', '็'.repeat(500), 'x'],
    ['marks around something unseen', 'a\u0301\u200d\u0302\u200d\u0303\u200b\u0304\u200d', '\u0305', 'b']
  ])('%s are allowed up to a bound, and no letter is lost', (_what, kept, beyond, after) => {
    expect(cleanText(kept + beyond + after)).toBe(kept + after)
  })

  test('of a guest are reduced to those of a name, and the guest is accepted', () => {
    expect(claimedName(`Z${'\u0301'.repeat(100)}algo`)).toBe('Z\u0301\u0301\u0301algo')
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

  test('that was accepted is accepted again unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (raw) => {
        const once = reasonOf(() => cleanName(raw))
        if (once === 'name-bad') return
        const name = JSON.parse(once.slice('let in: '.length)) as string
        expect(cleanName(name)).toBe(name)
      })
    )
  })
})

describe('a claim to a name by a guest', () => {
  test.each(['User', 'ｗｉｄｅ', 'Ana', 'a'.repeat(NAME_MAX_CODE_POINTS)])('stays unchanged: %j', (raw) => {
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

  test('never throws, whatever is claimed', () => {
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
