import { useSignal } from '@preact/signals'
import type { texts } from '../../locales/en/settings.ts'
import { chosen } from '../../state/attention-choices.ts'
import { playTone } from '../../state/tone.ts'
import { useTexts } from '../app-context.ts'

const isAllowed = () => globalThis.Notification?.permission === 'granted'

/** What this browser does while the page is open and nobody looks at it. */
export function PageAlerts({ onRefused }: { onRefused(): void }) {
  const t = useTexts<typeof texts>()
  const choices = useSignal(chosen())

  async function notify(wanted: boolean) {
    if (wanted && !isAllowed()) await Notification.requestPermission()
    if (wanted && !isAllowed()) onRefused()
    choices.value = chosen({ notify: wanted })
  }

  function tone(wanted: boolean) {
    choices.value = chosen({ tone: wanted })
    if (wanted) playTone()
  }

  return (
    <>
      {'Notification' in globalThis && (
        <label class="choice">
          <span>{t('alerts.page')}</span>
          <input
            type="checkbox"
            checked={choices.value.notify && isAllowed()}
            onChange={(event) => void notify(event.currentTarget.checked)}
          />
        </label>
      )}
      <label class="choice">
        <span>{t('alerts.tone')}</span>
        <input type="checkbox" checked={choices.value.tone} onChange={(event) => tone(event.currentTarget.checked)} />
      </label>
    </>
  )
}
