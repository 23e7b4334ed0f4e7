// Who is mentioned in a text: `@` and a name, as people write it. The names are looked up by their forms, so case does not matter.
import { WHOLE_ROOM, MENTIONS_MAX, type Mention } from '../contract.ts'
import { formsOf } from '../people/registry.ts'
import type { PeopleStore } from '../people/store.ts'

/** A name has so many words at most to be found in a text. */
const WORDS_MAX = 5
/** What a mention may follow: an address such as `ana@example.org` has none. */
const SIGN = /(?<![\w@/.+-])@(?=[^\s@])/g
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g
const WORD = /\s*\S+/y
const END_OF_SENTENCE = /[\p{P}\p{S}]+$/u
/** The same in every language, as `@here` elsewhere. */
const ROOM = /^room(?![\p{L}\p{N}])/iu

/**
 * The people whose names follow an `@`, each once, in the order of the text. The longest name counts.
 * @param mayMentionAll whether `@room` mentions all of the room
 * @throws StoreUnavailable
 */
export async function mentionsIn(
  text: string,
  { owners }: Pick<PeopleStore, 'owners'>,
  { author, mayMentionAll }: { author: string; mayMentionAll: () => Promise<boolean> }
): Promise<Mention[]> {
  const places = placesIn(text)
  if (places.length === 0) return []
  const hasAll = places.some((rest) => ROOM.test(rest)) && (await mayMentionAll())
  const candidates = places.map((rest) => (hasAll && ROOM.test(rest) ? [] : namesAt(rest)))
  const forms = candidates.flat().map(formsOf)
  const found = forms.length > 0 ? await owners(forms.flat()) : []
  let at = 0
  const ids = forms.map(({ length }) => found.slice(at, (at += length)).find((id) => id !== null) ?? null)
  at = 0
  const mentions = candidates.flatMap((names, n): Mention[] => {
    if (names.length === 0)
      return hasAll && ROOM.test(places[n] ?? '') ? [{ id: WHOLE_ROOM, name: places[n]!.slice(0, 4) }] : []
    const owned = ids.slice(at, (at += names.length))
    const best = owned.findIndex((id) => id !== null)
    const id = owned[best]
    return id ? [{ id, name: names[best]! }] : []
  })
  const others = mentions.filter(({ id }) => id !== author)
  return others.filter(({ id }, n) => others.findIndex((one) => one.id === id) === n)
}

/** What follows each `@`, outside of code. */
function placesIn(text: string): string[] {
  if (!text.includes('@')) return []
  const plain = text.replace(CODE, (code) => ' '.repeat(code.length))
  return [...plain.matchAll(SIGN)]
    .slice(0, MENTIONS_MAX)
    .map(({ index }) => plain.slice(index + 1).split('\n', 1)[0] ?? '')
}

/** The names that a text may begin with, the longest first. */
function namesAt(rest: string): string[] {
  const names = new Set<string>()
  let end = 0
  for (let words = 0; words < WORDS_MAX; words += 1) {
    WORD.lastIndex = end
    if (!WORD.test(rest)) break
    end = WORD.lastIndex
    const name = rest.slice(0, end)
    for (const one of [name, name.replace(END_OF_SENTENCE, '')]) if (one !== '') names.add(one)
  }
  return [...names].toSorted((a, b) => b.length - a.length)
}
