import { useSignal } from '@preact/signals'
import type { texts } from '../../locales/en/settings.ts'
import { useApp, useChat, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'

/** Signs out. When something is not sent, it asks first whether that is to stay on this device. */
export function SignOut() {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const chat = useChat()
  const asking = useSignal(false)

  function signOut() {
    const unsent = chat.drafts.any() || chat.outbox.items.value.some(({ state }) => state !== 'sent')
    if (unsent) asking.value = true
    else void app.signOut()
  }

  return (
    <>
      <Button class="wide" text={t('signOut.go')} onPress={signOut} />
      {asking.value && (
        <Dialog title={t('signOut.unsent')} onClose={() => (asking.value = false)}>
          <p class="lead">{t('signOut.unsentLead', { name: chat.me.value.name })}</p>
          <div class="dialog-actions">
            <Button class="danger" text={t('message.discard')} onPress={() => app.signOut({ keep: false })} />
            <Button class="primary" text={t('signOut.keep')} onPress={() => app.signOut({ keep: true })} />
          </div>
        </Dialog>
      )}
    </>
  )
}
