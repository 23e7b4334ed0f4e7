import { useSignal } from '@preact/signals'
import { useApp, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { NameForm } from './NameForm.tsx'

/** Creates a room, open or private, and opens it. */
export function NewRoom({ onClose }: { onClose: () => void }) {
  const { t } = useApp().i18n
  const { ask, rooms } = useChat()
  const isPrivate = useSignal(false)

  async function create(title: string) {
    const reply = await (isPrivate.value ? ask('private:create', { title }) : rooms.create(title))
    if (!reply.ok) return reply
    rooms.added(reply.value)
    onClose()
    location.hash = `#/${reply.value.id}`
    return reply
  }

  return (
    <Dialog title={t('rooms.newTitle')} onClose={onClose}>
      <p class="lead">{t(isPrivate.value ? 'rooms.newPrivate' : 'rooms.newLead')}</p>
      <NameForm name="" label={t('rooms.name')} go={t('rooms.create')} submit={create} />
      <label class="choice">
        <span>{t('rooms.private')}</span>
        <input
          type="checkbox"
          checked={isPrivate.value}
          onChange={(event) => (isPrivate.value = event.currentTarget.checked)}
        />
      </label>
    </Dialog>
  )
}
