// Compares names of people and titles of rooms. Two that look alike count as the same.
import { lookAlike } from './confusables.ts'

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const PLAIN_ASCII = /^[\x20-\x7e]*$/
/** A capital I that looks like a small l, after other letters and next to small ones: "AIice", "PauI". */
const READS_AS_L = /(?<=\p{L})I(?=I*\p{Ll})|(?<=\p{Ll}I*)I/gu
const DIGIT_LIKE_LETTER = /[01|]/g
const DIGITS_LIKE_LETTERS = new Map([
  ['0', 'o'],
  ['1', 'l'],
  ['|', 'l']
])

export type Skeletons = readonly [string, ...string[]]

/** The same names are compared often, and a long one takes most of a millisecond. */
const CACHED_MAX = 5_000
const cache = new Map<string, Skeletons>()

/** The text on one line, trimmed. */
export const onOneLine = (text: string) => text.toWellFormed().replace(/\s+/gu, ' ').trim()

/**
 * The forms in which a name or title is compared: without case, width, invisible characters, and differences between characters that look
 * alike (UTS 39). Never for display. One for each reading of the text; two names look alike when they share one. Capitals resemble other
 * letters than small ones do, and a capital I may be read as i or as l: with one form for both, "Mail" would equal "Mall".
 */
export function skeletonsOf(text: string): Skeletons {
  const known = cache.get(text)
  if (known) return known
  if (cache.size >= CACHED_MAX) cache.clear()
  const forms = formsOf(text)
  cache.set(text, forms)
  return forms
}

function formsOf(text: string): Skeletons {
  const plain = onOneLine(PLAIN_ASCII.test(text) ? text : text.normalize('NFKC').replace(INVISIBLE, ''))
  const first = folded(plain)
  const capitals = capitalsReplaced(plain)
  if (capitals === plain && !plain.includes('I')) return [first]
  const others = new Set([folded(capitals), folded(capitals.replace(READS_AS_L, 'l'))])
  others.delete(first)
  return [first, ...others]
}

/** True when two names or titles can be mistaken for each other. */
export function looksLike(one: string, other: string): boolean {
  const forms = skeletonsOf(other)
  return skeletonsOf(one).some((form) => forms.includes(form))
}

/** Replaces capitals by what they look like, before case is folded. */
function capitalsReplaced(plain: string): string {
  if (PLAIN_ASCII.test(plain)) return plain
  return replaced(plain.normalize('NFD'), (character) => {
    if (character.toLowerCase() === character) return undefined
    const similar = lookAlike(character)
    // UTS 39 maps a capital I to l. Here it stays, and READS_AS_L decides.
    return similar === 'l' ? 'I' : similar
  })
}

function folded(text: string): string {
  const small = text.toLowerCase()
  if (PLAIN_ASCII.test(small))
    return small.replace(DIGIT_LIKE_LETTER, (digit) => DIGITS_LIKE_LETTERS.get(digit) ?? digit)
  return replaced(small.normalize('NFD'), (character) => {
    return DIGITS_LIKE_LETTERS.get(character) ?? lookAlike(character)?.toLowerCase()
  })
}

const replaced = (text: string, by: (character: string) => string | undefined) =>
  Array.from(text, (character) => by(character) ?? character).join('')
