import type { Signal } from '@preact/signals'

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
