import { useEffect } from 'preact/hooks'
import { usable } from '../engine/storage.ts'
import { newBuild } from '../state/new-build.ts'
import { useApp, useChat } from './app-context.ts'
import { Button } from './Button.tsx'

const RELOADED_KEY = 'taifas:reloaded-for'

/** Shows the connection when something is wrong with it. The live region is always there, so that screen readers announce changes. */
export function ConnectionBadge() {
  const { t } = useApp().i18n
  const { connection } = useChat()
  const problem = connection.problem.value ?? (newBuild.value ? 'new-build' : null)
  const online = connection.online.value
  // The server accepts this version again. If a later server refuses it, a reload may help again.
  useEffect(() => {
    if (online) usable(() => sessionStorage)?.removeItem(RELOADED_KEY)
  }, [online])
  return (
    <output class="link-state stack">
      {problem !== null && (
        <span class={`link-badge ${problem}`}>
          {problem === 'too-old' ? (
            <TooOld />
          ) : problem === 'new-build' ? (
            <NewBuild onReload={() => location.reload()} />
          ) : (
            <>
              <span>
                <span class="pulse" aria-hidden="true" />
                {problem === 'connecting' && t('link.connecting')}
                {problem === 'reconnecting' && t('link.reconnecting')}
                {problem === 'no-network' && t('link.noNetwork')}
                {problem === 'no-websocket' && t('link.noWebSocket')}
              </span>
              <Button class="small-button" text={t('link.retry')} onPress={connection.retryNow} />
            </>
          )}
        </span>
      )}
    </output>
  )
}

/** Offers one reload. If it does not help, a second one would not help either. */
function TooOld() {
  const { t } = useApp().i18n
  const tab = usable(() => sessionStorage)
  // Without a stored mark, one reload could become a loop of reloads.
  if (tab?.getItem(RELOADED_KEY) !== null) return <span>{t('link.tooOldStill')}</span>
  function reload() {
    tab?.setItem(RELOADED_KEY, 'yes')
    location.reload()
  }
  return <NewBuild onReload={reload} />
}

function NewBuild({ onReload }: { onReload: () => void }) {
  const { t } = useApp().i18n
  return (
    <>
      <span>{t('link.tooOld')}</span>
      <Button class="small-button" text={t('link.reload')} onPress={onReload} />
    </>
  )
}
