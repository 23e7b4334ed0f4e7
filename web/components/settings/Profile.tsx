import type { texts } from '../../locales/en/settings.ts'
import { useApp, useChat, useTexts } from '../app-context.ts'
import { Avatar } from '../Avatar.tsx'
import { NameForm } from '../NameForm.tsx'
import { Preferences } from '../Preferences.tsx'

/** Name, language and appearance. */
export function Profile({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { session, toasts } = app
  const t = useTexts<typeof texts>()
  const { role = 'visitor', name, key } = useChat().me.value

  async function rename(name: string) {
    const result = await app.rename(name)
    if (!result.ok) return result
    toasts.tell(t('profile.renamed', { name: session.person.value?.name ?? name }))
    onClose()
    return result
  }

  return (
    <>
      <p class="who">
        <Avatar name={name} person={key} />
        <bdi>{name}</bdi>
        {role !== 'visitor' && <span class="tag">{t(`role.${role}`)}</span>}
      </p>
      <NameForm name={name} label={t('signIn.name')} go={t('profile.rename')} submit={rename} />
      <hr />
      <Preferences />
    </>
  )
}
