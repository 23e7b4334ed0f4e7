import { describe, expect, test } from 'vitest'
import { partsOf, textsOf } from '../testing/texts.fixture.ts'
import { mapStorage } from './page.fixture.ts'
import { languages, loadChatTexts, nameOf, negotiate, openI18n, type LoadTexts, type Plural } from './i18n.ts'

const en = await textsOf('en')
const keys = Object.keys(en)
const forms = (word: string | Plural) => (typeof word === 'string' ? [word] : Object.values(word))
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted()

describe.each(languages)('%s', async (language) => {
  const words = await textsOf(language)
  const texts = keys.flatMap((key) => forms(words[key]!))

  test('has exactly the parts and the keys of English, plural where English is plural', () => {
    expect(partsOf(language)).toEqual(partsOf('en'))
    expect(Object.keys(words).toSorted()).toEqual(keys.toSorted())
    for (const key of keys) expect([key, typeof words[key]]).toEqual([key, typeof en[key]])
  })

  test('has for every plural exactly the categories of its language', () => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted()
    const plurals = keys.filter((key) => typeof words[key] !== 'string')
    expect(plurals.length).toBeGreaterThan(5)
    for (const key of plurals) expect([key, Object.keys(words[key]!).toSorted()]).toEqual([key, categories])
  })

  test('keeps every place to be filled', () => {
    for (const key of keys) {
      const wanted = holes(forms(en[key]!).at(-1)!)
      for (const form of forms(words[key]!)) expect([key, holes(form)]).toEqual([key, wanted])
    }
  })

  test('leaves nothing empty, and nothing with the cedilla letters of an old encoding', () => {
    for (const text of texts) {
      expect(text.trim()).not.toBe('')
      expect(text).not.toMatch(/[\u015e\u015f\u0162\u0163]/)
    }
  })
})

test('Polish and Romanian choose the form that people say', async () => {
  const storage = mapStorage()
  const i18n = openI18n(storage, [])
  await i18n.add(loadChatTexts)
  const count = (n: number) => i18n.t('people.count', { n })
  await i18n.choose('pl')
  expect([1, 3, 5, 12, 22, 25].map(count)).toEqual(['1 osoba', '3 osoby', '5 osób', '12 osób', '22 osoby', '25 osób'])
  await i18n.choose('ro')
  expect([1, 2, 19, 20, 101].map(count)).toEqual([
    '1 persoană',
    '2 persoane',
    '19 persoane',
    '20 de persoane',
    '101 persoane'
  ])
})

test('the languages are called as their speakers call them', () => {
  expect(['en', 'pl', 'ro'].map(nameOf)).toEqual(['English', 'Polski', 'Română'])
})

test('the last of two quick choices is spoken', async () => {
  const i18n = openI18n(mapStorage(), [])
  await Promise.all([i18n.choose('pl'), i18n.choose('ro')])
  expect(i18n.language.value).toBe('ro')
  expect(i18n.t('common.cancel')).toBe('Anulează')
})

test('the texts of a part come in the language that is spoken, and change with it', async () => {
  const i18n = openI18n(mapStorage(), ['pl'])
  await Promise.all([i18n.begin(), i18n.add(loadChatTexts), i18n.add(loadChatTexts)])
  expect(i18n.t('rooms.lobby')).toBe('Salon')
  await i18n.choose('en')
  expect(i18n.t('rooms.lobby')).toBe('Lobby')
})

test('a part that cannot be loaded in a language comes in the one that is spoken, and one that cannot be loaded at all may be asked for again', async () => {
  const i18n = openI18n(mapStorage(), ['pl'])
  const failing = new Set(['pl', 'en'])
  const part: LoadTexts = (language) =>
    failing.has(language)
      ? Promise.reject(new Error('no network'))
      : Promise.resolve({ texts: { 'app.skip': language } })
  await expect(i18n.add(part)).rejects.toThrow('no network')
  failing.delete('en')
  await i18n.add(part)
  expect([i18n.language.value, i18n.t('app.skip'), i18n.t('common.cancel')]).toEqual(['en', 'en', 'Cancel'])
})

test('a browser is spoken to in the first of its languages that is known, a person in the chosen one', async () => {
  expect(negotiate(['de-DE', 'pl-PL', 'en'])).toBe('pl')
  expect(negotiate(['de'])).toBe('en')
  const storage = mapStorage()
  await openI18n(storage, ['pl']).choose('ro')
  const again = openI18n(storage, ['pl'])
  await again.begin()
  expect(again.language.value).toBe('ro')
})

test('all languages say the same about reasons that a server may give', async () => {
  const { reasons } = await import('../../src/contract.ts')
  const known = keys.filter((key) => key.startsWith('reason.')).map((key) => key.slice('reason.'.length))
  expect(known.toSorted()).toEqual([...reasons].toSorted())
})

test.each(['en-GB', 'en-US', 'pl', 'ro'])(
  'in %s, the time of a row looks as it does in its tooltip',
  async (language) => {
    const i18n = openI18n(mapStorage(), [language])
    await i18n.begin()
    const { clock, moment } = i18n.tools.value
    const morning = new Date(2026, 4, 5, 9, 5)
    expect(moment.format(morning)).toContain(clock.format(morning))
  }
)
