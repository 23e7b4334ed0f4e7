import { useSignal } from '@preact/signals'
import type { texts } from '../../locales/en/settings.ts'
import { chosen } from '../../state/attention-choices.ts'
import { playTone } from '../../state/tone.ts'
import { useTexts } from '../app-context.ts'
import { Switch } from '../forms/fields.tsx'

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
        <Switch label={t('alerts.page')} isOn={choices.value.notify && isAllowed()} onChosen={notify} />
      )}
      <Switch label={t('alerts.tone')} isOn={choices.value.tone} onChosen={tone} />
    </>
  )
}
