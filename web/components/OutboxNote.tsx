import { isUnsent } from '../engine/outbox/item.ts'
import { useApp, useChat } from './app-context.ts'

/** Announces once that messages wait, and asks the person to stay if this browser cannot store them safely. */
export function OutboxNote() {
  const { t } = useApp().i18n
  const { outbox, durability } = useChat()
  const waits = outbox.items.value.some((item) => item.slow && isUnsent(item))
  return (
    <output class="outbox-note small">
      {waits && <span class="unseen">{t('outbox.waits')}</span>}
      {waits && durability.value === 'tab' && <span>{t('outbox.tab')}</span>}
      {waits && durability.value === 'page' && <span>{t('outbox.page')}</span>}
    </output>
  )
}
