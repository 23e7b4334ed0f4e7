import { roomsInOrder } from '../../state/room-order.ts'
import { roomTitle, useApp, useChat } from '../app-context.ts'
import { Details } from './Details.tsx'
import { RoomForm } from './RoomForm.tsx'
import { useModerationTexts } from './texts.ts'

/** All rooms, with their settings. */
export function Rooms() {
  const app = useApp()
  const t = useModerationTexts()
  const { rooms } = useChat()
  return (
    <ul class="entries">
      {roomsInOrder(rooms, app.i18n.tools.value.collator).map((room) => (
        <Details
          key={room.id}
          head={
            <span class="who">
              <bdi>{roomTitle(app, room)}</bdi>
              {room.readOnly && <span class="tag">{t('room.readOnly')}</span>}
              {room.archived && <span class="tag">{t('room.archived')}</span>}
            </span>
          }
        >
          <RoomForm room={room} />
        </Details>
      ))}
    </ul>
  )
}
