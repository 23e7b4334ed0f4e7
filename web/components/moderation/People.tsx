import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { isAtLeast, type PeopleFound } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { Avatar } from '../Avatar.tsx'
import { Answered, useAnswer } from '../settings/answer.tsx'
import { Paged } from '../settings/Paged.tsx'
import { Details } from './Details.tsx'
import { PersonActions } from './PersonActions.tsx'
import { useModerationTexts } from './texts.ts'

/** Typing goes on for so long before it is searched for. */
const PAUSE_MS = 250

export type Found = PeopleFound['people'][number]

/** Finds people by the beginning of their names; without one: who runs the chat, then all people. */
export function People() {
  const t = useModerationTexts()
  const { ask } = useChat()
  const text = useSignal('')
  const searched = useSignal('')
  const leaders = useAnswer('role:list', {})
  const id = useId()
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
        aria-label={t('manage.search')}
        placeholder={t('manage.search')}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      {searched.value === '' && (
        <section aria-labelledby={`${id}-leaders`}>
          <h4 id={`${id}-leaders`}>{t('manage.leaders')}</h4>
          <Answered asked={leaders}>
            {({ people }) => (
              <ul class="entries">
                {people.map((person) => (
                  <Row key={person.id} person={person} onChanged={leaders.reload} />
                ))}
              </ul>
            )}
          </Answered>
          <h4>{t('manage.all')}</h4>
        </section>
      )}
      <Paged
        key={searched.value}
        empty={t('manage.nobody')}
        load={async (from) => {
          const reply = await ask('people:search', { text: searched.value, ...(from !== undefined && { from }) })
          return reply.ok ? { ok: true, value: { items: reply.value.people, next: reply.value.next } } : reply
        }}
      >
        {(person) => <Row key={person.id} person={person} onChanged={leaders.reload} />}
      </Paged>
    </>
  )
}

/** A person, and behind the name what may be done. */
function Row({ person, onChanged }: { person: Found; onChanged: () => void }) {
  const t = useModerationTexts()
  const me = useChat().me.value
  const role = useSignal(person.role ?? 'visitor')
  const mayAct = isAtLeast(me.role ?? 'visitor', 'owner')
  const head = (
    <span class="who">
      <Avatar name={person.name} person={person.key} />
      <bdi>{person.name}</bdi>
      {role.value !== 'visitor' && <span class="tag">{t(`role.${role.value}`)}</span>}
      {person.id === me.id && <span class="tag">{t('people.you')}</span>}
    </span>
  )
  if (!mayAct) return <li>{head}</li>
  return (
    <Details head={head}>
      <PersonActions
        person={person}
        role={role.value}
        onRole={(given) => {
          role.value = given
          onChanged()
        }}
      />
    </Details>
  )
}
