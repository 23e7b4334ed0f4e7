import type { OutboxItem } from '../state/outbox.ts'
import { useApp, useChat } from './app-context.ts'
import { memo } from './memo.ts'
import { MessageText } from './MessageText.tsx'
import { RowFrame } from './RowFrame.tsx'

/** A message of mine that nobody has confirmed. */
export const PendingRow = memo(function PendingRow({ item, head }: { item: OutboxItem; head: boolean }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const { me, outbox } = chat
  const failed = item.state === 'failed'
  return (
    <RowFrame by={me.value} at={item.at} head={head} mine>
      <div class={failed ? 'said failed' : item.state === 'sent' ? 'said' : 'said pending'}>
        <MessageText text={item.text} />
      </div>
      {failed ? (
        <div class="fate" role="alert">
          <span>{t('message.failed', { reason: t(`reason.${item.reason ?? 'fault'}`) })}</span>
          <button type="button" class="button small-button" onClick={() => outbox.retry(item.id)}>
            {t('message.retry')}
          </button>
          <button type="button" class="button small-button" onClick={() => outbox.discard(item.id)}>
            {t('message.discard')}
          </button>
        </div>
      ) : (
        item.slow && item.state !== 'sent' && <output class="fate">{t('message.slow')}</output>
      )}
    </RowFrame>
  )
})
