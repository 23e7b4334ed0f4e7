import type { TargetedMouseEvent } from 'preact'
import { LOBBY, type Room } from '../../src/contract.ts'
import { roomsInOrder } from '../state/room-order.ts'
import { roomTitle, useApp, useChat } from './app-context.ts'
import { Icon } from './Icon.tsx'

/** All rooms, the lobby first, each with its number of people and of new messages. */
export function RoomList({ onChosen }: { onChosen: (event: TargetedMouseEvent<HTMLAnchorElement>) => void }) {
  const app = useApp()
  const { rooms } = useChat()
  const { t, tools } = app.i18n
  const all = roomsInOrder(rooms, tools.value.collator)
  const people = (room: Room & { people: number }) => rooms.open.value.get(room.id)?.people.value?.count ?? room.people

  return (
    <nav class="rooms" aria-label={t('rooms.title')}>
      <ul>
        {all.map((room) => {
          const unread = rooms.unread.value.get(room.id) ?? 0
          const mentions = rooms.mentions.value.get(room.id) ?? 0
          return (
            <li key={room.id}>
              <a
                class="room-link"
                href={`#/${room.id}`}
                aria-current={room.id === rooms.current.value ? 'page' : undefined}
                onClick={onChosen}
              >
                <Icon name={room.id === LOBBY ? 'globe' : 'hash'} />
                <bdi class="room-title">{roomTitle(app, room)}</bdi>
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
                    <span aria-hidden="true">{people(room) > 0 && tools.value.number.format(people(room))}</span>
                    <span class="unseen">, {t('rooms.people', { n: people(room) })}</span>
                  </span>
                )}
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
