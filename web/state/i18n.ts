// Texts in the person's language. A part of the page loads with its own texts: locales/<language>/<part>.ts. English is the type of the
// other languages; of the sign-in view it is in the bundle.
import { batch, computed, signal } from '@preact/signals'
import type { texts as chat } from '../locales/en/chat.ts'
import { texts as signIn } from '../locales/en/sign-in.ts'

/** The names of the folders in locales/, which the build fills in. */
declare const __LANGUAGES__: readonly string[]
export const languages = __LANGUAGES__

/** What the language calls itself, as in a list. */
export function nameOf(language: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
export type Texts = Readonly<Record<string, string | Plural>>
/** Every language has the same keys; where English has a plural, each has its own categories. */
export type Like<English extends Texts> = { [K in keyof English]: English[K] extends string ? string : Plural }
/** What is there wherever the chat is. */
export type TextKey = keyof typeof signIn | keyof typeof chat
export type Values = Record<string, string | number>
/** The texts of one part in this language. */
export type LoadTexts = (language: string) => Promise<{ texts: Texts }>

export const LANGUAGE_KEY = 'taifas:language'

const loadSignIn: LoadTexts = (language) =>
  language === 'en' ? Promise.resolve({ texts: signIn }) : import(`../locales/${language}/sign-in.ts`)
/** For `add`, before a chat opens. */
export const loadChatTexts: LoadTexts = (language) => import(`../locales/${language}/chat.ts`)

/** The first language of the person's list that we speak, by its main part; else English. */
export function negotiate(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const main = tag.toLowerCase().split('-')[0]
    const spoken = languages.find((language) => language === main)
    if (spoken) return spoken
  }
  return 'en'
}

const mapOf = (parts: readonly { texts: Texts }[]) => new Map(parts.flatMap(({ texts }) => Object.entries(texts)))

/** The template for this key and, for plurals, this number. */
export function template(
  texts: ReadonlyMap<string, string | Plural>,
  rules: Intl.PluralRules,
  key: string,
  n?: number
): string {
  // A server of a newer version may refuse for a reason that this page has no text for.
  const text = texts.get(key) ?? texts.get('reason.fault')!
  if (typeof text === 'string') return text
  return text[rules.select(n ?? 0)] ?? text.other
}

export function openI18n(storage: Storage, wanted: readonly string[]) {
  const stored = storage.getItem(LANGUAGE_KEY)
  const language = signal('en')
  const texts = signal(mapOf([{ texts: signIn }]))
  const tools = computed(() => toolsOf(language.value, wanted))
  const parts = new Set([loadSignIn])
  /** The language to be spoken once its texts have loaded. */
  let next = languages.find((language) => language === stored) ?? negotiate(wanted)
  let spoken = Promise.resolve()

  /** Speaks `next` in all parts. Of two calls, the later one takes effect last. */
  function speak(): Promise<void> {
    const to = next
    const loading = Promise.all([...parts].map((load) => load(to)))
    loading.catch(() => {})
    spoken = spoken
      .catch(() => {})
      .then(async () => {
        const loaded = await loading
        batch(() => {
          texts.value = mapOf(loaded)
          language.value = to
        })
      })
    return spoken
  }

  function text(key: string, values: Values = {}): string {
    const n = typeof values['n'] === 'number' ? values['n'] : undefined
    return template(texts.value, tools.value.plural, key, n).replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? ''
      return typeof value === 'number' ? tools.value.number.format(value) : value
    })
  }

  return {
    language,
    tools,
    /** The language of last time, or the device's. When its texts cannot be loaded, it is English. */
    begin: () => speak().catch(() => (next = language.value)),
    async choose(wanted: string) {
      storage.setItem(LANGUAGE_KEY, wanted)
      next = wanted
      // When the texts cannot be loaded, the language stays as it was.
      await speak().catch(() => (next = language.value))
    },
    /**
     * Loads the texts of one more part, now and whenever the language changes.
     * @throws Error when they cannot be loaded
     */
    async add(part: LoadTexts): Promise<void> {
      if (parts.has(part)) return spoken
      parts.add(part)
      try {
        await speak().catch(() => {
          next = language.value
          return speak()
        })
      } catch (error) {
        parts.delete(part)
        throw error
      }
    },
    t: text as (key: TextKey, values?: Values) => string,
    /** The template alone, for sentences with elements in them. */
    pattern: (key: string, n?: number) => template(texts.value, tools.value.plural, key, n)
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
    collator: new Intl.Collator(language, { numeric: true })
  }
}
