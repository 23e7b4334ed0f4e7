import { FOR_GOOD, type RestrictedPerson } from '../../../src/contract/moderation.ts'
import { useApp, useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'

/** That a person is muted or banned, until when and why, and how to end that. */
export function Restricted({ person, onDone }: { person: RestrictedPerson; onDone: () => void }) {
  const { tools } = useApp().i18n
  const t = useModerationTexts()
  const { ask } = useChat()
  const outcome = useOutcome()
  const { id, mutedUntil, bannedUntil, reason } = person

  async function end(event: 'person:unmute' | 'person:unban') {
    const reply = await ask(event, { person: id })
    if (!reply.ok) return outcome.refused(reply.reason)
    onDone()
  }
  const until = (at: number) =>
    at >= FOR_GOOD ? t('restrict.forGood') : t('restrict.until', { when: tools.value.moment.format(at) })

  return (
    <div class="fields stack">
      {mutedUntil !== undefined && (
        <>
          <p>{t('restrict.isMuted', { until: until(mutedUntil) })}</p>
          <Button text={t('restrict.unmute')} onPress={() => end('person:unmute')} />
        </>
      )}
      {bannedUntil !== undefined && (
        <>
          <p>{t('restrict.isBanned', { until: until(bannedUntil) })}</p>
          <Button text={t('restrict.unban')} onPress={() => end('person:unban')} />
        </>
      )}
      {reason !== undefined && reason !== '' && (
        <blockquote class="quoted" dir="auto">
          {reason}
        </blockquote>
      )}
      {outcome.line}
    </div>
  )
}
