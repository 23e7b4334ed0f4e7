import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { newId, type Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { focusComposer, sentence, useApp, useChat } from './app-context.ts'
import { ofEdit } from '../state/drafts.ts'
import { EditForm } from './EditForm.tsx'
import { RemoveDialog } from './parts.ts'

/** Edits a message that is in the log. */
export function EditBox({ room, message }: { room: OpenRoom; message: Message }) {
  const app = useApp()
  const chat = useChat()
  const busy = useSignal(false)
  const removing = useSignal(false)
  /** One id for each text, so that a retry is not a second edit. */
  const attempt = useRef({ id: newId(), text: message.text })

  // The row may go away while a text is being edited, because the person turns to another room or the row is trimmed.
  useEffect(
    () => () => {
      if (chat.editing.peek() === message.id) chat.editing.value = null
    },
    [chat, message.id]
  )

  function done() {
    chat.drafts.drop(ofEdit(message.id))
    chat.editing.value = null
    focusComposer()
  }

  async function save(wanted: string) {
    if (wanted === message.text) return done()
    if (attempt.current.text !== wanted) attempt.current = { id: newId(), text: wanted }
    busy.value = true
    const reply = await chat.edit(room.id, message, wanted, attempt.current.id)
    busy.value = false
    if (!reply.ok) return app.toasts.show(sentence(app, reply.reason))
    room.expect(reply.value.seq)
    done()
  }

  return (
    <>
      <EditForm
        id={message.id}
        text={message.text}
        busy={busy.value}
        asked={chat.editing.value === message.id}
        onSave={(text) => void save(text)}
        onEmpty={() => (removing.value = true)}
        onDone={done}
      />
      {removing.value && <RemoveDialog room={room} message={message} onClose={() => (removing.value = false)} />}
    </>
  )
}
