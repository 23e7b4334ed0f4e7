// How well a text answers a search.
import { folded } from '../../src/contract.ts'

/** How well a text answers a search: 0 at its beginning, 1 after a space or a sign, 2 elsewhere, null not at all. */
export function fit(text: string, search: string): 0 | 1 | 2 | null {
  const wanted = folded(search)
  const parts = folded(text).split(wanted)
  if (wanted === '' || parts[0] === '') return 0
  if (parts.length === 1) return null
  return parts.slice(0, -1).some((before) => /[^\p{L}\p{N}]$/u.test(before)) ? 1 : 2
}
