import { useSignal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'
import { addressed } from '../state/address.ts'
import { focusComposer, useApp, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { oneColumn, threeColumns } from './media.ts'
import { NewRoom } from './NewRoom.tsx'
import { PeopleList } from './PeopleList.tsx'
import { Room } from './Room.tsx'
import { Sidebar } from './Sidebar.tsx'
import { You } from './You.tsx'

type Open = 'rooms' | 'people' | 'new-room' | 'you' | null

/** Rooms, messages, people: three columns where there is space, drawers where there isn't. */
export function ChatScreen() {
  const { i18n } = useApp()
  const chat = useChat()
  const open = useSignal<Open>(null)
  const close = () => (open.value = null)
  useLayoutEffect(() => {
    const show = () => {
      const { room, place } = addressed()
      chat.rooms.show(room, place)
    }
    show()
    addEventListener('popstate', show)
    return () => removeEventListener('popstate', show)
  }, [chat])
  const room = chat.rooms.room.value

  function toComposer(event: Event) {
    event.preventDefault()
    focusComposer()
  }

  const sidebar = (
    <Sidebar onChosen={close} onNewRoom={() => (open.value = 'new-room')} onYou={() => (open.value = 'you')} />
  )
  return (
    <div class="chat">
      {room && !room.refused.value && (
        <a class="skip" href="#composer" onClick={toComposer}>
          {i18n.t('app.skip')}
        </a>
      )}
      {!oneColumn.value && <header class="side">{sidebar}</header>}
      {room && (
        <Room
          key={room.id}
          room={room}
          onRooms={() => {
            open.value = 'rooms'
            void chat.rooms.refresh()
          }}
          onPeople={() => (open.value = 'people')}
        />
      )}
      {threeColumns.value && room && (
        <aside class="people-side" aria-label={i18n.t('people.title')}>
          <h2>{i18n.t('people.title')}</h2>
          <PeopleList room={room} />
        </aside>
      )}

      {open.value === 'rooms' && (
        <Dialog title={i18n.t('rooms.title')} side="start" onClose={close}>
          {sidebar}
        </Dialog>
      )}
      {open.value === 'people' && room && (
        <Dialog title={i18n.t('people.title')} side="end" onClose={close}>
          <PeopleList room={room} />
        </Dialog>
      )}
      {open.value === 'new-room' && <NewRoom onClose={close} />}
      {open.value === 'you' && <You onClose={close} />}
    </div>
  )
}
