const TONES = 8
const segmenter = new Intl.Segmenter()

/** A person's first letter on a colour that goes with the name. Hidden from screen readers, because the name is beside it. */
export function Avatar({ name, guest = false }: { name: string; guest?: boolean }) {
  const first = segmenter.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? '?'
  return (
    <span class={`avatar tone-${tone(name)}${guest ? ' guest' : ''}`} aria-hidden="true">
      {first.toLocaleUpperCase()}
    </span>
  )
}

function tone(name: string): number {
  let sum = 7
  for (const letter of name.toLowerCase()) sum = (sum * 31 + letter.codePointAt(0)!) % 65_521
  return sum % TONES
}
