import { useComputed } from '@preact/signals'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { roomKind, type RoomSummary } from '../../src/contract.ts'
import { listedRooms } from '../state/room-order.ts'
import { useApp, useChat } from './app-context.ts'
import { RoomRow, type OnRoomChosen } from './RoomRow.tsx'

/** All rooms that the person may see, the lobby first, each with its number of people and of new messages; then direct conversations. */
export function RoomList({ onChosen }: { onChosen: OnRoomChosen }) {
  const app = useApp()
  const { rooms } = useChat()
  const { t, tools } = app.i18n
  const box = useRef<HTMLElement>(null)
  const id = useId()
  const all = useComputed(() => listedRooms(rooms, tools.value.collator)).value
  const isDirect = (room: RoomSummary) => roomKind(room.id) === 'direct'
  const direct = all.filter(isDirect)
  const current = rooms.current.value
  const isListed = rooms.listed.value

  // The current room may be far down in the list.
  useLayoutEffect(() => {
    box.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [current, isListed])

  const row = (room: RoomSummary) => (
    <RoomRow
      key={room.id}
      room={room}
      isCurrent={room.id === current}
      unread={rooms.unread.value.get(room.id) ?? 0}
      mentions={rooms.mentions.value.get(room.id) ?? 0}
      people={rooms.open.value.get(room.id)?.people.value?.count ?? room.people}
      onChosen={onChosen}
    />
  )

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
