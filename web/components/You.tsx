import { useApp, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { NameForm } from './NameForm.tsx'
import { Preferences } from './Preferences.tsx'
import { SignOut } from './SignOut.tsx'

/** Name, language, appearance and sign-out. */
export function You({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { i18n, session, toasts } = app
  const chat = useChat()
  const me = chat.me.value

  async function rename(name: string) {
    const result = await app.rename(name)
    if (!result.ok) return result
    toasts.tell(i18n.t('you.renamed', { name: session.person.value?.name ?? name }))
    onClose()
    return result
  }

  return (
    <Dialog title={i18n.t('you.title')} onClose={onClose}>
      <NameForm name={me.name} label={i18n.t('signIn.name')} go={i18n.t('you.rename')} submit={rename} />
      {me.moderator && <p class="small">{i18n.t('you.moderator')}</p>}
      <hr />
      <Preferences />
      <hr />
      <SignOut />
    </Dialog>
  )
}
