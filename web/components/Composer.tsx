import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { OpenRoom } from '../engine/room-sync.ts'
import { COUNT_SHOWN_FROM, roomLeft } from '../state/text-limits.ts'
import { useApp, useChat } from './app-context.ts'
import { Icon } from './Icon.tsx'
import { ReplyLine } from './ReplyLine.tsx'
import { TextBox } from './TextBox.tsx'

/** The text box of a room. It keeps a draft per room, shows when a text is too long, and works without a connection. */
export function Composer({ room, title }: { room: OpenRoom; title: string }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const text = useSignal(chat.drafts.get(room.id))
  const box = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const left = roomLeft(text.value)
  const empty = text.value.trim() === ''

  // On a phone the keyboard would cover half of the messages.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches && !document.querySelector('dialog[open]')) box.current?.focus()
  }, [])

  function change(next: string) {
    text.value = next
    chat.drafts.set(room.id, next)
    chat.typed(room.id, next)
  }

  function send() {
    if (empty || left < 0) return
    chat.say(room.id, text.value.trimEnd())
    text.value = ''
    chat.drafts.set(room.id, '')
    void chat.rooms.toEnd()
    box.current?.focus()
  }

  function keyed(event: KeyboardEvent) {
    if (event.key === 'Escape') chat.reply(room.id, null)
    if (event.key !== 'ArrowUp' || text.value !== '') return
    const mine = room.log.value?.messages.findLast(({ by, removed }) => by.id === chat.me.value.id && !removed)
    if (!mine) return
    event.preventDefault()
    chat.editing.value = mine.id
  }

  return (
    <form
      id="composer"
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <ReplyLine room={room} id={`${id}-reply`} />
      <TextBox
        box={box}
        value={text.value}
        label={t('composer.label', { room: title })}
        placeholder={t('composer.placeholder', { room: title })}
        describedBy={`${id}-reply ${id}-hint ${id}-left`}
        invalid={left < 0}
        onText={change}
        onEnter={send}
        onKey={keyed}
      />
      <button
        type="submit"
        class="send"
        aria-label={t('composer.send')}
        aria-disabled={empty || left < 0}
        onPointerDown={(event) => event.preventDefault()}
      >
        <Icon name="send" />
      </button>
      <p id={`${id}-hint`} class="unseen">
        {t('composer.hint')}
      </p>
      <output id={`${id}-left`} class={left < 0 ? 'count over' : 'count'}>
        {left < 0 ? t('composer.over', { n: -left }) : left < COUNT_SHOWN_FROM && t('composer.left', { n: left })}
      </output>
    </form>
  )
}
