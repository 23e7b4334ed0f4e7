import { COLORS } from '../../src/contract.ts'
import { useApp } from './app-context.ts'

const segmenter = new Intl.Segmenter()

interface AvatarProps {
  name: string
  /** The person's key; null for a guest. */
  person: string | null
  /** Before the chat is open: the person's color. */
  color?: number | undefined
}

/**
 * The first letter of a name on the person's color: a chosen one, or one that follows from the key; a guest's follows from the name.
 * Hidden from screen readers, because the name is beside it.
 */
export function Avatar({ name, person, color }: AvatarProps) {
  const chat = useApp().chat.value
  const chosen = person === null ? undefined : (color ?? chat?.colorOf(person))
  const first = segmenter.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? '?'
  return (
    <span
      class={`avatar tone-${chosen ?? toneOf(person ?? name.toLowerCase())}${person === null ? ' guest' : ''}`}
      aria-hidden="true"
    >
      {first.toLocaleUpperCase()}
    </span>
  )
}

/** Without a chosen one. */
export function toneOf(text: string): number {
  let sum = 7
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)!) % 65_521
  return sum % COLORS
}
