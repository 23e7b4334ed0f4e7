import type { Message } from '../../src/contract.ts'
import { findMessage } from '../engine/room-log.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { useApp } from './app-context.ts'
import { rowId } from './RowFrame.tsx'

/** More than one line can show. */
const BEGINNING_CODE_UNITS = 200
const SHOWN_MS = 1_600

/** The message that is answered, in one line. A click goes to it if it is loaded. */
export function Quote({ room, id }: { room: OpenRoom; id: string }) {
  const { t } = useApp().i18n
  const log = room.log.value
  const message = log && findMessage(log, id)
  return (
    <div class="quote">
      <span class="unseen">{t('message.answers')} </span>
      {!message ? (
        <span>{t('message.quotedEarlier')}</span>
      ) : message.removed ? (
        <span>{t('message.quotedRemoved')}</span>
      ) : (
        <button type="button" class="quote-line" title={t('message.toQuoted')} onClick={() => goTo(id)}>
          <QuoteText message={message} />
        </button>
      )}
    </div>
  )
}

/** The author and the beginning of the text. */
export function QuoteText({ message }: { message: Message }) {
  return (
    <>
      <bdi class="quote-name">{message.by.name}</bdi>{' '}
      <bdi class="quote-text">{message.text.slice(0, BEGINNING_CODE_UNITS)}</bdi>
    </>
  )
}

function goTo(id: string) {
  const row = document.getElementById(rowId(id))
  row?.scrollIntoView({ block: 'center' })
  row?.focus({ preventScroll: true })
  row?.animate({ backgroundColor: ['var(--accent-soft)', 'transparent'] }, SHOWN_MS)
}
