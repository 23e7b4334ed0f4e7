// Fields of forms, each with its label.
import type { ComponentChildren } from 'preact'
import type { Signal } from '@preact/signals'

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

interface TextFieldProps {
  label: string
  value: Signal<string>
  maxLength: number
  required?: boolean
}

/** One line of text, with its label above it. */
export const TextField = ({ label, value, ...limits }: TextFieldProps) => (
  <label>
    {label}
    <input
      class="field"
      dir="auto"
      value={value.value}
      onInput={(event) => (value.value = event.currentTarget.value)}
      {...limits}
    />
  </label>
)

/** A box to tick, with its label. */
export const Tick = ({ label, value }: { label: string; value: Signal<boolean> }) => (
  <label class="tick">
    <input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
    {label}
  </label>
)

interface SwitchProps {
  label: string
  isOn: boolean
  onChosen: (isOn: boolean) => unknown
}

/** On or off, with its label on the same line. It takes effect at once. */
export const Switch = ({ label, isOn, onChosen }: SwitchProps) => (
  <label class="choice">
    <span>{label}</span>
    <input type="checkbox" checked={isOn} onChange={(event) => void onChosen(event.currentTarget.checked)} />
  </label>
)
