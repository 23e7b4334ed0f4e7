import type { Signal } from '@preact/signals'
import { roomKind } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { moderates, useApp, useChat } from './app-context.ts'
import type { IconName } from './Icon.tsx'
import { IconButton } from './IconButton.tsx'
import { oneColumn, threeColumns } from './media.ts'
import { Members, Pins, RoomAlerts, RoomSettings } from './parts.ts'

/** What opens from the header. */
export type HeaderPart = 'members' | 'pins' | 'alerts' | 'settings'

interface Props {
  room: OpenRoom
  title: string
  open: Signal<HeaderPart | null>
  onRooms: () => void
  onPeople: () => void
}

/** The title of the room, the number of people, and buttons for the columns that do not fit. */
export function RoomHeader({ open, ...props }: Props) {
  const { t } = useApp().i18n
  const chat = useChat()
  const { rooms } = chat
  const close = () => (open.value = null)
  const room = props.room.room.value
  const here = props.room.people.value
  const refused = props.room.refused.value
  const elsewhere = rooms.unreadInAll.value - rooms.reading.heard(props.room.id)
  const count = here && t(here.about ? 'people.about' : 'people.count', { n: here.count })
  const button = (part: HeaderPart, icon: IconName, label: string) => (
    <IconButton icon={icon} label={label} onPress={() => (open.value = part)} />
  )
  return (
    <header class="room-head">
      {oneColumn.value && (
        <IconButton icon="menu" label={t('rooms.show')} onPress={props.onRooms}>
          {elsewhere > 0 && (
            <span class="dot">
              <span class="unseen">{t('rooms.unread', { n: elsewhere })}</span>
            </span>
          )}
        </IconButton>
      )}
      <div class="room-name">
        <h1 class="one-line">
          <bdi>{props.title}</bdi>
        </h1>
        {room.topic !== undefined && (
          <p class="one-line small" dir="auto" title={room.topic}>
            {room.topic}
          </p>
        )}
      </div>
      {roomKind(room.id) === 'private' && button('members', 'lock', t('room.members'))}
      {open.value === 'members' && <Members room={room} onClose={close} />}
      {room.pins && (
        <IconButton
          icon="pin"
          class="button quiet people-button"
          label={t('room.pins', { n: room.pins.length })}
          onPress={() => (open.value = 'pins')}
        >
          <span>{room.pins.length}</span>
        </IconButton>
      )}
      {open.value === 'pins' && <Pins room={props.room} onClose={close} />}
      {/* On a phone it is in the settings, so that the title has space. */}
      {!oneColumn.value && !refused && button('alerts', 'bell', t('room.alerts'))}
      {open.value === 'alerts' && <RoomAlerts room={room} onClose={close} />}
      {!refused &&
        roomKind(room.id) !== 'direct' &&
        moderates(chat, room) &&
        button('settings', 'settings', t('room.settings'))}
      {open.value === 'settings' && <RoomSettings room={room} onClose={close} />}
      {threeColumns.value ? (
        <p class="head-count">{count}</p>
      ) : refused ? null : (
        <IconButton
          icon="people"
          class="button quiet people-button"
          label={t('people.show', { n: here?.count ?? 0 })}
          onPress={props.onPeople}
        >
          <span>{here?.count}</span>
        </IconButton>
      )}
    </header>
  )
}
