import { useId } from 'preact/hooks'
import type { texts } from '../locales/en/dialogs.ts'
import { ofRoom } from '../state/drafts.ts'
import { useApp, useChat, useTexts } from './app-context.ts'
import { copied } from './clipboard.ts'
import { Button } from './Button.tsx'

/** What was written in a room that is gone, until the person gives it up. */
export function LeftText({ room }: { room: string; onClose: () => void }) {
  const { toasts } = useApp()
  const t = useTexts<typeof texts>()
  const { drafts } = useChat()
  const id = useId()
  const text = drafts.of(ofRoom(room)).value?.text ?? ''
  if (text === '') return null

  async function copy() {
    toasts.show(t((await copied(text)) ? 'message.copied' : 'message.notCopied'))
  }

  return (
    <div class="name-form stack">
      <label for={id}>{t('left.lead')}</label>
      <textarea id={id} class="field" readOnly dir="auto" rows={4} value={text} />
      <div class="dialog-actions">
        <Button text={t('message.discard')} onPress={() => drafts.drop(ofRoom(room))} />
        <Button class="primary" text={t('message.copyText')} onPress={copy} />
      </div>
    </div>
  )
}
