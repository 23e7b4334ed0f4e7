import { useEffect } from 'preact/hooks'
import { usable } from '../engine/storage.ts'
import { useApp, useChat } from './app-context.ts'

const RELOADED_KEY = 'taifas:reloaded-for'

/** Says how the connection is, when there is something to say. The region is always there, so that screen readers hear it change. */
export function ConnectionBadge() {
  const { t } = useApp().i18n
  const { connection } = useChat()
  const trouble = connection.problem.value
  const online = connection.online.value
  // Understood again: should a later version no longer do so, a reload helps again.
  useEffect(() => {
    if (online) usable(() => sessionStorage)?.removeItem(RELOADED_KEY)
  }, [online])
  return (
    <output class="link-state">
      {trouble !== null && (
        <span class={`link-badge ${trouble}`}>
          {trouble === 'too-old' ? (
            <TooOld />
          ) : (
            <>
              <span class="pulse" aria-hidden="true" />
              <span>
                {trouble === 'connecting' && t('link.connecting')}
                {trouble === 'reconnecting' && t('link.reconnecting')}
                {trouble === 'no-network' && t('link.noNetwork')}
              </span>
              <button type="button" class="button small-button" onClick={connection.retryNow}>
                {t('link.retry')}
              </button>
            </>
          )}
        </span>
      )}
    </output>
  )
}

/** One reload is offered. When it didn't help, a second one wouldn't either. */
function TooOld() {
  const { t } = useApp().i18n
  const tab = usable(() => sessionStorage)
  // Without a memory of it, one reload could become many.
  if (tab?.getItem(RELOADED_KEY) !== null) return <span>{t('link.tooOldStill')}</span>
  function reload() {
    tab?.setItem(RELOADED_KEY, 'yes')
    location.reload()
  }
  return (
    <>
      <span>{t('link.tooOld')}</span>
      <button type="button" class="button small-button" onClick={reload}>
        {t('link.reload')}
      </button>
    </>
  )
}
