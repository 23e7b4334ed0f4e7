// The limits of a message, shown before it is sent. The server decides.
import { TEXT_MAX_BYTES, TEXT_MAX_CODE_POINTS } from '../../src/contract.ts'

/** From this many characters before the end the count is shown. */
export const COUNT_SHOWN_FROM = 200

/** A longer text in a box makes each key slow, and none of it can be sent. In UTF-16 code units. */
export const BOX_MAX = 5 * TEXT_MAX_CODE_POINTS

/** As much of a text as a box may have. */
export const cut = (text: string) => text.slice(0, BOX_MAX)

const encoder = new TextEncoder()

/** How many more characters fit; negative when the text is too long. */
export function roomLeft(text: string): number {
  // Far from any limit, nothing needs counting.
  if (text.length * 4 < TEXT_MAX_CODE_POINTS) return TEXT_MAX_CODE_POINTS - text.length
  const trimmed = text.trimEnd()
  const byCount = TEXT_MAX_CODE_POINTS - Array.from(trimmed).length
  const byBytes = TEXT_MAX_BYTES - encoder.encode(trimmed).length
  return Math.min(byCount, byBytes)
}
