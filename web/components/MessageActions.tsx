import { useComputed, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { roomKind, type Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { linkTo } from '../state/address.ts'
import { copied } from './clipboard.ts'
import { focusComposer, moderates, sentence, useApp, useChat } from './app-context.ts'
import type { IconName } from './Icon.tsx'
import { IconButton } from './IconButton.tsx'
import { PickEmoji, RemoveDialog, ReportDialog } from './parts.ts'
import { REACTION_EMOJI } from './Reactions.tsx'

/** The actions of a message. They show while the pointer is over the message or the focus is in it. */
export function MessageActions({ room, message, mine }: { room: OpenRoom; message: Message; mine: boolean }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const { rooms } = chat
  const took = useComputed(() => chat.proximity.took.value.get(message.id)).value
  const reacting = useSignal(false)
  const picking = useSignal(false)
  const asking = useSignal<typeof RemoveDialog | null>(null)
  const me = chat.me.value
  const Asked = asking.value
  const isModerator = moderates(chat, room.room.value)
  const isPinned = room.room.value.pins?.includes(message.id) === true
  const mayRemove = mine || isModerator || message.by.id === null

  const group = useRef<HTMLDivElement>(null)
  /** The focus moves to the message: the pressed button disappears, or with it in focus all of them would stay when the pointer leaves. */
  const backToRow = () => group.current?.closest<HTMLElement>('.row')?.focus()

  async function react(emoji: string) {
    reacting.value = false
    backToRow()
    const on = !new Map(Object.entries(message.reactions ?? {})).get(emoji)?.includes(me.id)
    const reply = await chat.react(room.id, message, emoji, on)
    if (!reply.ok) app.toasts.show(sentence(app, reply.reason))
  }

  async function pin() {
    backToRow()
    const reply = await chat.pin(room.id, message.id, !isPinned)
    if (!reply.ok) app.toasts.show(sentence(app, reply.reason))
  }

  async function copy(text: string) {
    backToRow()
    app.toasts.show(t((await copied(text)) ? 'message.copied' : 'message.notCopied'))
  }

  return (
    <>
      {/* Escape goes back to the row from any of the buttons. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/prefer-tag-over-role */}
      <div
        ref={group}
        class="actions floating"
        role="group"
        aria-label={t('message.actions')}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          reacting.value = false
          backToRow()
        }}
      >
        {reacting.value ? (
          <>
            {REACTION_EMOJI.map((emoji) => (
              <button key={emoji} type="button" class="action emoji" onClick={() => void react(emoji)}>
                {emoji}
              </button>
            ))}
            <Action icon="plus" label={t('emoji.more')} onPress={() => (picking.value = true)} />
          </>
        ) : (
          <>
            {took !== undefined && <small class="took">{t('message.took', { n: took })}</small>}
            <Action
              icon="smile"
              label={t('message.react')}
              onPress={() => {
                reacting.value = true
                backToRow()
              }}
            />
            <Action
              icon="reply"
              label={t('message.reply')}
              onPress={() => {
                chat.write(room.id, { replyTo: message.id })
                focusComposer()
              }}
            />
            {mine && <Action icon="edit" label={t('message.edit')} onPress={() => (chat.editing.value = message.id)} />}
            {!mine && (
              <Action icon="unread" label={t('message.unread')} onPress={() => rooms.markUnread(message.seq)} />
            )}
            <Action icon="copy" label={t('message.copyText')} onPress={() => copy(message.text)} />
            <Action
              icon="link"
              label={t('message.copyLink')}
              onPress={() => copy(new URL(linkTo(room.id, message.id), location.href).href)}
            />
            {isModerator && roomKind(room.id) !== 'direct' && (
              <Action icon="pin" label={t(isPinned ? 'message.unpin' : 'message.pin')} onPress={pin} />
            )}
            {!mine && <Action icon="flag" label={t('message.report')} onPress={() => (asking.value = ReportDialog)} />}
            {mayRemove && (
              <Action icon="remove" label={t('message.remove')} onPress={() => (asking.value = RemoveDialog)} />
            )}
          </>
        )}
      </div>
      {picking.value && <PickEmoji onPick={(emoji) => void react(emoji)} onClose={() => (picking.value = false)} />}
      {Asked && (
        <Asked
          room={room}
          message={message}
          onClose={() => {
            asking.value = null
            backToRow()
          }}
        />
      )}
    </>
  )
}

const Action = (action: { icon: IconName; label: string; onPress: () => unknown }) => (
  <IconButton class="action" {...action} />
)
