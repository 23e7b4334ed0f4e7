import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './Icon.tsx'

interface IconButtonProps {
  icon: IconName
  /** For screen readers, and beside the pointer. */
  label: string
  class?: string
  onPress: () => unknown
  children?: ComponentChildren
}

/** A button with a drawing. */
export const IconButton = ({ icon, label, class: look = 'icon-button', onPress, children }: IconButtonProps) => (
  <button type="button" class={look} aria-label={label} title={label} onClick={() => void onPress()}>
    <Icon name={icon} />
    {children}
  </button>
)
