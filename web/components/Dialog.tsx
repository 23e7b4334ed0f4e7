import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useTexts } from './app-context.ts'
import { IconButton } from './IconButton.tsx'

/**
 * A modal dialog, or with `side` a drawer. Escape, the cross and a press beside it close it; the browser keeps the focus inside and
 * gives it back afterwards.
 */
export function Dialog(props: {
  title: string
  side?: 'start' | 'end'
  wide?: boolean
  onClose: () => void
  children: ComponentChildren
}) {
  const t = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  /** The close event comes later. The event of a replaced dialog must not close the dialog that replaced it. */
  const gone = useRef(false)
  useLayoutEffect(() => {
    const element = dialog.current!
    element.showModal()
    // The first field takes the focus, if there is one; a search box would open the keyboard of a phone.
    const field = matchMedia('(hover: hover)').matches ? 'input:not([type=radio])' : 'input:not([role], [type=radio])'
    element.querySelector<HTMLInputElement>(field)?.select()
    return () => {
      gone.current = true
      element.close()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={props.side ? `drawer ${props.side}` : `dialog floating${props.wide ? ' wide' : ''}`}
      aria-label={props.title}
      onClose={() => {
        if (!gone.current) props.onClose()
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="dialog-body stack">
        <header class="dialog-head">
          <h2>{props.title}</h2>
          <IconButton icon="close" label={t('common.close')} onPress={() => dialog.current?.close()} />
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
