import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

/** An entry of a list, and behind it what may be done; this exists while it is open. */
export function Details({ head, children }: { head: ComponentChildren; children: ComponentChildren }) {
  const isOpen = useSignal(false)
  return (
    <li>
      <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
        <summary>{head}</summary>
        {isOpen.value && children}
      </details>
    </li>
  )
}
