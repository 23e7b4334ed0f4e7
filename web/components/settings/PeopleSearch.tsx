import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { PeopleFound } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { Paged } from './Paged.tsx'

/** Typing goes on for so long before it is searched for. */
const PAUSE_MS = 250

interface PeopleSearchProps {
  label: string
  /** What is shown when nobody is found. */
  empty: string
  /** What is shown above all people while nothing is typed; when left out, nobody is. */
  start?: ComponentChildren
  children(person: PeopleFound['people'][number]): ComponentChildren
}

/** Finds people by the beginning of their names. */
export function PeopleSearch({ label, empty, start, children }: PeopleSearchProps) {
  const { ask } = useChat()
  const text = useSignal('')
  const searched = useSignal('')
  const typed = text.value.trim()

  useEffect(() => {
    const timer = setTimeout(() => (searched.value = typed), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [searched, typed])

  return (
    <>
      <input
        class="field"
        type="search"
        aria-label={label}
        placeholder={label}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      {searched.value === '' && start}
      {(searched.value !== '' || start) && (
        <Paged
          key={searched.value}
          empty={empty}
          load={async (from) => {
            const reply = await ask('people:search', { text: searched.value, ...(from !== undefined && { from }) })
            return reply.ok ? { ok: true, value: { items: reply.value.people, next: reply.value.next } } : reply
          }}
        >
          {children}
        </Paged>
      )}
    </>
  )
}
