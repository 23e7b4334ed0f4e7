import type { OutboxItem } from '../engine/outbox/item.ts'
import { reasonText, useApp, useChat } from './app-context.ts'
import { Button } from './Button.tsx'

/** What has become of a message that is not confirmed, and what its author can do. */
export function DeliveryStatus({ item, onEdit }: { item: OutboxItem; onEdit: () => void }) {
  const app = useApp()
  const { t } = app.i18n
  const { outbox } = useChat()
  const edit = <Button class="small-button" text={t('message.edit')} onPress={onEdit} />
  const discard = <Button class="small-button" text={t('message.discard')} onPress={() => outbox.discard(item.id)} />
  switch (item.state) {
    case 'failed':
      return (
        <div class="delivery-status small" role="alert">
          <span>
            {item.reason ? t('message.failed', { reason: reasonText(app, item.reason) }) : t('message.notSent')}
          </span>
          <Button class="small-button" text={t('message.retry')} onPress={() => outbox.retry(item.id)} />
          {edit}
          {discard}
        </div>
      )
    case 'unsure':
      return (
        <div class="delivery-status small" role="alert">
          <span>{t('message.unsure')}</span>
          <Button class="small-button" text={t('message.sayAnew')} onPress={() => outbox.sendAsNew(item.id)} />
          {discard}
        </div>
      )
    case 'queued':
    case 'sending':
      // components/OutboxNote.tsx announces it once for all messages.
      return item.slow ? (
        <p class="delivery-status small" aria-live="off">
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
