import { useSignal } from '@preact/signals'
import { newId } from '../../../src/contract.ts'
import { REASON_MAX_CODE_POINTS, type Report } from '../../../src/contract/moderation.ts'
import { isCover, linkTo } from '../../state/address.ts'
import { useApp, useChat } from '../app-context.ts'
import { Answered, useAnswer, useOutcome } from '../settings/answer.tsx'
import { fromNow } from '../settings/from-now.ts'
import { RestrictForm } from './RestrictForm.tsx'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'
import { Form } from '../forms/Form.tsx'
import { TextField } from '../forms/fields.tsx'

interface ReportEntryProps {
  report: Report
  onResolved(): void
  onClose(): void
}

/** A report, the message as it is now, and what may be done about it. */
export function ReportEntry({ report, onResolved, onClose }: ReportEntryProps) {
  const { tools } = useApp().i18n
  const t = useModerationTexts()
  const { ask } = useChat()
  const outcome = useOutcome()
  const message = useAnswer('message:read', { room: report.room, message: report.message })
  const note = useSignal('')
  const restricting = useSignal(false)
  const { author } = report

  async function remove() {
    const reply = await ask('message:remove', { room: report.room, id: newId(), message: report.message })
    if (!reply.ok) return outcome.refused(reply.reason)
    message.reload()
  }

  async function resolve() {
    const reply = await ask('report:resolve', { report: report.id, reason: note.value })
    if (!reply.ok) return outcome.refused(reply.reason)
    onResolved()
  }

  /** On a phone the settings cover the room, and are left for good. */
  function go(event: MouseEvent) {
    onClose()
    if (!isCover()) return
    event.preventDefault()
    location.replace(linkTo(report.room, report.message))
  }

  return (
    <li class="report">
      <p>
        {t('reports.about', {
          author: author.name || t('people.former'),
          by: report.by.name || t('people.former'),
          when: fromNow(tools.value.near, report.at)
        })}
      </p>
      {report.reason !== '' && (
        <p>
          <bdi>{report.reason}</bdi>
        </p>
      )}
      <Answered asked={message}>
        {({ text, removed }) => (
          <blockquote class="quoted" dir="auto">
            {removed ? t('message.removed') : text}
          </blockquote>
        )}
      </Answered>
      <div class="entry-actions">
        <a class="button" href={linkTo(report.room, report.message)} onClick={go}>
          {t('message.toQuoted')}
        </a>
        <Button text={t('message.remove')} onPress={remove} />
        {author.id !== null && (
          <Button
            text={t('reports.restrict')}
            aria-expanded={restricting.value}
            onPress={() => (restricting.value = !restricting.value)}
          />
        )}
      </div>
      {restricting.value && author.id !== null && (
        <RestrictForm person={{ id: author.id, name: author.name }} onDone={() => {}} />
      )}
      <Form class="fields stack" onSubmit={resolve}>
        <TextField label={t('reports.note')} value={note} maxLength={REASON_MAX_CODE_POINTS} />
        <Button type="submit" class="primary" text={t('reports.resolve')} />
      </Form>
      {outcome.line}
    </li>
  )
}
