import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { TEXT_MAX_CODE_POINTS } from '../../src/contract.ts'
import { assist } from '../formatting/writing-aids.ts'
import { BOX_MAX } from '../state/text-limits.ts'
import { useApp } from './app-context.ts'
import { coarsePointer } from './media.ts'
import { useCompletion } from './completion.tsx'

interface TextBoxProps {
  box: RefObject<HTMLTextAreaElement | null>
  value: string
  label: string
  placeholder?: string
  describedBy?: string
  invalid?: boolean
  onText(text: string): void
  /** The box has lost the focus. */
  onLeave?(): void
  onEnter(): void
  onKey?(event: KeyboardEvent): void
}

/**
 * A text box that grows with its text. Enter submits, Shift+Enter starts a new line or goes on with a list; without a mouse Enter does
 * that, too. Keys put formatting around what is selected. Enter does not submit during an IME composition. What would make the box slow
 * is refused as a whole.
 */
export function TextBox({
  box,
  value,
  label,
  placeholder,
  describedBy,
  invalid,
  onText,
  onLeave,
  onEnter,
  onKey
}: TextBoxProps) {
  const { i18n, toasts } = useApp()
  const completion = useCompletion(box)

  useLayoutEffect(() => {
    const element = box.current!
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [box, value])

  function keyed(event: KeyboardEvent) {
    // Safari ends a composition before the keydown of its Enter; key code 229 is the only mark left.
    if (event.isComposing || event.keyCode === 229 || completion.keyed(event)) return
    const submits = event.ctrlKey || event.metaKey || !(event.shiftKey || event.altKey || coarsePointer.value)
    if (event.key === 'Enter' && submits) {
      event.preventDefault()
      onEnter()
    } else if (!assist(event)) onKey?.(event)
  }

  /** Before the browser lays the text out, which takes seconds when it is very long. */
  function checkLength(event: InputEvent & { currentTarget: HTMLTextAreaElement }) {
    const { value, selectionStart, selectionEnd } = event.currentTarget
    const n = value.length - (selectionEnd - selectionStart) + (event.data?.length ?? 0)
    if (!event.data || n <= BOX_MAX) return
    event.preventDefault()
    toasts.show(i18n.t('composer.refused', { n: TEXT_MAX_CODE_POINTS }))
  }

  return (
    <>
      <textarea
        ref={box}
        rows={1}
        dir="auto"
        value={value}
        placeholder={placeholder}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        {...completion.attributes}
        autocomplete="off"
        enterkeyhint={coarsePointer.value ? 'enter' : 'send'}
        maxLength={BOX_MAX}
        onBeforeInput={checkLength}
        onInput={(event) => {
          onText(event.currentTarget.value)
          completion.typed()
        }}
        onKeyDown={keyed}
        onBlur={() => {
          completion.close()
          onLeave?.()
        }}
      />
      {completion.list}
    </>
  )
}
