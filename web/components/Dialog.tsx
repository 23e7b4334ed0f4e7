import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useTexts } from './app-context.ts'
import { Icon } from './Icon.tsx'

/**
 * A modal dialog, or with `side` a drawer. Escape, the cross and a press beside it close it; the browser keeps the focus inside and
 * gives it back afterwards.
 */
export function Dialog(props: {
  title: string
  side?: 'start' | 'end'
  onClose: () => void
  children: ComponentChildren
}) {
  const t = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  /** The close event comes later: of a dialog that another has replaced it must not close the other. */
  const gone = useRef(false)
  useLayoutEffect(() => {
    const element = dialog.current!
    element.showModal()
    // Where there is something to fill in, that is what one came for.
    element.querySelector('input')?.select()
    return () => {
      gone.current = true
      element.close()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={props.side ? `drawer ${props.side}` : 'dialog'}
      aria-label={props.title}
      onClose={() => {
        if (!gone.current) props.onClose()
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>{props.title}</h2>
          <button
            type="button"
            class="icon-button"
            aria-label={t('common.close')}
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
