import type { TargetedMouseEvent } from 'preact'
import { titleOf } from '../../state/room-order.ts'
import { useApp, useChat } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Answered, useAnswer } from '../settings/answer.tsx'
import { fromNow } from '../settings/from-now.ts'
import { MessageLink } from './MessageLink.tsx'
import { useRoomTexts } from './texts.ts'

interface MentionsProps {
  onChosen(event: TargetedMouseEvent<HTMLAnchorElement>): void
  onClose(): void
}

/** Messages that mention the person, each a link to its place. */
export function Mentions({ onChosen, onClose }: MentionsProps) {
  const app = useApp()
  const chat = useChat()
  const t = useRoomTexts()
  const asked = useAnswer('mention:list', {})
  const { moment, near } = app.i18n.tools.value
  return (
    <Dialog title={t('mentions.title')} onClose={onClose}>
      <Answered asked={asked}>
        {({ mentions }) =>
          mentions.length === 0 ? (
            <output class="small">{t('mentions.none')}</output>
          ) : (
            <ul class="choices mentions">
              {mentions.map(({ room, message }) => (
                <li key={message.id}>
                  <MessageLink
                    room={room}
                    message={message}
                    note={
                      <small title={moment.format(message.at)}>
                        <bdi>{titleOf(app, chat, room)}</bdi> · {fromNow(near, message.at)}
                      </small>
                    }
                    onChosen={onChosen}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Dialog>
  )
}
