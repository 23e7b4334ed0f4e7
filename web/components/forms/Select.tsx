import type { ComponentChildren } from 'preact'

interface SelectProps<Value extends string | number> {
  label: ComponentChildren
  value: Value
  options: readonly (readonly [value: Value, text: string])[]
  onChosen: (value: Value) => unknown
}

/** One of some, with its label on the same line. */
export const Select = <Value extends string | number>({ label, value, options, onChosen }: SelectProps<Value>) => (
  <label class="choice">
    <span>{label}</span>
    <select value={value} onChange={(event) => void onChosen(options[event.currentTarget.selectedIndex]![0])}>
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  </label>
)
