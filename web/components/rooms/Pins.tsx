import type { OpenRoom } from '../../engine/room-sync.ts'
import { moderates, sentence, useApp, useChat } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { IconButton } from '../IconButton.tsx'
import { useOriginal } from '../Quote.tsx'
import { MessageLink } from './MessageLink.tsx'
import { useRoomTexts } from './texts.ts'

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
    if (!reply.ok) app.toasts.show(sentence(app, reply.reason))
  }

  return (
    <li class="pin">
      {message && !message.removed ? (
        <MessageLink
          room={room.id}
          message={message}
          note={<small>{app.i18n.tools.value.moment.format(message.at)}</small>}
          onChosen={onChosen}
        />
      ) : (
        <span class="small">{t(message === undefined ? 'settings.loading' : 'pins.gone')}</span>
      )}
      {moderates(chat, room.room.value) && <IconButton icon="close" label={t('message.unpin')} onPress={unpin} />}
    </li>
  )
}
