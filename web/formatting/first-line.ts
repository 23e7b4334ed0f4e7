// The first line of a message, for a quote: plain text, in which a spoiler stays covered.
import { format, type Part } from './format.ts'

const COVER = '▒▒▒'

function covered(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : part.tag === 'spoiler' ? COVER : inside(part))).join('')
}

/** An item or a paragraph ends its line. */
const inside = ({ tag, children }: Exclude<Part, string>) =>
  covered(children) + (tag === 'li' || tag === 'p' ? '\n' : '')

export const firstLine = (text: string): string => covered(format(text)).trim().split('\n', 1)[0]!
