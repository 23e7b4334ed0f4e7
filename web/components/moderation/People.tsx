import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { useChat } from '../app-context.ts'
import { Answered, useAnswer } from '../settings/answer.tsx'
import { Paged } from '../settings/Paged.tsx'
import { PersonEntry, type Entry } from './PersonEntry.tsx'
import { useModerationTexts } from './texts.ts'

/** Typing goes on for so long before it is searched for. */
const PAUSE_MS = 250

/** Finds people by the beginning of their names; without one: who runs the chat, who is muted or banned, then all people. */
export function People() {
  const t = useModerationTexts()
  const { ask } = useChat()
  const text = useSignal('')
  const searched = useSignal('')
  const leaders = useAnswer('role:list', {})
  const restricted = useAnswer('restriction:list', {})
  const id = useId()
  const typed = text.value.trim()
  const { value: found } = restricted.answer
  const restrictionOf = (person: string) =>
    found?.ok ? found.value.people.find((one) => one.id === person) : undefined

  useEffect(() => {
    const timer = setTimeout(() => (searched.value = typed), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [searched, typed])

  function changed() {
    leaders.reload()
    restricted.reload()
  }
  const entry = (person: Entry) => (
    <PersonEntry key={person.id} person={person} restriction={restrictionOf(person.id)} onChanged={changed} />
  )

  return (
    <>
      <input
        class="field"
        type="search"
        aria-label={t('manage.search')}
        placeholder={t('manage.search')}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      {searched.value === '' && (
        <>
          <h4 id={`${id}-leaders`}>{t('manage.leaders')}</h4>
          <Answered asked={leaders}>
            {({ people }) => (
              <ul class="entries" aria-labelledby={`${id}-leaders`}>
                {people.map(entry)}
              </ul>
            )}
          </Answered>
          {found?.ok && found.value.people.length > 0 && (
            <>
              <h4 id={`${id}-restricted`}>{t('manage.restricted')}</h4>
              <ul class="entries" aria-labelledby={`${id}-restricted`}>
                {found.value.people.map(entry)}
              </ul>
            </>
          )}
          <h4>{t('manage.all')}</h4>
        </>
      )}
      <Paged
        key={searched.value}
        empty={t('manage.nobody')}
        load={async (from) => {
          const reply = await ask('people:search', { text: searched.value, ...(from !== undefined && { from }) })
          return reply.ok ? { ok: true, value: { items: reply.value.people, next: reply.value.next } } : reply
        }}
      >
        {entry}
      </Paged>
    </>
  )
}
