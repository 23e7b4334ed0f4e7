import type { Ending } from '../engine/connection.ts'
import type { texts } from '../locales/en/dialogs.ts'
import { useApp, useTexts } from './app-context.ts'

/** Why the person can't come in, and until when. */
export function BanNote({ ban: { retryAfterMs, why } }: { ban: Ending; onClose(): void }) {
  const { moment } = useApp().i18n.tools.value
  const t = useTexts<typeof texts>()
  const isForGood = retryAfterMs === undefined
  return (
    <>
      <h1>{t('signIn.bannedTitle')}</h1>
      <p class="refused" role="alert" dir="auto">
        {t(isForGood ? 'signIn.banned' : 'signIn.bannedFor', { when: moment.format(Date.now() + (retryAfterMs ?? 0)) })}{' '}
        {why !== undefined && t('writing.why', { why })}
      </p>
    </>
  )
}
