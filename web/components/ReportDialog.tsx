import { useId, useRef } from 'preact/hooks'
import { REASON_MAX_CODE_POINTS, type Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import type { texts } from '../locales/en/dialogs.ts'
import { useApp, useChat, useTexts } from './app-context.ts'
import { Confirm } from './Confirm.tsx'
import { Form } from './forms/Form.tsx'
import { useOutcome } from './settings/answer.tsx'

/** Brings a message to the moderators, with a reason. */
export function ReportDialog(props: { room: OpenRoom; message: Message; onClose: () => void }) {
  const { toasts } = useApp()
  const t = useTexts<typeof texts>()
  const { ask } = useChat()
  const outcome = useOutcome()
  const id = useId()
  const reason = useRef<HTMLInputElement>(null)

  async function report() {
    const payload = { room: props.room.id, message: props.message.id, reason: reason.current?.value ?? '' }
    const reply = await ask('message:report', payload)
    if (!reply.ok) return outcome.refused(reply.reason)
    props.onClose()
    toasts.show(t('report.done'))
  }

  return (
    <Confirm title={t('report.title')} action={t('message.report')} onConfirm={report} onClose={props.onClose}>
      <p class="lead">{t('report.lead')}</p>
      <blockquote class="quoted" dir="auto">
        {props.message.text}
      </blockquote>
      <Form class="name-form stack" onSubmit={report}>
        <label for={id}>{t('report.reason')}</label>
        <input id={id} ref={reason} class="field" dir="auto" maxLength={REASON_MAX_CODE_POINTS} autocomplete="off" />
      </Form>
      {outcome.line}
    </Confirm>
  )
}
