import type { TargetedMouseEvent } from 'preact'
import type { RoomSummary } from '../../src/contract.ts'
import { roomTitle, useApp } from './app-context.ts'
import { Icon, RoomIcon } from './Icon.tsx'
import { memo } from './memo.ts'

export type OnRoomChosen = (event: TargetedMouseEvent<HTMLAnchorElement>) => void

interface RoomRowProps {
  room: RoomSummary
  isCurrent: boolean
  unread: number
  mentions: number
  people: number
  onChosen: OnRoomChosen
}

/** A room in the list, with its number of new messages or else of people. */
export const RoomRow = memo(function RoomRow({ room, isCurrent, unread, mentions, people, onChosen }: RoomRowProps) {
  const app = useApp()
  const { t, tools } = app.i18n
  return (
    <li>
      <a class="room-link" href={`#/${room.id}`} aria-current={isCurrent ? 'page' : undefined} onClick={onChosen}>
        <RoomIcon room={room.id} />
        <bdi class="room-title one-line">{roomTitle(app, room)}</bdi>
        {room.archived && (
          <>
            <Icon name="closed" />
            <span class="unseen">, {t('room.archived')}</span>
          </>
        )}
        {unread + mentions > 0 ? (
          <span class="badge">
            <span aria-hidden="true">
              {mentions > 0 && '@ '}
              {tools.value.number.format(unread || mentions)}
            </span>
            {mentions > 0 && <span class="unseen">, {t('mention.list')}</span>}
            <span class="unseen">, {t('rooms.unread', { n: unread })}</span>
          </span>
        ) : (
          <span class="room-people">
            <span aria-hidden="true">{people > 0 && tools.value.number.format(people)}</span>
            <span class="unseen">, {t('rooms.people', { n: people })}</span>
          </span>
        )}
      </a>
    </li>
  )
})
