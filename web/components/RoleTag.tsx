import { useChat, useTexts } from './app-context.ts'

/** The mark of owners and moderators. `of`: the id or the key of a person; null for a guest. */
export function RoleTag({ of }: { of: string | null }) {
  const t = useTexts()
  const role = useChat().leaders.value.get(of ?? '')
  return role === undefined ? null : (
    <small class="tag">{t(role === 'owner' ? 'people.owner' : 'people.moderator')}</small>
  )
}
