import { LOBBY } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { sentence, useApp, useChat } from './app-context.ts'
import { Icon } from './Icon.tsx'

/** Removes a room in which there is nothing and nobody else. Its creator and moderators see the button. */
export function RemoveRoom({ room }: { room: OpenRoom }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const me = chat.me.value
  const log = room.log.value
  const isMine = room.id !== LOBBY && (me.moderator || room.room.value.by === me.id)
  const isEmpty = log?.older === false && log.to === undefined && log.messages.every(({ removed }) => removed)
  const isAlone = room.people.value?.count === 1
  if (!isMine || !isEmpty || !isAlone || chat.outbox.items.value.some((item) => item.room === room.id)) return null

  async function remove() {
    const reply = await chat.removeRoom(room.id)
    app.toasts.tell(reply.ok ? t('room.removed') : sentence(app, reply.reason))
    if (reply.ok) location.hash = `#/${LOBBY}`
  }

  return (
    <button type="button" class="button quiet" onClick={() => void remove()}>
      <Icon name="remove" />
      {t('room.remove')}
    </button>
  )
}
