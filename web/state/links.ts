// Finds the web addresses in a text, in one pass. Only http and https, so that nothing a person writes can run anything.

export type Piece = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string }

const START = /https?:\/\//gi
// oxlint-disable-next-line no-control-regex -- they end an address like spaces do
const END_OF_ADDRESS = /[\s<>"'`\u0000-\u001f\u007f\u00a0\u2028\u2029]/
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
    const href = parsed(address)
    START.lastIndex = match.index + address.length
    if (href === null) continue
    if (match.index > done) found.push({ kind: 'text', text: text.slice(done, match.index) })
    found.push({ kind: 'link', text: address, href })
    done = match.index + address.length
  }
  if (done < text.length) found.push({ kind: 'text', text: text.slice(done) })
  return found
}

function endOf(text: string, from: number): number {
  let end = from
  while (end < text.length && !END_OF_ADDRESS.test(text[end]!)) end++
  return end
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

function parsed(address: string): string | null {
  const url = URL.parse(address)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' ? url.href : null
}
