import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RoomMember } from '../../../src/contract.ts'
import own from '../../style/rooms.css'
import { addStyle } from '../add-style.ts'
import { useChat } from '../app-context.ts'
import { Avatar } from '../Avatar.tsx'

addStyle(own)

/** Typing goes on for so long before it is searched for. */
const PAUSE_MS = 250

/** Finds people by the beginning of their names. `note` stands beside those of `without`, in the place of the action. */
export function PersonSearch(props: {
  label: string
  action: string
  without: readonly string[]
  note: string
  onChosen: (person: RoomMember) => void
}) {
  const { ask } = useChat()
  const text = useSignal('')
  const found = useSignal<readonly RoomMember[]>([])
  const typed = text.value.trim()

  useEffect(() => {
    async function search() {
      const reply = typed === '' ? null : await ask('people:search', { text: typed })
      if (text.peek().trim() === typed) found.value = reply?.ok ? reply.value.people : []
    }
    const timer = setTimeout(() => void search(), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [ask, found, text, typed])

  return (
    <>
      <input
        class="field"
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <ul class="entries">
        {found.value.map((person) => (
          <li key={person.id} class="member">
            <Avatar name={person.name} person={person.key} />
            <bdi class="name">{person.name}</bdi>
            {props.without.includes(person.id) ? (
              <small class="tag">{props.note}</small>
            ) : (
              <button type="button" class="button" onClick={() => props.onChosen(person)}>
                {props.action}
                <span class="unseen"> {person.name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
