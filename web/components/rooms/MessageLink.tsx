import type { ComponentChildren, TargetedMouseEvent } from 'preact'
import type { Message } from '../../../src/contract.ts'
import { firstLine } from '../../formatting/first-line.ts'
import { linkTo } from '../../state/address.ts'
import '../../style/mentions.css'
import { presentNames, useChat, useTexts } from '../app-context.ts'

interface MessageLinkProps {
  room: string
  message: Message
  /** Beside the author: where and when it was sent. */
  note: ComponentChildren
  onChosen: (event: TargetedMouseEvent<HTMLAnchorElement>) => void
}

/** A message in a list, as a link to its place. */
export function MessageLink({ room, message, note, onChosen }: MessageLinkProps) {
  const t = useTexts()
  const chat = useChat()
  return (
    <a href={linkTo(room, message.id)} onClick={onChosen}>
      <bdi>
        <strong>{message.by.name.trim() || t('people.former')}</strong>
      </bdi>{' '}
      {note}
      <span class="mention-text one-line" dir="auto">
        {firstLine(message, presentNames(chat, chat.rooms.open.value.get(room)))}
      </span>
    </a>
  )
}
