import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { roomLeft } from '../state/text-limits.ts'
import { useApp } from './app-context.ts'
import { TextBox } from './TextBox.tsx'

interface EditFormProps {
  /** The text before the edit. */
  text: string
  busy: boolean
  /** Called with every change of the text. */
  onText?(text: string): void
  /** Called only with a text that may be sent. */
  onSave(text: string): void
  onDone(): void
}

/** Edits a text in place. Escape discards the change. */
export function EditForm({ text: was, busy, onText, onSave, onDone }: EditFormProps) {
  const { t } = useApp().i18n
  const text = useSignal(was)
  const box = useRef<HTMLTextAreaElement>(null)
  const left = roomLeft(text.value)

  useLayoutEffect(() => {
    const element = box.current!
    element.focus()
    element.setSelectionRange(element.value.length, element.value.length)
    element.scrollIntoView({ block: 'nearest' })
  }, [])

  function save() {
    const wanted = text.value.trimEnd()
    if (wanted.trim() !== '' && left >= 0 && !busy) onSave(wanted)
  }

  return (
    <form
      class="edit-box"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <TextBox
        box={box}
        value={text.value}
        label={t('composer.editing')}
        invalid={left < 0}
        onText={(next) => {
          text.value = next
          onText?.(next)
        }}
        onEnter={save}
        onKey={(event) => {
          if (event.key === 'Escape') onDone()
        }}
      />
      <div class="edit-actions">
        <button type="button" class="button small-button" onClick={onDone}>
          {t('common.cancel')}
        </button>
        <button type="submit" class="button primary small-button" aria-disabled={busy || left < 0}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
