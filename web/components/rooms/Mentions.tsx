import type { TargetedMouseEvent } from 'preact'
import { roomTitle, useApp, useChat } from '../app-context.ts'
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
  const { rooms } = useChat()
  const t = useRoomTexts()
  const asked = useAnswer('mention:list', {})
  const { moment, near } = app.i18n.tools.value
  const titleOf = (id: string) => {
    const room = rooms.list.value.find((one) => one.id === id)
    return room ? roomTitle(app, room) : id
  }
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
                        <bdi>{titleOf(room)}</bdi> · {fromNow(near, message.at)}
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
