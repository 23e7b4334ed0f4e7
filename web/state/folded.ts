// Text as it is compared in a search: without case, width and marks, so that "lodz" finds "Łódź".

/** Characters that Unicode does not take apart into a plain one and a mark. */
const WHOLE = new Map(Object.entries({ ł: 'l', ø: 'o', đ: 'd', ħ: 'h', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' }))

const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
    .replace(/[łøđħıßæœ]/g, (whole) => WHOLE.get(whole)!)
    .trim()

/** How well a text answers a search: 0 at its beginning, 1 after a space or a sign, 2 elsewhere, null not at all. */
export function fit(text: string, search: string): 0 | 1 | 2 | null {
  const wanted = folded(search)
  const parts = folded(text).split(wanted)
  if (wanted === '' || parts[0] === '') return 0
  if (parts.length === 1) return null
  return parts.slice(0, -1).some((before) => /[^\p{L}\p{N}]$/u.test(before)) ? 1 : 2
}
