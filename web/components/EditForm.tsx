import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { isBlank } from '../../src/contract.ts'
import { ofEdit } from '../state/drafts.ts'
import { roomLeft } from '../state/text-limits.ts'
import { useApp, useChat } from './app-context.ts'
import { Button } from './Button.tsx'
import { Form } from './forms/Form.tsx'
import { LengthNote } from './LengthNote.tsx'
import { TextBox } from './TextBox.tsx'

interface EditFormProps {
  /** The id of the message or the outbox item. Its unsaved text is a draft. */
  id: string
  /** The text before the edit. */
  text: string
  busy: boolean
  /** Whether the person has asked for it now; otherwise it shows a draft of an earlier time. */
  asked: boolean
  /** Called only with a text that may be sent. */
  onSave(text: string): void
  /** Called when a text without anything to see is to be saved. */
  onEmpty(): void
  onDone(): void
}

/** Edits a text in place. Escape discards the change. */
export function EditForm({ id, text: was, busy, asked, onSave, onEmpty, onDone }: EditFormProps) {
  const { t } = useApp().i18n
  const { drafts } = useChat()
  const draft = ofEdit(id)
  const text = drafts.of(draft).value?.text ?? was
  const box = useRef<HTMLTextAreaElement>(null)
  const note = useId()
  const left = roomLeft(text)

  useLayoutEffect(() => {
    if (!asked) return
    const element = box.current!
    element.focus()
    element.setSelectionRange(element.value.length, element.value.length)
    element.form!.scrollIntoView({ block: 'nearest' })
  }, [asked])

  function save() {
    const wanted = text.trimEnd()
    if (isBlank(wanted)) onEmpty()
    else if (left >= 0 && !busy) onSave(wanted)
  }

  return (
    <Form class="edit-box stack" onSubmit={save}>
      <TextBox
        box={box}
        value={text}
        label={t('composer.editing')}
        describedBy={note}
        invalid={left < 0}
        onText={(next) => {
          drafts.typed(draft)
          drafts.set(draft, { text: next })
        }}
        onLeave={() => drafts.left(draft)}
        onEnter={save}
        onKey={(event) => {
          if (event.key === 'Escape') onDone()
        }}
      />
      <LengthNote id={note} left={left} />
      <div class="edit-actions">
        <Button class="small-button" text={t('common.cancel')} onPress={onDone} />
        <Button type="submit" class="primary small-button" text={t('common.save')} aria-disabled={busy || left < 0} />
      </div>
    </Form>
  )
}
