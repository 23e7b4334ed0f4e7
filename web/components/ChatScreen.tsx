import { useSignal } from '@preact/signals'
import { useCallback, useLayoutEffect } from 'preact/hooks'
import { addressed, isCover } from '../state/address.ts'
import { focusComposer, useApp, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { oneColumn, threeColumns } from './media.ts'
import { Chooser, Mentions, NewRoom, PersonCard, Settings, Shortcuts } from './parts.ts'
import { PeopleList } from './PeopleList.tsx'
import { Room } from './Room.tsx'
import { useShortcutKeys } from './shortcut-keys.ts'
import type { OnRoomChosen } from './RoomRow.tsx'
import { Sidebar } from './Sidebar.tsx'

type Open = 'rooms' | 'people' | 'new-room' | 'you' | 'mentions' | 'chooser' | 'shortcuts' | null

/** Rooms, messages, people: three columns where there is space, drawers where there isn't. */
export function ChatScreen() {
  const { i18n } = useApp()
  const chat = useChat()
  const open = useSignal<Open>(null)
  const close = () => (open.value = null)
  const card = chat.card.value
  function closeCard() {
    chat.card.value = null
  }
  const room = chat.rooms.room.value
  const isCovered = oneColumn.value && open.value !== null

  useLayoutEffect(() => {
    const show = () => {
      const { room, place } = addressed()
      chat.rooms.show(room, place)
    }
    const went = () => {
      // Going back may only have closed what was open over the room.
      const wasOpen = open.peek() !== null
      open.value = null
      if (!wasOpen || location.hash !== hash) show()
      ;({ hash } = location)
    }
    let { hash } = location
    show()
    addEventListener('popstate', went)
    return () => removeEventListener('popstate', went)
  }, [chat, open])

  // On a phone, going back closes what covers the room.
  useLayoutEffect(() => {
    if (!isCovered) return undefined
    history.pushState({ covered: true }, '')
    return () => {
      if (isCover()) history.back()
    }
  }, [isCovered])

  useShortcutKeys({
    isOpening: useCallback(() => open.peek() !== null, [open]),
    onChooser: useCallback(() => void (open.value = 'chooser'), [open]),
    onHelp: useCallback(() => void (open.value = 'shortcuts'), [open])
  })

  // The same one always, for the rows of a long list.
  const go = useCallback<OnRoomChosen>(
    (event) => {
      open.value = null
      if (!isCover()) return
      event.preventDefault()
      location.replace(event.currentTarget.href)
    },
    [open]
  )

  function toComposer(event: Event) {
    event.preventDefault()
    focusComposer()
  }

  const sidebar = (
    <Sidebar
      onChosen={go}
      onFind={() => (open.value = 'chooser')}
      onNewRoom={() => (open.value = 'new-room')}
      onMentions={() => (open.value = 'mentions')}
      onYou={() => (open.value = 'you')}
    />
  )
  return (
    <div class="chat stack">
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
          <h2 class="small">{i18n.t('people.title')}</h2>
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
      {open.value === 'mentions' && <Mentions onChosen={go} onClose={close} />}
      {card && <PersonCard key={card.id ?? card.key} person={card} onClose={closeCard} />}
      {open.value === 'you' && <Settings onClose={close} />}
      {open.value === 'chooser' && <Chooser onClose={close} />}
      {open.value === 'shortcuts' && <Shortcuts onClose={close} />}
    </div>
  )
}
