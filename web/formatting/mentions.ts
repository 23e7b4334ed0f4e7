// The mentions in a formatted text.
import type { Mention } from '../../src/contract.ts'
import type { Part } from './format.ts'

/** The same parts, with an element for each `@` and name outside of code. */
export function withMentions(parts: readonly Part[], mentions: readonly Mention[] = []): readonly Part[] {
  if (mentions.length === 0) return parts
  const names = mentions.map(({ name }) => name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  const pattern = new RegExp(`@(${names.toSorted((a, b) => b.length - a.length).join('|')})`)
  const found = (part: Part): Part[] => {
    if (typeof part !== 'string')
      return [/^(code|pre)$/.test(part.tag) ? part : { ...part, children: part.children.flatMap(found) }]
    return part.split(pattern).map((text, n) => {
      const mention = n % 2 ? mentions.find(({ name }) => name === text) : undefined
      return mention ? { tag: 'mention', children: [text], person: mention.id } : text
    })
  }
  return parts.flatMap(found)
}
