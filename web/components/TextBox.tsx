import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { assist } from '../formatting/writing-aids.ts'

interface TextBoxProps {
  box: RefObject<HTMLTextAreaElement | null>
  value: string
  label: string
  placeholder?: string
  describedBy?: string
  invalid?: boolean
  onText(text: string): void
  onEnter(): void
  onKey?(event: KeyboardEvent): void
}

/**
 * A text box that grows with its text. Enter submits, Shift+Enter starts a new line or goes on with a list; keys put formatting around
 * what is selected. Enter does not submit during an IME composition.
 */
export function TextBox({
  box,
  value,
  label,
  placeholder,
  describedBy,
  invalid,
  onText,
  onEnter,
  onKey
}: TextBoxProps) {
  useLayoutEffect(() => {
    const element = box.current!
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [box, value])

  function keyed(event: KeyboardEvent) {
    // Safari ends a composition before the keydown of its Enter; key code 229 is the only mark left.
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault()
      onEnter()
      return
    }
    if (!assist(event)) onKey?.(event)
  }

  return (
    <textarea
      ref={box}
      rows={1}
      dir="auto"
      value={value}
      placeholder={placeholder}
      aria-label={label}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      autocomplete="off"
      enterkeyhint="send"
      onInput={(event) => onText(event.currentTarget.value)}
      onKeyDown={keyed}
    />
  )
}
