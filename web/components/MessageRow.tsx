import { useSignal } from '@preact/signals'
import type { Message } from '../../src/contract.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { focusComposer, moderates, useApp, useChat } from './app-context.ts'
import { ofEdit } from '../state/drafts.ts'
import { EditBox } from './EditBox.tsx'
import { EditForm } from './EditForm.tsx'
import { DeliveryStatus } from './DeliveryStatus.tsx'
import { memo } from './memo.ts'
import { History } from './parts.ts'
import { MessageActions } from './MessageActions.tsx'
import { MessageText } from './MessageText.tsx'
import { Quote } from './Quote.tsx'
import { Reactions } from './Reactions.tsx'
import { RowFrame } from './RowFrame.tsx'

interface MessageRowProps {
  room: OpenRoom
  /** A message of the log, or an outbox item. The row stays the same when the item becomes a message. */
  entry: Message | OutboxItem
  head: boolean
}

export const MessageRow = memo(function MessageRow({ room, entry, head }: MessageRowProps) {
  const { t } = useApp().i18n
  const chat = useChat()
  const me = chat.me.value
  const [message, item] = 'state' in entry ? [null, entry] : [entry, null]
  const by = message?.by ?? me
  const mine = by.id === me.id
  const amending = useSignal(false)
  const asked = message ? chat.editing.value === message.id && !message.removed : amending.value
  // Once it is sent, the edit goes on as one of the message.
  const mayEdit = (item: OutboxItem) =>
    item.state === 'failed' || (item.state === 'queued' && chat.outbox.isRevocable(item))
  // An edit that was left is shown again, and one of a message that somebody else has removed stays.
  const editing = (asked || chat.drafts.of(ofEdit(entry.id)).value !== null) && (!item || mayEdit(item))
  const pending = item && item.state !== 'sent'

  function amended() {
    chat.drafts.drop(ofEdit(entry.id))
    amending.value = false
    focusComposer()
  }

  return (
    <RowFrame id={entry.id} by={by} at={entry.at} head={head} mine={mine}>
      {entry.replyTo !== undefined && !message?.removed && <Quote room={room} id={entry.replyTo} />}
      {editing && message ? (
        <EditBox room={room} message={message} />
      ) : message?.removed ? (
        <p class="text tombstone">{t('message.removed')}</p>
      ) : editing && item ? (
        <EditForm
          id={item.id}
          text={item.text}
          busy={false}
          asked={amending.value}
          onSave={(text) => {
            amended()
            if (text === item.text) chat.outbox.retry(item.id)
            else chat.outbox.amend(item.id, text)
          }}
          onEmpty={() => {
            amended()
            chat.outbox.discard(item.id)
          }}
          onDone={amended}
        />
      ) : (
        <div class={pending ? (isOver(item) ? 'bubble failed' : 'bubble pending') : 'bubble'}>
          <MessageText text={entry.text} mentions={message?.mentions} />
          {room.room.value.pins?.includes(entry.id) && <small class="edited">{t('message.pinned')}</small>}
          {message?.editedAt !== undefined && <Edited room={room} message={message} mine={mine} />}
        </div>
      )}
      {item && !editing && <DeliveryStatus item={item} onEdit={() => (amending.value = true)} />}
      {message && !message.removed && message.reactions && <Reactions room={room} message={message} />}
      {message && !message.removed && !editing && <MessageActions room={room} message={message} mine={mine} />}
    </RowFrame>
  )
})

/** Says that the message was edited; for those who may see it, a button that shows its former texts. */
function Edited({ room, message, mine }: { room: OpenRoom; message: Message; mine: boolean }) {
  const { t, tools } = useApp().i18n
  const chat = useChat()
  const shown = useSignal(false)
  const title = tools.value.moment.format(message.editedAt)
  if (!mine && !moderates(chat, room.room.value))
    return (
      <small class="edited" title={title}>
        {t('message.edited')}
      </small>
    )
  return (
    <>
      <button type="button" class="edited" title={title} onClick={() => (shown.value = true)}>
        {t('message.edited')}
      </button>
      {shown.value && <History room={room} message={message} onClose={() => (shown.value = false)} />}
    </>
  )
}

const isOver = ({ state }: OutboxItem) => state === 'failed' || state === 'unsure'
