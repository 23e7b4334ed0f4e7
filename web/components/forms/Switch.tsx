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
