import type { RoomMember } from '../../../src/contract.ts'
import '../../style/settings.css'
import '../../style/rooms.css'
import { Avatar } from '../Avatar.tsx'
import { PeopleSearch } from '../settings/PeopleSearch.tsx'
import { useRoomTexts } from './texts.ts'
import { Button } from '../Button.tsx'

/** Finds people by the beginning of their names. `note` is beside those of `without`, in the place of the action. */
export function PersonSearch(props: {
  label: string
  action: string
  without: readonly string[]
  note: string
  onChosen: (person: RoomMember) => void
}) {
  const t = useRoomTexts()
  return (
    <PeopleSearch label={props.label} empty={t('manage.nobody')}>
      {(person) => (
        <li key={person.id} class="member">
          <Avatar name={person.name} person={person.key} />
          <bdi class="name">{person.name}</bdi>
          {props.without.includes(person.id) ? (
            <small class="tag">{props.note}</small>
          ) : (
            <Button onPress={() => props.onChosen(person)}>
              {props.action}
              <span class="unseen"> {person.name}</span>
            </Button>
          )}
        </li>
      )}
    </PeopleSearch>
  )
}
