import { useComputed } from '@preact/signals'
import type { TargetedMouseEvent } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { roomKind, type RoomSummary } from '../../src/contract.ts'
import { listedRooms } from '../state/room-order.ts'
import { roomTitle, useApp, useChat } from './app-context.ts'
import { Icon, RoomIcon } from './Icon.tsx'

/** All rooms that the person may see, the lobby first, each with its number of people and of new messages; then direct conversations. */
export function RoomList({ onChosen }: { onChosen: (event: TargetedMouseEvent<HTMLAnchorElement>) => void }) {
  const app = useApp()
  const { rooms } = useChat()
  const { t, tools } = app.i18n
  const box = useRef<HTMLElement>(null)
  const id = useId()
  const all = useComputed(() => listedRooms(rooms, tools.value.collator)).value
  const isDirect = (room: RoomSummary) => roomKind(room.id) === 'direct'
  const direct = all.filter(isDirect)
  const people = (room: RoomSummary) => rooms.open.value.get(room.id)?.people.value?.count ?? room.people
  const current = rooms.current.value
  const isListed = rooms.listed.value

  // The current room may be far down in the list.
  useLayoutEffect(() => {
    box.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [current, isListed])

  const row = (room: RoomSummary) => {
    const unread = rooms.unread.value.get(room.id) ?? 0
    const mentions = rooms.mentions.value.get(room.id) ?? 0
    return (
      <li key={room.id}>
        <a
          class="room-link"
          href={`#/${room.id}`}
          aria-current={room.id === current ? 'page' : undefined}
          onClick={onChosen}
        >
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
              <span aria-hidden="true">{people(room) > 0 && tools.value.number.format(people(room))}</span>
              <span class="unseen">, {t('rooms.people', { n: people(room) })}</span>
            </span>
          )}
        </a>
      </li>
    )
  }

  return (
    <nav class="rooms" aria-label={t('rooms.title')} ref={box}>
      <ul class="stack">{all.filter((room) => !isDirect(room)).map(row)}</ul>
      {direct.length > 0 && (
        <>
          <h2 id={`${id}-direct`}>{t('rooms.direct')}</h2>
          <ul class="stack" aria-labelledby={`${id}-direct`}>
            {direct.map(row)}
          </ul>
        </>
      )}
    </nav>
  )
}
