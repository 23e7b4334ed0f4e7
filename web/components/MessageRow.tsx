import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../state/room-sync.ts'
import { useApp, useChat } from './app-context.ts'
import { EditBox } from './EditBox.tsx'
import { memo } from './memo.ts'
import { MessageActions } from './MessageActions.tsx'
import { MessageText } from './MessageText.tsx'
import { Reactions } from './Reactions.tsx'
import { RowFrame } from './RowFrame.tsx'

/** A message as it stands in the log. */
export const MessageRow = memo(function MessageRow(props: { room: OpenRoom; message: Message; head: boolean }) {
  const { room, message, head } = props
  const { t, tools } = useApp().i18n
  const chat = useChat()
  const mine = message.by.id === chat.me.value.id
  const editing = chat.editing.value === message.id
  return (
    <RowFrame by={message.by} at={message.at} head={head} mine={mine}>
      {message.removed ? (
        <p class="text tombstone">{t('message.removed')}</p>
      ) : editing ? (
        <EditBox room={room} message={message} />
      ) : (
        <div class="said">
          <MessageText text={message.text} />
          {message.editedAt !== undefined && (
            <small class="edited" title={tools.value.moment.format(message.editedAt)}>
              {t('message.edited')}
            </small>
          )}
        </div>
      )}
      {!message.removed && message.reactions && <Reactions room={room} message={message} />}
      {!message.removed && !editing && <MessageActions room={room} message={message} mine={mine} />}
    </RowFrame>
  )
})
