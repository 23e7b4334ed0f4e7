import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import type { texts } from '../locales/en/dialogs.ts'
import { sentence, useApp, useChat, useTexts } from './app-context.ts'
import { Dialog } from './Dialog.tsx'

/** Asks for confirmation before a text is removed for good. */
export function RemoveDialog(props: { room: OpenRoom; message: Message; onClose: () => void }) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const chat = useChat()

  async function remove() {
    props.onClose()
    const reply = await chat.remove(props.room.id, props.message)
    if (reply.ok) props.room.expect(reply.value.seq)
    else app.toasts.tell(sentence(app, reply.reason))
  }

  return (
    <Dialog title={t('message.removeTitle')} onClose={props.onClose}>
      <p class="lead">{t('message.removeLead')}</p>
      <blockquote class="quoted" dir="auto">
        {props.message.text}
      </blockquote>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={props.onClose}>
          {t('common.cancel')}
        </button>
        <button type="button" class="button danger" onClick={() => void remove()}>
          {t('message.remove')}
        </button>
      </div>
    </Dialog>
  )
}
