import { useId } from 'preact/hooks'
import { Answered, useAnswer } from '../settings/answer.tsx'
import { PeopleSearch } from '../settings/PeopleSearch.tsx'
import { PersonEntry, type Entry } from './PersonEntry.tsx'
import { useModerationTexts } from './texts.ts'

/** Finds people by the beginning of their names; without one: who runs the chat, who is muted or banned, then all people. */
export function People() {
  const t = useModerationTexts()
  const leaders = useAnswer('role:list', {})
  const restricted = useAnswer('restriction:list', {})
  const id = useId()
  const { value: found } = restricted.answer
  const restrictionOf = (person: string) =>
    found?.ok ? found.value.people.find((one) => one.id === person) : undefined

  function changed() {
    leaders.reload()
    restricted.reload()
  }
  const entry = (person: Entry) => (
    <PersonEntry key={person.id} person={person} restriction={restrictionOf(person.id)} onChanged={changed} />
  )

  const start = (
    <>
      <h4 class="small" id={`${id}-leaders`}>
        {t('manage.leaders')}
      </h4>
      <Answered asked={leaders}>
        {({ people }) => (
          <ul class="entries" aria-labelledby={`${id}-leaders`}>
            {people.map(entry)}
          </ul>
        )}
      </Answered>
      {found?.ok && found.value.people.length > 0 && (
        <>
          <h4 class="small" id={`${id}-restricted`}>
            {t('manage.restricted')}
          </h4>
          <ul class="entries" aria-labelledby={`${id}-restricted`}>
            {found.value.people.map(entry)}
          </ul>
        </>
      )}
      <h4 class="small">{t('manage.all')}</h4>
    </>
  )
  return (
    <PeopleSearch label={t('manage.search')} empty={t('manage.nobody')} start={start}>
      {entry}
    </PeopleSearch>
  )
}
