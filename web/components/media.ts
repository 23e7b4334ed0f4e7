// How much room there is, as signals.
import { signal, type ReadonlySignal } from '@preact/signals'

function media(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query)
  const matches = signal(list.matches)
  list.addEventListener('change', () => (matches.value = list.matches))
  return matches
}

/** One column: rooms and people come in as drawers. The same widths stand in style/layout.css. */
export const oneColumn = media('(max-width: 44.99rem)')
/** No mouse: Enter on the keyboard of a phone begins a line. */
export const coarsePointer = media('(pointer: coarse)')
/** Room for three columns: people are always in view. */
export const threeColumns = media('(min-width: 70rem)')
