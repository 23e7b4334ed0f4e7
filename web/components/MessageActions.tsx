import { useComputed, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { focusComposer, sentence, useApp, useChat } from './app-context.ts'
import { Icon } from './Icon.tsx'
import { REACTION_EMOJI } from './Reactions.tsx'
import { RemoveDialog } from './RemoveDialog.tsx'

/** The actions of a message. They show while the pointer is over the message or the focus is in it. */
export function MessageActions({ room, message, mine }: { room: OpenRoom; message: Message; mine: boolean }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const took = useComputed(() => chat.proximity.took.value.get(message.id)).value
  const reacting = useSignal(false)
  const removing = useSignal(false)
  const me = chat.me.value
  const mayRemove = mine || me.moderator || room.room.value.by === me.id || message.by.id === null

  const group = useRef<HTMLDivElement>(null)
  /** The pressed button disappears, so the focus moves to the message. */
  const backToRow = () => group.current?.closest<HTMLElement>('.row')?.focus()

  async function react(emoji: string) {
    reacting.value = false
    backToRow()
    const on = !new Map(Object.entries(message.reactions ?? {})).get(emoji)?.includes(me.id)
    const reply = await chat.react(room.id, message, emoji, on)
    if (!reply.ok) app.toasts.tell(sentence(app, reply.reason))
  }

  return (
    <>
      {/* Escape goes back to the row from any of the buttons. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/prefer-tag-over-role */}
      <div
        ref={group}
        class="actions"
        role="group"
        aria-label={t('message.actions')}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          reacting.value = false
          backToRow()
        }}
      >
        {reacting.value ? (
          REACTION_EMOJI.map((emoji) => (
            <button key={emoji} type="button" class="action emoji" onClick={() => void react(emoji)}>
              {emoji}
            </button>
          ))
        ) : (
          <>
            {took !== undefined && <small class="took">{t('message.took', { n: took })}</small>}
            <button
              type="button"
              class="action"
              aria-label={t('message.react')}
              title={t('message.react')}
              onClick={() => {
                reacting.value = true
                backToRow()
              }}
            >
              <Icon name="smile" />
            </button>
            <button
              type="button"
              class="action"
              aria-label={t('message.reply')}
              title={t('message.reply')}
              onClick={() => {
                chat.write(room.id, { replyTo: message.id })
                focusComposer()
              }}
            >
              <Icon name="reply" />
            </button>
            {mine && (
              <button
                type="button"
                class="action"
                aria-label={t('message.edit')}
                title={t('message.edit')}
                onClick={() => (chat.editing.value = message.id)}
              >
                <Icon name="edit" />
              </button>
            )}
            {mayRemove && (
              <button
                type="button"
                class="action"
                aria-label={t('message.remove')}
                title={t('message.remove')}
                onClick={() => (removing.value = true)}
              >
                <Icon name="remove" />
              </button>
            )}
          </>
        )}
      </div>
      {removing.value && (
        <RemoveDialog
          room={room}
          message={message}
          onClose={() => {
            removing.value = false
            backToRow()
          }}
        />
      )}
    </>
  )
}
