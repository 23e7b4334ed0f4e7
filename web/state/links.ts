// Finds the web addresses in a text. Only http and https, so that nothing a person writes can run anything.

import { honestAddress } from './honest-host.ts'

/**
 * An address in a text. `shown` is the address as it was written, as far as it shows where it leads; `href` is null if it leads nowhere.
 */
export interface Address {
  text: string
  shown: string
  href: string | null
}

const START = /https?:\/\//iy
/** Spaces and control characters, brackets around addresses, and the quotation marks and full stops of all languages. */
const END_OF_ADDRESS = /[\s\p{Cc}<>"'`“”„‟‘’‚‛«»‹›。、，；：！？،؛؟「」『』（）【】《》〈〉]/u
/** These languages put no space after an address. In a host name they may stand, but not directly after a letter of another script. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const BEGINS_LABEL = /[/.-]/
/** Belongs to the sentence rather than to the address when it ends it. */
const SENTENCE_END = new Set('.,:;!?…*_~|')
const CLOSING = new Map([
  [')', '('],
  [']', '['],
  ['}', '{']
])

/** The address that begins at this place, not beyond `end`; null if none does. */
export function addressAt(text: string, start: number, end = text.length): Address | null {
  START.lastIndex = start
  if (!START.test(text) || START.lastIndex > end) return null
  const address = trimmed(text.slice(start, endOf(text, START.lastIndex, end)))
  const url = webAddress(address)
  return { text: address, shown: url ? honestAddress(address, url) : address, href: url && url.href }
}

function endOf(text: string, from: number, to: number): number {
  let before = '/'
  let inHost = true
  for (let end = from; end < to; end += before.length) {
    const sign = String.fromCodePoint(text.codePointAt(end)!)
    // The second address of `[https://…](https://…)` is not part of the first.
    if (END_OF_ADDRESS.test(sign) || text.startsWith('](', end)) return end
    if (UNSPACED.test(sign) && !(inHost && (UNSPACED.test(before) || BEGINS_LABEL.test(before)))) return end
    inHost &&= !'/?#'.includes(sign)
    before = sign
  }
  return to
}

function trimmed(address: string): string {
  let end = address.length
  const open = new Map<string, number>()
  for (const sign of address) if ('()[]{}'.includes(sign)) open.set(sign, (open.get(sign) ?? 0) + 1)
  for (; end > 0; end--) {
    const sign = address[end - 1]!
    const opening = CLOSING.get(sign)
    if (opening !== undefined && (open.get(sign) ?? 0) > (open.get(opening) ?? 0)) open.set(sign, open.get(sign)! - 1)
    else if (!SENTENCE_END.has(sign)) break
  }
  return address.slice(0, end)
}

/** An address that may be followed; null for any other. */
export function webAddress(address: string): URL | null {
  const url = URL.parse(address)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' ? url : null
}
