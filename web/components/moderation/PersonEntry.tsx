import { useSignal } from '@preact/signals'
import { isAtLeast, type Role } from '../../../src/contract.ts'
import type { RestrictedPerson } from '../../../src/contract/moderation.ts'
import { useChat } from '../app-context.ts'
import { Avatar } from '../Avatar.tsx'
import { Details } from './Details.tsx'
import { Restricted } from './Restricted.tsx'
import { RestrictForm } from './RestrictForm.tsx'
import { RoleForm } from './RoleForm.tsx'
import { useModerationTexts } from './texts.ts'

export interface Entry {
  id: string
  key: string
  name: string
  role?: Role
}

interface PersonEntryProps {
  person: Entry
  restriction: RestrictedPerson | undefined
  onChanged(): void
}

/** A person, and behind the name what may be done. */
export function PersonEntry({ person, restriction, onChanged }: PersonEntryProps) {
  const t = useModerationTexts()
  const me = useChat().me.value
  const role = useSignal(person.role ?? 'visitor')
  const isMe = person.id === me.id
  const isOwner = isAtLeast(me.role ?? 'visitor', 'owner')
  const isLower = !isAtLeast(role.value, isOwner ? 'owner' : 'moderator')

  const head = (
    <span class="who">
      <Avatar name={person.name} person={person.key} />
      <bdi>{person.name}</bdi>
      {role.value !== 'visitor' && <span class="tag">{t(`role.${role.value}`)}</span>}
      {restriction?.mutedUntil !== undefined && <span class="tag">{t('manage.muted')}</span>}
      {restriction?.bannedUntil !== undefined && <span class="tag">{t('manage.banned')}</span>}
      {isMe && <span class="tag">{t('people.you')}</span>}
    </span>
  )
  if (!isOwner && !isLower && !restriction) return <li>{head}</li>
  return (
    <Details head={head}>
      {restriction && <Restricted person={restriction} onDone={onChanged} />}
      {!isMe && isLower && <RestrictForm person={person} onDone={onChanged} />}
      {isOwner && (
        <RoleForm
          person={person}
          role={role.value}
          onRole={(given) => {
            role.value = given
            onChanged()
          }}
        />
      )}
    </Details>
  )
}
