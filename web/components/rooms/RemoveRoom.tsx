import { LOBBY, roomKind } from '../../../src/contract.ts'
import type { OpenRoom } from '../../engine/room-sync.ts'
import { sentence, useApp, useChat } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Icon } from '../Icon.tsx'
import { useRoomTexts } from './texts.ts'

/** Removes a room in which there is nothing and nobody else. Its creator and moderators see the button. */
export function RemoveRoom({ room }: { room: OpenRoom; onClose: () => void }) {
  const app = useApp()
  const t = useRoomTexts()
  const chat = useChat()
  const log = room.log.value
  const isEmpty = log?.older === false && log.to === undefined && log.messages.every(({ removed }) => removed)
  const what = roomKind(room.id) === 'direct' ? 'direct' : 'room'
  const isAlone = room.people.value?.count === 1
  if (!isEmpty || !isAlone || chat.outbox.items.value.some((item) => item.room === room.id)) return null

  async function remove() {
    const reply = await chat.removeRoom(room.id)
    app.toasts.show(reply.ok ? t(`${what}.removed`) : sentence(app, reply.reason))
    if (reply.ok) location.hash = `#/${LOBBY}`
  }

  return (
    <Button class="quiet" onPress={remove}>
      <Icon name="remove" />
      {t(`${what}.remove`)}
    </Button>
  )
}
