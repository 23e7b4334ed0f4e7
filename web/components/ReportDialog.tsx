import { useId, useRef } from 'preact/hooks'
import { REASON_MAX_CODE_POINTS, type Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import type { texts } from '../locales/en/dialogs.ts'
import { sentence, useApp, useChat, useTexts } from './app-context.ts'
import { Dialog } from './Dialog.tsx'

/** Brings a message to the moderators, with a reason. */
export function ReportDialog(props: { room: OpenRoom; message: Message; onClose: () => void }) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const { ask } = useChat()
  const id = useId()
  const reason = useRef<HTMLInputElement>(null)

  async function report() {
    props.onClose()
    const payload = { room: props.room.id, message: props.message.id, reason: reason.current?.value ?? '' }
    const reply = await ask('message:report', payload)
    app.toasts.tell(reply.ok ? t('report.done') : sentence(app, reply.reason))
  }

  return (
    <Dialog title={t('report.title')} onClose={props.onClose}>
      <form
        class="name-form"
        onSubmit={(event) => {
          event.preventDefault()
          void report()
        }}
      >
        <p class="lead">{t('report.lead')}</p>
        <blockquote class="quoted" dir="auto">
          {props.message.text}
        </blockquote>
        <label for={id}>{t('report.reason')}</label>
        <input id={id} ref={reason} class="field" dir="auto" maxLength={REASON_MAX_CODE_POINTS} autocomplete="off" />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={props.onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button danger">
            {t('report.send')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
