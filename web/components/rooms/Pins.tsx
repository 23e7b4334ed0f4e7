import { firstLine } from '../../formatting/first-line.ts'
import type { OpenRoom } from '../../engine/room-sync.ts'
import { linkTo } from '../../state/address.ts'
import css from '../../style/mentions.css'
import { addStyle } from '../add-style.ts'
import { moderates, presentNames, sentence, useApp, useChat } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Icon } from '../Icon.tsx'
import { useOriginal } from '../Quote.tsx'
import { useRoomTexts } from './texts.ts'

addStyle(css)

/** The pinned messages of a room, the last one first, each a link to its place. Those who moderate the room take pins away. */
export function Pins({ room, onClose }: { room: OpenRoom; onClose: () => void }) {
  const t = useRoomTexts()
  const { pins = [] } = room.room.value
  return (
    <Dialog title={t('pins.title')} onClose={onClose}>
      <ul class="choices mentions">
        {pins.toReversed().map((id) => (
          <Pin key={id} room={room} id={id} onChosen={onClose} />
        ))}
      </ul>
      {pins.length === 0 && <output class="small">{t('pins.none')}</output>}
    </Dialog>
  )
}

function Pin({ room, id, onChosen }: { room: OpenRoom; id: string; onChosen: () => void }) {
  const app = useApp()
  const t = useRoomTexts()
  const chat = useChat()
  const message = useOriginal(room, id)

  async function unpin() {
    const reply = await chat.pin(room.id, id, false)
    if (!reply.ok) app.toasts.tell(sentence(app, reply.reason))
  }

  return (
    <li class="pin">
      {message && !message.removed ? (
        <a href={linkTo(room.id, id)} onClick={onChosen}>
          <bdi>
            <strong>{message.by.name.trim() || t('people.former')}</strong>
          </bdi>{' '}
          <small>{app.i18n.tools.value.moment.format(message.at)}</small>
          <span class="mention-text" dir="auto">
            {firstLine(message, presentNames(chat, room))}
          </span>
        </a>
      ) : (
        <span class="small">{t(message === undefined ? 'settings.loading' : 'pins.gone')}</span>
      )}
      {moderates(chat, room.room.value) && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('message.unpin')}
          title={t('message.unpin')}
          onClick={() => void unpin()}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}
