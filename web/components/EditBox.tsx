import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { newId, type Message } from '../../src/contract.ts'
import type { OpenRoom } from '../state/room-sync.ts'
import { roomLeft } from '../state/text-limits.ts'
import { sentence, useApp, useChat } from './app-context.ts'
import { TextBox } from './TextBox.tsx'

/** Changes a message in its place. Escape leaves it as it was. */
export function EditBox({ room, message }: { room: OpenRoom; message: Message }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const text = useSignal(message.text)
  const busy = useSignal(false)
  const box = useRef<HTMLTextAreaElement>(null)
  /** One id for one text: trying it again can't be a second edit. */
  const attempt = useRef({ id: newId(), text: message.text })
  const left = roomLeft(text.value)

  useLayoutEffect(() => {
    const element = box.current!
    element.focus()
    element.setSelectionRange(element.value.length, element.value.length)
    element.scrollIntoView({ block: 'nearest' })
  }, [])

  function done() {
    chat.editing.value = null
    document.querySelector<HTMLElement>('.composer textarea')?.focus()
  }

  async function save() {
    const wanted = text.value.trimEnd()
    if (wanted === message.text) return done()
    if (wanted.trim() === '' || left < 0 || busy.value) return
    if (attempt.current.text !== wanted) attempt.current = { id: newId(), text: wanted }
    busy.value = true
    const reply = await chat.edit(room.id, message, wanted, attempt.current.id)
    busy.value = false
    if (!reply.ok) return app.toasts.tell(sentence(app, reply.reason))
    room.expect(reply.value.seq)
    done()
  }

  return (
    <form
      class="edit-box"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <TextBox
        box={box}
        value={text.value}
        label={t('composer.editing')}
        invalid={left < 0}
        onText={(next) => (text.value = next)}
        onEnter={() => void save()}
        onKey={(event) => {
          if (event.key === 'Escape') done()
        }}
      />
      <div class="edit-actions">
        <button type="button" class="button small-button" onClick={done}>
          {t('common.cancel')}
        </button>
        <button type="submit" class="button primary small-button" aria-disabled={busy.value || left < 0}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
