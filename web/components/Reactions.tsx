import type { Message } from '../../src/contract.ts'
import type { OpenRoom } from '../state/room-sync.ts'
import { sentence, useApp, useChat } from './app-context.ts'

export const REACTION_EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

const NAMED = 5

/** Emoji that people put to a message, with how many and who; a press adds mine or takes it back. */
export function Reactions({ room, message }: { room: OpenRoom; message: Message }) {
  const app = useApp()
  const { t, tools } = app.i18n
  const chat = useChat()
  const me = chat.me.value

  function nameOf(id: string): string {
    if (id === me.id) return t('message.you')
    return room.log.value?.messages.findLast(({ by }) => by.id === id)?.by.name ?? t('message.someone')
  }

  function who(ids: readonly string[]): string {
    const names = ids.slice(0, NAMED).map(nameOf)
    if (ids.length > NAMED) names.push(t('people.others', { n: ids.length - NAMED }))
    return tools.value.list.format(names)
  }

  async function toggle(emoji: string, on: boolean) {
    const reply = await chat.react(room.id, message, emoji, on)
    if (!reply.ok) app.toasts.tell(sentence(app, reply.reason))
  }

  return (
    <ul class="reactions">
      {Object.entries(message.reactions ?? {})
        .filter(([, ids]) => ids.length > 0)
        .map(([emoji, ids]) => {
          const mine = ids.includes(me.id)
          const label = t(mine ? 'message.takeBack' : 'message.reacted', { emoji, who: who(ids) })
          return (
            <li key={emoji}>
              <button
                type="button"
                class="reaction"
                aria-pressed={mine}
                aria-label={label}
                title={label}
                onClick={() => void toggle(emoji, !mine)}
              >
                <span>{emoji}</span> <span>{tools.value.number.format(ids.length)}</span>
              </button>
            </li>
          )
        })}
    </ul>
  )
}
