import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import type { CardPerson } from '../state/chat.ts'
import { fit } from '../state/folded.ts'
import { roomsInOrder } from '../state/room-order.ts'
import type { texts } from '../locales/en/keyboard.ts'
import { roomTitle, useApp, useChat, useTexts } from './app-context.ts'
import '../style/shortcuts.css'
import { Dialog } from './Dialog.tsx'
import { Icon, RoomIcon } from './Icon.tsx'

/** More are found by typing. */
const SHOWN_MAX = 50

interface Choice {
  key: string
  name: string
  room: string
  unread: number
  person?: CardPerson
  /** Where the person is. */
  note?: string
}

/** Chooses a room or a person by name: rooms in which the person was last come first. A person leads to what one can do with them. */
export function Chooser({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { tools } = app.i18n
  const t = useTexts<typeof texts>()
  const chat = useChat()
  const { rooms } = chat
  const search = useSignal('')
  const at = useSignal(0)
  const id = useId()

  const found = [...roomChoices(), ...personChoices()]
    .flatMap((choice) => {
      const how = fit(choice.name, search.value)
      return how === null ? [] : [{ choice, how }]
    })
    .toSorted((a, b) => a.how - b.how)
    .slice(0, SHOWN_MAX)
    .map(({ choice }) => choice)
  const chosen = Math.min(at.value, found.length - 1)
  const optionId = (place: number) => `${id}-${place}`

  useEffect(() => {
    document.getElementById(optionId(chosen))?.scrollIntoView({ block: 'nearest' })
  })

  function roomChoices(): Choice[] {
    // The room that is shown comes last of the recent ones: nobody needs to go there.
    const [current, ...before] = rooms.recent()
    const recent = [...before, current]
    const rank = ({ id }: { id: string }) => (recent.includes(id) ? recent.indexOf(id) : recent.length)
    return roomsInOrder(rooms, tools.value.collator)
      .toSorted((a, b) => rank(a) - rank(b))
      .map((room) => ({
        key: `room ${room.id}`,
        name: roomTitle(app, room),
        room: room.id,
        unread: rooms.unread.value.get(room.id) ?? 0
      }))
  }

  function personChoices(): Choice[] {
    const people = new Map<string, Choice>()
    for (const room of [...rooms.open.value.values()].toSorted(
      (a, b) => Number(b.id === rooms.current.value) - Number(a.id === rooms.current.value)
    ))
      for (const { key, name } of room.people.value?.people ?? [])
        if (key !== chat.me.value.key && !people.has(key))
          people.set(key, {
            key: `person ${key}`,
            name,
            room: room.id,
            note: t('chooser.here', { room: roomTitle(app, room.room.value) }),
            unread: 0,
            person: { key, name }
          })
    return [...people.values()].toSorted((a, b) => tools.value.collator.compare(a.name, b.name))
  }

  function choose(choice: Choice | undefined) {
    if (!choice) return
    onClose()
    if (choice.person) chat.card.value = choice.person
    else location.hash = `#/${choice.room}`
  }

  function keyed(event: KeyboardEvent) {
    if (event.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) at.value = (chosen + step + found.length) % found.length
    else if (event.key === 'Enter') choose(found[chosen])
    else return
    event.preventDefault()
  }

  return (
    <Dialog title={t('chooser.title')} onClose={onClose}>
      <input
        class="field"
        role="combobox"
        aria-label={t('chooser.title')}
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? optionId(chosen) : undefined}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value
          at.value = 0
        }}
        onKeyDown={keyed}
      />
      {/* oxlint-disable jsx-a11y/no-noninteractive-element-to-interactive-role, jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events -- a combobox: the text box above has the focus and the keys */}
      <ul id={`${id}-list`} class="choices" role="listbox" aria-label={t('chooser.title')}>
        {found.map((choice, place) => (
          <li
            key={choice.key}
            id={optionId(place)}
            class="room-link"
            role="option"
            aria-selected={place === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(choice)}
          >
            {choice.person ? <Icon name="people" /> : <RoomIcon room={choice.room} />}
            <bdi class="room-title one-line">{choice.name}</bdi>
            {choice.note !== undefined && <small>{choice.note}</small>}
            {choice.unread > 0 && (
              <span class="badge">
                <span aria-hidden="true">{tools.value.number.format(choice.unread)}</span>
                <span class="unseen">, {t('rooms.unread', { n: choice.unread })}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
      <output class="small">{found.length === 0 && t('chooser.nothing')}</output>
    </Dialog>
  )
}
