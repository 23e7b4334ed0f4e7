// How names of people and titles of rooms are compared: two that look alike are one.
import { lookAlikes } from './confusables.ts'

const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu
const PLAIN_ASCII = /^[\x20-\x7e]*$/
/** A capital I that reads as a small l, because it stands after other letters and beside small ones: "AIice", "PauI". */
const READS_AS_L = /(?<=\p{L})I(?=I*\p{Ll})|(?<=\p{Ll}I*)I/gu
const DIGIT_LIKE_LETTER = /[01|]/g
const DIGITS_LIKE_LETTERS = new Map([
  ['0', 'o'],
  ['1', 'l'],
  ['|', 'l']
])

export type Skeletons = readonly [string, ...string[]]

/** The same names are compared again and again, and a long one takes most of a millisecond. */
const REMEMBERED_MAX = 5_000
const remembered = new Map<string, Skeletons>()

/** The text on one line, without space at its ends. */
export const onOneLine = (text: string) => text.toWellFormed().replace(/\s+/gu, ' ').trim()

/**
 * The form in which a name or title is compared: without case, width, what isn't seen, and the differences between characters that look
 * alike (UTS 39). For comparing only, never for display. It is the first of `skeletonsOf`.
 */
export const skeletonOf = (text: string): string => skeletonsOf(text)[0]

/**
 * The forms of every way to read it; two names look alike when they share one. Capitals look like other letters than small ones do, and
 * a capital I may be an i or an l: with one form for both, "Mail" would be "Mall".
 */
export function skeletonsOf(text: string): Skeletons {
  const known = remembered.get(text)
  if (known) return known
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  const forms = formsOf(text)
  remembered.set(text, forms)
  return forms
}

function formsOf(text: string): Skeletons {
  const plain = onOneLine(PLAIN_ASCII.test(text) ? text : text.normalize('NFKC').replace(UNSEEN, ''))
  const first = folded(plain)
  const capitals = capitalsReplaced(plain)
  const others = new Set([folded(capitals), folded(capitals.replace(READS_AS_L, 'l'))])
  others.delete(first)
  return [first, ...others]
}

/** Whether two names or titles can be taken for each other. */
export function looksLike(one: string, other: string): boolean {
  const forms = skeletonsOf(other)
  return skeletonsOf(one).some((form) => forms.includes(form))
}

/** With what capitals look like, while they are still capitals. */
function capitalsReplaced(plain: string): string {
  if (PLAIN_ASCII.test(plain)) return plain
  return replaced(plain.normalize('NFD'), (character) => {
    if (character.toLowerCase() === character) return undefined
    const meant = lookAlikes.get(character)
    // UTS 39 takes a capital I for an l. Here it stays one, and READS_AS_L decides.
    return meant === 'l' ? 'I' : meant
  })
}

function folded(text: string): string {
  const small = text.toLowerCase()
  if (PLAIN_ASCII.test(small))
    return small.replace(DIGIT_LIKE_LETTER, (digit) => DIGITS_LIKE_LETTERS.get(digit) ?? digit)
  return replaced(small.normalize('NFD'), (character) => {
    return DIGITS_LIKE_LETTERS.get(character) ?? lookAlikes.get(character)?.toLowerCase()
  })
}

const replaced = (text: string, by: (character: string) => string | undefined) =>
  Array.from(text, (character) => by(character) ?? character).join('')
