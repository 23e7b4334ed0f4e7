import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import type { texts } from '../locales/en/dialogs.ts'
import { sentence, useApp, useChat, useTexts } from './app-context.ts'
import { Confirm } from './Confirm.tsx'

/** Asks for confirmation before a text is removed for good. */
export function RemoveDialog(props: { room: OpenRoom; message: Message; onClose: () => void }) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const chat = useChat()

  async function remove() {
    props.onClose()
    const reply = await chat.remove(props.room.id, props.message)
    if (reply.ok) props.room.expect(reply.value.seq)
    else app.toasts.show(sentence(app, reply.reason))
  }

  return (
    <Confirm title={t('message.removeTitle')} action={t('message.remove')} onConfirm={remove} onClose={props.onClose}>
      <p class="lead">{t('message.removeLead')}</p>
      <blockquote class="quoted" dir="auto">
        {props.message.text}
      </blockquote>
    </Confirm>
  )
}
