import { expect, test } from 'vitest'
import { languages } from '../state/i18n.ts'
import { loadEmoji } from './emoji.ts'
import { toned } from './tone.ts'

const first = async (language: string, text: string) =>
  (await loadEmoji(language)).search(text, 3).map(({ sign }) => sign)

test.each([
  ['en', 'smile', '😄'],
  ['en', 'thumbs up', '👍'],
  ['en', '+1', '👍'],
  ['en', 'flag poland', '🇵🇱'],
  ['pl', 'kciuk w gore', '👍'],
  ['pl', 'żółw', '🐢'],
  ['pl', 'zolw', '🐢'],
  ['pl', 'turtle', '🐢'],
  ['ro', 'broască țestoasă', '🐢'],
  ['ro', 'broasca testoasa', '🐢'],
  ['ro', 'inima rosie', '❤️'],
  ['de', 'turtle', '🐢']
])('in %s, %s finds %s', async (language, text, sign) => expect(await first(language, text)).toContain(sign))

test('every emoji has a name in every language, and a code', async () => {
  for (const language of languages) {
    const all = (await loadEmoji(language)).groups.flat()
    expect(all.length).toBeGreaterThan(1_500)
    expect(all.filter(({ name, codes, sign }) => name === '' || name === sign || codes.length === 0)).toEqual([])
  }
})

test('a skin tone is put where Unicode puts it, on those that have tones', async () => {
  const set = await loadEmoji('en')
  expect(toned(set.ofCode('wave')!, '🏽')).toBe('👋🏽')
  expect(toned(set.ofCode('v')!, '🏿')).toBe('✌🏿')
  expect(toned(set.ofCode('woman_astronaut')!, '🏻')).toBe('👩🏻‍🚀')
  expect(toned(set.ofCode('turtle')!, '🏽')).toBe('🐢')
  expect(toned(set.ofCode('wave')!, '')).toBe('👋')
  expect([set.ofSign('👋🏽')?.codes[0], set.ofSign('✌🏿')?.codes[0]]).toEqual(['wave', 'v'])
})
