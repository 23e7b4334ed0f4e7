import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import { isBlank } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { ofRoom } from '../state/drafts.ts'
import { roomLeft } from '../state/text-limits.ts'
import { useApp, useChat } from './app-context.ts'
import { insertAt } from '../formatting/writing-aids.ts'
import { Form } from './forms/Form.tsx'
import { Icon } from './Icon.tsx'
import { IconButton } from './IconButton.tsx'
import { LengthNote } from './LengthNote.tsx'
import { coarsePointer } from './media.ts'
import { PickEmoji, WritingNote } from './parts.ts'
import { ReplyLine } from './ReplyLine.tsx'
import { TextBox } from './TextBox.tsx'

/** The text box of a room. It shows the room's draft, says when a text is too long, and works without a connection. */
export function Composer({ room, title }: { room: OpenRoom; title: string }) {
  const { t } = useApp().i18n
  const chat = useChat()
  const text = chat.drafts.of(ofRoom(room.id)).value?.text ?? ''
  const box = useRef<HTMLTextAreaElement>(null)
  const picking = useSignal(false)
  const id = useId()
  const left = roomLeft(text)
  const empty = isBlank(text)
  const hindrance = chat.writing.hindrance(room.room.value)
  const blocked = empty || left < 0 || hindrance !== null

  // On a phone the keyboard would cover half of the messages.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches && !document.querySelector('dialog[open]')) box.current?.focus()
  }, [])

  function send() {
    if (blocked) return
    chat.say(room.id, text.trimEnd())
    void chat.rooms.toEnd()
    box.current?.focus()
  }

  function pick(emoji: string) {
    box.current!.focus()
    insertAt(box.current!, emoji)
  }

  function keyed(event: KeyboardEvent) {
    if (event.key === 'Escape' && chat.drafts.of(ofRoom(room.id)).peek()?.replyTo !== undefined) {
      chat.write(room.id, { replyTo: null })
      event.preventDefault()
    }
    if (event.key !== 'ArrowUp' || event.altKey || text !== '') return
    const mine = room.log.value?.messages.findLast(({ by, removed }) => by.id === chat.me.value.id && !removed)
    if (!mine) return
    event.preventDefault()
    chat.editing.value = mine.id
  }

  return (
    <Form id="composer" class="composer" onSubmit={send}>
      <output id={`${id}-hindrance`} class="hindrance small">
        {hindrance && <WritingNote hindrance={hindrance} onClose={ignore} />}
      </output>
      <ReplyLine room={room} id={`${id}-reply`} />
      <TextBox
        box={box}
        value={text}
        label={t('composer.label', { room: title })}
        placeholder={t('composer.placeholder', { room: title })}
        describedBy={`${id}-reply ${id}-hindrance ${id}-hint ${id}-left`}
        invalid={left < 0}
        onText={(next) => chat.typed(room.id, next)}
        onLeave={() => chat.drafts.left(ofRoom(room.id))}
        onEnter={send}
        onKey={keyed}
      />
      <IconButton icon="smile" label={t('emoji.title')} onPress={() => (picking.value = true)} />
      <button
        type="submit"
        class="send"
        aria-label={t('composer.send')}
        aria-disabled={blocked}
        onPointerDown={(event) => event.preventDefault()}
      >
        <Icon name="send" />
      </button>
      <p id={`${id}-hint`} class="unseen">
        {t(coarsePointer.value ? 'composer.hintTouch' : 'composer.hint')}
      </p>
      <LengthNote id={`${id}-left`} left={left} />
      {picking.value && <PickEmoji onPick={pick} onClose={() => (picking.value = false)} />}
    </Form>
  )
}

/** The note ends by itself. */
const ignore = () => {}
