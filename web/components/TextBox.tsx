import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

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

/** A box that grows with its text. Enter is done, Shift and Enter a new line; while an input method composes, Enter belongs to it. */
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
    // Safari ends a composition before it tells of its Enter; 229 is what is left to know it by.
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault()
      onEnter()
      return
    }
    onKey?.(event)
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
