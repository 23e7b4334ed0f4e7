import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { presentNames, sentence, useApp, useChat } from './app-context.ts'

export const REACTION_EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

const NAMED = 5

/** The reactions to a message, with the number of people and their names. A press adds or removes mine. */
export function Reactions({ room, message }: { room: OpenRoom; message: Message }) {
  const app = useApp()
  const { t, tools } = app.i18n
  const chat = useChat()
  const me = chat.me.value

  /** The people whose names are known, and the number of others. */
  function who(ids: readonly string[]): string {
    const nameOf = presentNames(chat, room)
    const known = ids.slice(0, NAMED).flatMap((id) => (id === me.id ? t('people.you') : (nameOf(id) ?? [])))
    const rest = ids.length - known.length
    if (rest > 0) known.push(t(known.length > 0 ? 'people.others' : 'people.count', { n: rest }))
    return tools.value.list.format(known)
  }

  async function toggle(emoji: string, on: boolean) {
    const reply = await chat.react(room.id, message, emoji, on)
    if (!reply.ok) app.toasts.show(sentence(app, reply.reason))
  }

  const all = Object.entries(message.reactions ?? {}).filter(([, ids]) => ids.length > 0)
  return (
    <>
      <ul class="reactions">
        {all.map(([emoji, ids]) => {
          const mine = ids.includes(me.id)
          const label = t(mine ? 'message.takeBack' : 'message.reacted', { who: who(ids) })
          return (
            <li key={emoji}>
              <button
                type="button"
                class="reaction"
                aria-pressed={mine}
                title={label}
                onClick={() => void toggle(emoji, !mine)}
              >
                <span>{emoji}</span> <span>{tools.value.number.format(ids.length)}</span>
                <span class="unseen">, {label}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {/* A finger has no hover. The buttons say it to screen readers. */}
      <p class="who-reacted small" aria-hidden="true">
        {all.map(([emoji, ids]) => `${emoji} ${who(ids)}`).join(' · ')}
      </p>
    </>
  )
}
