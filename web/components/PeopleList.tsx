import type { OpenRoom } from '../engine/room-sync.ts'
import { useApp, useChat } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Name } from './Name.tsx'
import { RoleTag } from './RoleTag.tsx'

/** The people in the room by name. In a crowd: the first of them, and how many more there are. */
export function PeopleList({ room }: { room: OpenRoom }) {
  const { i18n } = useApp()
  const { t, tools } = i18n
  const chat = useChat()
  const myKey = chat.me.value.key
  const here = room.people.value
  const isOnItsWay = chat.connection.online.value && !room.refused.value
  if (!here) return isOnItsWay ? <p class="small">{t('people.loading')}</p> : null

  const people = here.people.toSorted(
    (a, b) => Number(b.key === myKey) - Number(a.key === myKey) || tools.value.collator.compare(a.name, b.name)
  )
  const regions = new Set(people.map((person) => person.region))
  const more = here.count - people.length
  return (
    <>
      <ul class="people stack">
        {people.map((person) => (
          <li key={person.key} class={person.idleSince === undefined ? undefined : 'idle'}>
            <Avatar name={person.name} person={person.guest ? null : person.key} />
            {person.guest || person.key === myKey ? (
              <Name name={person.name} guest={person.guest} />
            ) : (
              <button type="button" class="name-button" onClick={() => (chat.card.value = person)}>
                <Name name={person.name} guest={false} />
              </button>
            )}
            <RoleTag of={person.key} />
            {person.key === myKey && <small class="tag">{t('people.you')}</small>}
            {(regions.size > 1 || person.idleSince !== undefined) && (
              <small class="region">
                {person.idleSince !== undefined && (
                  <span title={tools.value.moment.format(person.idleSince)}>
                    {t('people.idle', { time: tools.value.clock.format(person.idleSince) })}
                  </span>
                )}
                {regions.size > 1 && <span>{person.region}</span>}
              </small>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && <p class="small">{t('people.more', { n: more })}</p>}
    </>
  )
}
