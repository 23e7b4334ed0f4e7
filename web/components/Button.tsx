import type { ButtonHTMLAttributes } from 'preact'

interface ButtonProps extends Omit<ButtonHTMLAttributes, 'class' | 'onClick'> {
  /** `primary`, `danger` or `quiet`; `small-button` or `wide`. */
  class?: string
  text?: string
  onPress?: () => unknown
}

/** A button with a text, and with what it contains besides. With `type="submit"` it sends its form. */
export const Button = ({ class: look = '', text, onPress, children, ...attributes }: ButtonProps) => (
  <button type="button" class={`button ${look}`} onClick={() => void onPress?.()} {...attributes}>
    {children}
    {text}
  </button>
)
