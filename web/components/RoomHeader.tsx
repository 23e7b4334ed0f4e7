import { useSignal } from '@preact/signals'
import { roomKind } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { moderates, useApp, useChat } from './app-context.ts'
import { Icon, type IconName } from './Icon.tsx'
import { oneColumn, threeColumns } from './media.ts'
import { Members, Pins, RoomAlerts, RoomSettings } from './parts.ts'

/** The title of the room, the number of people, and buttons for the columns that do not fit. */
export function RoomHeader(props: { room: OpenRoom; title: string; onRooms: () => void; onPeople: () => void }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const { rooms } = chat
  const open = useSignal<'members' | 'pins' | 'alerts' | 'settings' | null>(null)
  const close = () => (open.value = null)
  const room = props.room.room.value
  const here = props.room.people.value
  const elsewhere = rooms.unreadInAll.value - rooms.reading.heard(props.room.id)
  const count = here && t(here.about ? 'people.about' : 'people.count', { n: here.count })
  const button = (part: NonNullable<typeof open.value>, icon: IconName, label: string, shown?: number) => (
    <button
      type="button"
      class={shown === undefined ? 'icon-button' : 'button quiet people-button'}
      aria-label={label}
      title={label}
      onClick={() => (open.value = part)}
    >
      <Icon name={icon} />
      {shown !== undefined && <span>{shown}</span>}
    </button>
  )
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
      {roomKind(room.id) === 'private' && button('members', 'lock', t('room.members'))}
      {open.value === 'members' && <Members room={room} onClose={close} />}
      {room.pins && button('pins', 'pin', t('room.pins', { n: room.pins.length }), room.pins.length)}
      {open.value === 'pins' && <Pins room={props.room} onClose={close} />}
      {/* On a phone it is in the settings, so that the title has space. */}
      {!oneColumn.value && !props.room.refused.value && button('alerts', 'bell', t('room.alerts'))}
      {open.value === 'alerts' && <RoomAlerts room={room} onClose={close} />}
      {!props.room.refused.value &&
        roomKind(room.id) !== 'direct' &&
        moderates(chat, room) &&
        button('settings', 'settings', t('room.settings'))}
      {open.value === 'settings' && <RoomSettings room={room} onClose={close} />}
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
