const TONES = 8
const segmenter = new Intl.Segmenter()

interface AvatarProps {
  name: string
  /** The person's key; null for a guest. */
  person: string | null
}

/**
 * The first letter of a name on a color that belongs to the person, whatever the name; a guest's goes with the name. Hidden from screen
 * readers, because the name is beside it.
 */
export function Avatar({ name, person }: AvatarProps) {
  const first = segmenter.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? '?'
  return (
    <span
      class={`avatar tone-${tone(person ?? name.toLowerCase())}${person === null ? ' guest' : ''}`}
      aria-hidden="true"
    >
      {first.toLocaleUpperCase()}
    </span>
  )
}

function tone(text: string): number {
  let sum = 7
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)!) % 65_521
  return sum % TONES
}
