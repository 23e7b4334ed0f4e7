// The first line of a message, for a quote: plain text, in which a spoiler stays covered and people have their present names.
import type { Message } from '../../src/contract.ts'
import { format, plain, type Element, type Part } from './format.ts'
import { withMentions } from './mentions.ts'

const COVER = '▒▒▒'

/** @param nameOf a person's present name; undefined for the one in the text */
export function firstLine(
  { text, mentions }: Pick<Message, 'text' | 'mentions'>,
  nameOf: (person: string) => string | undefined
): string {
  const covered = (parts: readonly Part[]): string =>
    parts.map((part) => (typeof part === 'string' ? part : inside(part))).join('')
  const inside = ({ tag, children, person = '' }: Element) => {
    if (tag === 'spoiler') return COVER
    if (tag === 'mention') return `@${nameOf(person) ?? plain(children)}`
    // An item or a paragraph ends its line.
    return covered(children) + (tag === 'li' || tag === 'p' ? '\n' : '')
  }
  return covered(withMentions(format(text), mentions))
    .trim()
    .split('\n', 1)[0]!
}
