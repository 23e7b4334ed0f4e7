// Finds the web addresses in a text, in one pass. Only http and https, so that nothing a person writes can run anything.

import { honestAddress } from './honest-host.ts'

/** The text of a link is what is shown: the address as it was written, as far as it shows where it leads. */
export type Piece = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string }

const START = /https?:\/\//gi
/** Spaces and control characters, brackets around addresses, and the quotation marks and full stops of all languages. */
const END_OF_ADDRESS = /[\s\p{Cc}<>"'`“”„‟‘’‚‛«»‹›。、，；：！？،؛؟「」『』（）【】《》〈〉]/u
/** These languages put no space after an address. In a host name they may stand, but not directly after a letter of another script. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const BEGINS_LABEL = /[/.-]/
/** Belongs to the sentence rather than to the address when it ends it. */
const SENTENCE_END = new Set('.,:;!?…*_~')
const CLOSING = new Map([
  [')', '('],
  [']', '['],
  ['}', '{']
])

export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let done = 0
  START.lastIndex = 0
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const address = trimmed(text.slice(match.index, endOf(text, START.lastIndex)))
    const url = parsed(address)
    START.lastIndex = match.index + address.length
    if (!url) continue
    if (match.index > done) found.push({ kind: 'text', text: text.slice(done, match.index) })
    found.push({ kind: 'link', text: honestAddress(address, url), href: url.href })
    done = match.index + address.length
  }
  if (done < text.length) found.push({ kind: 'text', text: text.slice(done) })
  return found
}

function endOf(text: string, from: number): number {
  let before = '/'
  let inHost = true
  for (let end = from; end < text.length; end += before.length) {
    const sign = String.fromCodePoint(text.codePointAt(end)!)
    if (END_OF_ADDRESS.test(sign)) return end
    if (UNSPACED.test(sign) && !(inHost && (UNSPACED.test(before) || BEGINS_LABEL.test(before)))) return end
    inHost &&= !'/?#'.includes(sign)
    before = sign
  }
  return text.length
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

function parsed(address: string): URL | null {
  const url = URL.parse(address)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' ? url : null
}
