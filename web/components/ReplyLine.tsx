import type { OpenRoom } from '../engine/room-sync.ts'
import { ofRoom } from '../state/drafts.ts'
import { focusComposer, useApp, useChat } from './app-context.ts'
import { IconButton } from './IconButton.tsx'
import { QuoteText, useOriginal } from './Quote.tsx'

/** The message that is being answered, above the text box, with a button to cancel the reply. */
export function ReplyLine({ room, id }: { room: OpenRoom; id: string }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const to = chat.drafts.of(ofRoom(room.id)).value?.replyTo
  const message = useOriginal(room, to)
  if (to === undefined) return null
  return (
    <div class="reply-line">
      <p id={id} class="small">
        <span>{t('composer.replying')}</span>{' '}
        {!message ? (
          t('message.quotedEarlier')
        ) : message.removed ? (
          t('message.quotedRemoved')
        ) : (
          <QuoteText message={message} />
        )}
      </p>
      <IconButton
        icon="close"
        label={t('composer.noReply')}
        onPress={() => {
          chat.write(room.id, { replyTo: null })
          focusComposer()
        }}
      />
    </div>
  )
}
