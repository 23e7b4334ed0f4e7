import { isOpen, levels, type Alerts, type Level, type Room } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { roomTitle, useApp, useTexts } from '../app-context.ts'
import { Select } from '../forms/fields.tsx'

const DEFAULT = 'default'

interface LevelChoiceProps {
  room: Pick<Room, 'id' | 'title' | 'members'>
  alerts: Alerts
  onChosen(level: Level | null): unknown
}

/** What the person wants to be notified of in a room. */
export function LevelChoice({ room, alerts, onChosen }: LevelChoiceProps) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const chosen = alerts.levels.find((one) => one.room === room.id)?.level
  const usual = t(isOpen(room.id) ? 'alerts.mentions' : 'alerts.all')
  return (
    <Select
      label={<bdi>{roomTitle(app, room)}</bdi>}
      value={chosen ?? DEFAULT}
      options={[
        [DEFAULT, t('alerts.default', { level: usual })],
        ...levels.map((level) => [level, t(`alerts.${level}`)] as const)
      ]}
      onChosen={(level) => onChosen(level === DEFAULT ? null : level)}
    />
  )
}
