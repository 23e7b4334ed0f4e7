import { useSignal } from '@preact/signals'
import { roomKind } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { moderates, useApp, useChat } from './app-context.ts'
import { Icon } from './Icon.tsx'
import { oneColumn, threeColumns } from './media.ts'
import { Members, Pins, RoomSettings } from './parts.ts'

/** The title of the room, the number of people, and buttons for the columns that do not fit. */
export function RoomHeader(props: { room: OpenRoom; title: string; onRooms: () => void; onPeople: () => void }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const { rooms } = chat
  const settings = useSignal(false)
  const members = useSignal(false)
  const pins = useSignal(false)
  const room = props.room.room.value
  const here = props.room.people.value
  const elsewhere = rooms.unreadInAll.value - rooms.reading.heard(props.room.id)
  const count = here && t(here.about ? 'people.about' : 'people.count', { n: here.count })
  return (
    <header class="room-head">
      {oneColumn.value && (
        <button type="button" class="icon-button" onClick={props.onRooms} aria-label={t('rooms.show')}>
          <Icon name="menu" />
          {elsewhere > 0 && (
            <span class="dot">
              <span class="unseen">{t('rooms.unread', { n: elsewhere })}</span>
            </span>
          )}
        </button>
      )}
      <div class="room-name">
        <h1>
          <bdi>{props.title}</bdi>
        </h1>
        {room.topic !== undefined && (
          <p dir="auto" title={room.topic}>
            {room.topic}
          </p>
        )}
      </div>
      {roomKind(room.id) === 'private' && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('room.members')}
          title={t('room.members')}
          onClick={() => (members.value = true)}
        >
          <Icon name="lock" />
        </button>
      )}
      {members.value && <Members room={room} onClose={() => (members.value = false)} />}
      {room.pins && (
        <button
          type="button"
          class="button quiet people-button"
          aria-label={t('room.pins', { n: room.pins.length })}
          title={t('room.pins', { n: room.pins.length })}
          onClick={() => (pins.value = true)}
        >
          <Icon name="pin" />
          <span>{room.pins.length}</span>
        </button>
      )}
      {pins.value && <Pins room={props.room} onClose={() => (pins.value = false)} />}
      {!props.room.refused.value && roomKind(room.id) !== 'direct' && moderates(chat, room) && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('room.settings')}
          title={t('room.settings')}
          onClick={() => (settings.value = true)}
        >
          <Icon name="settings" />
        </button>
      )}
      {settings.value && <RoomSettings room={room} onClose={() => (settings.value = false)} />}
      {threeColumns.value ? (
        <p class="head-count">{count}</p>
      ) : (
        <button
          type="button"
          class="button quiet people-button"
          onClick={props.onPeople}
          aria-label={t('people.show', { n: here?.count ?? 0 })}
        >
          <Icon name="people" />
          <span>{here?.count}</span>
        </button>
      )}
    </header>
  )
}
