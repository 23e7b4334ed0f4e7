import type { Room } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import '../../style/settings.css'
import { useTexts } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Answered } from './answer.tsx'
import { LevelChoice } from './LevelChoice.tsx'
import { useAlerts } from './use-alerts.ts'

/** The same choice as in the settings, for the room that is shown. */
export function RoomAlerts({ room, onClose }: { room: Room; onClose: () => void }) {
  const t = useTexts<typeof texts>()
  const { asked, outcome, set } = useAlerts()
  return (
    <Dialog title={t('alerts.title')} onClose={onClose}>
      <Answered asked={asked}>
        {(alerts) => (
          <LevelChoice room={room} alerts={alerts} onChosen={(level) => set({ level: { room: room.id, level } })} />
        )}
      </Answered>
      {outcome.line}
    </Dialog>
  )
}
