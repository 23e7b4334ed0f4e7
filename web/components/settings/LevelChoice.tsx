import { isOpen, levels, type Alerts, type Level, type Room } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { roomTitle, useApp, useTexts } from '../app-context.ts'

const DEFAULT = 'default'

interface LevelChoiceProps {
  room: Pick<Room, 'id' | 'title' | 'members'>
  alerts: Alerts
  onChosen(level: Level | null): void
}

/** What the person wants to be notified of in a room. */
export function LevelChoice({ room, alerts, onChosen }: LevelChoiceProps) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const chosen = alerts.levels.find((one) => one.room === room.id)?.level
  return (
    <label class="choice">
      <bdi>{roomTitle(app, room)}</bdi>
      <select
        value={chosen ?? DEFAULT}
        onChange={(event) => onChosen(levels.find((one) => one === event.currentTarget.value) ?? null)}
      >
        <option value={DEFAULT}>
          {t('alerts.default', { level: t(isOpen(room.id) ? 'alerts.mentions' : 'alerts.all') })}
        </option>
        {levels.map((level) => (
          <option key={level} value={level}>
            {t(`alerts.${level}`)}
          </option>
        ))}
      </select>
    </label>
  )
}
