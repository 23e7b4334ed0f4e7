import { useSignal } from '@preact/signals'
import { roomTitle, sentence, useApp, useChat } from './app-context.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { Composer } from './Composer.tsx'
import { ConnectionBadge } from './ConnectionBadge.tsx'
import { MessageList } from './MessageList.tsx'
import { MessageRow } from './MessageRow.tsx'
import { OutboxNote } from './OutboxNote.tsx'
import { LeftText } from './parts.ts'
import { Refused } from './Refused.tsx'
import { RoomHeader, type HeaderPart } from './RoomHeader.tsx'
import { TypingLine } from './TypingLine.tsx'

/** One room: its messages and its text box. */
export function Room({ room, onRooms, onPeople }: { room: OpenRoom; onRooms: () => void; onPeople: () => void }) {
  const app = useApp()
  const chat = useChat()
  const title = roomTitle(app, room.room.value)
  const refused = room.refused.value
  const isClosed = refused !== null && !(refused === 'fault' && room.log.value)
  const unsaid = chat.outbox.items.value.filter((item) => item.room === room.id)
  const open = useSignal<HeaderPart | null>(null)
  const waiting = (
    <ol>
      {unsaid.map((item) => (
        <MessageRow key={item.id} room={room} entry={item} head />
      ))}
    </ol>
  )
  return (
    <main class="room stack" tabIndex={-1}>
      <RoomHeader room={room} title={title} open={open} onRooms={onRooms} onPeople={onPeople} />
      <ConnectionBadge />
      {isClosed ? (
        <div class="room-message">
          <p>{refused === 'no-room' || refused === 'bad-request' ? app.i18n.t('room.gone') : sentence(app, refused)}</p>
          <a class="button" href="#/lobby">
            {app.i18n.t('room.toLobby')}
          </a>
          <LeftText key={room.id} room={room.id} onClose={() => {}} />
          {waiting}
        </div>
      ) : room.log.value ? (
        <MessageList
          key={chat.rooms.sight.value}
          room={room}
          title={title}
          onMembers={() => (open.value = 'members')}
        />
      ) : (
        <div class="room-message">
          <output class="late">{app.i18n.t('room.opening')}</output>
          {waiting}
        </div>
      )}
      {!isClosed && (
        <footer class="foot">
          <Refused text={refused && app.i18n.t('room.fault')} />
          <TypingLine typists={chat.typists.rooms.value.get(room.id) ?? []} />
          <OutboxNote />
          <Composer room={room} title={title} />
        </footer>
      )}
    </main>
  )
}
