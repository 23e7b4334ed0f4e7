import type { Signal } from '@preact/signals'

/** A box to tick, with its label. */
export const Tick = ({ label, value }: { label: string; value: Signal<boolean> }) => (
  <label class="tick">
    <input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
    {label}
  </label>
)
