// Texts in the person's language. English is in the bundle and is the type of the other languages, which load when they are chosen.
import { computed, signal } from '@preact/signals'
import { en } from '../locales/en.ts'

/** The names of the files in locales/, which the build fills in. */
declare const __LANGUAGES__: readonly string[]
export const languages = __LANGUAGES__

/** What the language calls itself, as in a list. */
export function nameOf(language: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
/** Every language has the same keys; where English has a plural, each has its own categories. */
export type Words = { [K in keyof typeof en]: (typeof en)[K] extends string ? string : Plural }
export type TextKey = keyof Words
export type Values = Record<string, string | number>

export const LANGUAGE_KEY = 'taifas:language'

export async function loadTexts(language: string): Promise<Words> {
  // The file exports nothing else.
  const [texts = en] = Object.values((await import(`../locales/${language}.ts`)) as { texts: Words })
  return texts
}

/** The first language of the person's list that we speak, by its main part; else English. */
export function negotiate(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const main = tag.toLowerCase().split('-')[0]
    const spoken = languages.find((language) => language === main)
    if (spoken) return spoken
  }
  return 'en'
}

/** The template for this key and, for plurals, this number. */
export function template(words: Words, rules: Intl.PluralRules, key: TextKey, n?: number): string {
  // A server of a newer version may refuse for a reason that this page has no text for.
  const word: string | Plural = key in words ? words[key] : words['reason.fault']
  if (typeof word === 'string') return word
  return word[rules.select(n ?? 0)] ?? word.other
}

export function openI18n(storage: Storage, wanted: readonly string[]) {
  const kept = storage.getItem(LANGUAGE_KEY)
  const language = signal('en')
  const words = signal<Words>(en)
  const tools = computed(() => toolsOf(language.value, wanted))
  let latest = 0

  async function speak(next: string) {
    const turn = ++latest
    try {
      const loaded = await loadTexts(next)
      if (turn !== latest) return
      words.value = loaded
      language.value = next
    } catch {
      // The chunk cannot be loaded now, so the language stays as it was.
    }
  }

  function text(key: TextKey, values: Values = {}): string {
    const n = typeof values['n'] === 'number' ? values['n'] : undefined
    return template(words.value, tools.value.plural, key, n).replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? ''
      return typeof value === 'number' ? tools.value.number.format(value) : value
    })
  }

  return {
    language,
    tools,
    /** The language kept from last time, or the device's. */
    begin: () => speak(languages.find((language) => language === kept) ?? negotiate(wanted)),
    async choose(next: string) {
      storage.setItem(LANGUAGE_KEY, next)
      await speak(next)
    },
    t: text,
    /** The template alone, for sentences with elements in them. */
    pattern: (key: TextKey, n?: number) => template(words.value, tools.value.plural, key, n)
  }
}

/** Numbers, lists and times in the person's own variety of the language: hours and dates differ between two Englishes. */
function toolsOf(language: string, wanted: readonly string[]) {
  const variety = wanted.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language
  return {
    plural: new Intl.PluralRules(language),
    number: new Intl.NumberFormat(variety),
    list: new Intl.ListFormat(variety, { type: 'conjunction' }),
    clock: new Intl.DateTimeFormat(variety, { timeStyle: 'short' }),
    moment: new Intl.DateTimeFormat(variety, { dateStyle: 'full', timeStyle: 'short' }),
    day: new Intl.DateTimeFormat(variety, { weekday: 'long', day: 'numeric', month: 'long' }),
    dayOfYear: new Intl.DateTimeFormat(variety, { dateStyle: 'full' }),
    near: new Intl.RelativeTimeFormat(variety, { numeric: 'auto' }),
    collator: new Intl.Collator(language)
  }
}
