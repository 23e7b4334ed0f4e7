import { LOBBY, isOpen, type Room } from '../../../src/contract.ts'
import '../../style/settings.css'
import { roomTitle, useApp } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { HandOn } from './HandOn.tsx'
import { RoomForm } from './RoomForm.tsx'
import { useModerationTexts } from './texts.ts'

/** The settings of one room, for its creator and for moderators. */
export function RoomSettings({ room, onClose }: { room: Room; onClose: () => void }) {
  const app = useApp()
  const t = useModerationTexts()
  return (
    <Dialog title={t('roomForm.title', { room: roomTitle(app, room) })} onClose={onClose}>
      <RoomForm room={room} />
      {isOpen(room.id) && room.id !== LOBBY && <HandOn room={room} />}
    </Dialog>
  )
}
