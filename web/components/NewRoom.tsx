import { useApp, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { NameForm } from './NameForm.tsx'

/** Creates a room and opens it. */
export function NewRoom({ onClose }: { onClose: () => void }) {
  const { i18n } = useApp()
  const { rooms } = useChat()

  async function create(title: string) {
    const reply = await rooms.create(title)
    if (!reply.ok) return reply
    onClose()
    location.hash = `#/${reply.value.id}`
    return reply
  }

  return (
    <Dialog title={i18n.t('rooms.newTitle')} onClose={onClose}>
      <p class="lead">{i18n.t('rooms.newLead')}</p>
      <NameForm name="" label={i18n.t('rooms.name')} go={i18n.t('rooms.create')} submit={create} />
    </Dialog>
  )
}
