import type { Room } from '../../../src/contract.ts'
import '../../style/settings.css'
import { roomTitle, useApp } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Invitations } from './Invitations.tsx'
import { useModerationTexts } from './texts.ts'

/** Links into a private room, for its owner. */
export function RoomInvitations({ room, onClose }: { room: Room; onClose: () => void }) {
  const app = useApp()
  const t = useModerationTexts()
  return (
    <Dialog title={t('invite.title', { room: roomTitle(app, room) })} onClose={onClose}>
      <Invitations room={room.id} />
    </Dialog>
  )
}
