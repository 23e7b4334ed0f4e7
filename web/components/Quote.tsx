import type { TargetedMouseEvent } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Message } from '../../src/contract.ts'
import { firstLine } from '../formatting/first-line.ts'
import { findMessage } from '../engine/room-log.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { linkTo, rememberRow } from '../state/address.ts'
import { presentNames, useApp, useChat, useTexts } from './app-context.ts'
import { topInView } from './reading-place.ts'
import { messageOf } from './RowFrame.tsx'

/** More than one line can show. */
const BEGINNING_CODE_UNITS = 200

/** The message of this id, read from the server if it is not loaded. Undefined while it is not known, null when it does not exist. */
export function useOriginal(room: OpenRoom, id: string | undefined): Message | null | undefined {
  const log = room.log.value
  const { found, read } = room.far
  const known = id === undefined ? null : ((log && findMessage(log, id)) ?? found.value.get(id))
  const isMissing = known === undefined && room.upToDate.value
  useEffect(() => {
    if (isMissing && id !== undefined) void read(id)
  }, [read, id, isMissing])
  return known
}

/** The message that is answered, in one line. A click goes to it, wherever in the room it is. */
export function Quote({ room, id }: { room: OpenRoom; id: string }) {
  const { t } = useApp().i18n
  const { rooms } = useChat()
  const message = useOriginal(room, id)

  function leave({ ctrlKey, metaKey, shiftKey, currentTarget }: TargetedMouseEvent<HTMLElement>) {
    const row = currentTarget.closest<HTMLElement>('.row')
    if (!row || ctrlKey || metaKey || shiftKey) return
    rememberRow({ message: messageOf(row), top: topInView(row) })
    rooms.mayGoBack.value = true
  }

  return (
    <div class="quote small">
      <span class="unseen">{t('message.answers')} </span>
      {!message ? (
        <span>{t('message.quotedEarlier')}</span>
      ) : message.removed ? (
        <span>{t('message.quotedRemoved')}</span>
      ) : (
        <a class="quote-line" href={linkTo(room.id, id)} title={t('message.toQuoted')} onClick={leave}>
          <QuoteText message={message} />
        </a>
      )}
    </div>
  )
}

/** The author and the first line of the text. */
export function QuoteText({ message }: { message: Message }) {
  const t = useTexts()
  const chat = useChat()
  const line = firstLine(message, presentNames(chat, chat.rooms.room.value))
  return (
    <>
      <bdi class="quote-name one-line">{message.by.name.trim() || t('people.former')}</bdi>{' '}
      <bdi class="one-line">{line.slice(0, BEGINNING_CODE_UNITS)}</bdi>
    </>
  )
}
