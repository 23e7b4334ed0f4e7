import type { OutboxItem } from '../engine/outbox/item.ts'
import { reasonText, useApp, useChat } from './app-context.ts'

/** What has become of a message that is not confirmed, and what its author can do. */
export function DeliveryStatus({ item, onEdit }: { item: OutboxItem; onEdit: () => void }) {
  const app = useApp()
  const { t } = app.i18n
  const { outbox } = useChat()
  const edit = (
    <button type="button" class="button small-button" onClick={onEdit}>
      {t('message.edit')}
    </button>
  )
  const discard = (
    <button type="button" class="button small-button" onClick={() => outbox.discard(item.id)}>
      {t('message.discard')}
    </button>
  )
  switch (item.state) {
    case 'failed':
      return (
        <div class="delivery-status" role="alert">
          <span>
            {item.reason ? t('message.failed', { reason: reasonText(app, item.reason) }) : t('message.notSent')}
          </span>
          <button type="button" class="button small-button" onClick={() => outbox.retry(item.id)}>
            {t('message.retry')}
          </button>
          {edit}
          {discard}
        </div>
      )
    case 'unsure':
      return (
        <div class="delivery-status" role="alert">
          <span>{t('message.unsure')}</span>
          <button type="button" class="button small-button" onClick={() => outbox.sendAsNew(item.id)}>
            {t('message.sayAnew')}
          </button>
          {discard}
        </div>
      )
    case 'queued':
    case 'sending':
      // components/OutboxNote.tsx announces it once for all messages.
      return item.slow ? (
        <p class="delivery-status" aria-live="off">
          <span>{t('message.slow')}</span>
          {outbox.isRevocable(item) && edit}
          {outbox.isRevocable(item) && discard}
        </p>
      ) : null
    case 'sent':
      return null
    default:
      return item.state satisfies never
  }
}
