import { useSignal } from '@preact/signals'
import type { TargetedMouseEvent } from 'preact'
import { useEffect } from 'preact/hooks'
import type { MentionFound } from '../../src/contract.ts'
import { firstLine } from '../formatting/first-line.ts'
import type { texts } from '../locales/en/mentions.ts'
import css from '../style/mentions.css'
import { linkTo } from '../state/address.ts'
import { presentNames, roomTitle, useApp, useChat, useTexts } from './app-context.ts'
import { Dialog } from './Dialog.tsx'
import { addStyle } from './add-style.ts'
import { fromNow } from './settings/from-now.ts'

addStyle(css)

interface MentionsProps {
  onChosen(event: TargetedMouseEvent<HTMLAnchorElement>): void
  onClose(): void
}

/** Messages that mention the person, each a link to its place. */
export function Mentions({ onChosen, onClose }: MentionsProps) {
  const app = useApp()
  const chat = useChat()
  const t = useTexts<typeof texts>()
  const found = useSignal<readonly MentionFound[] | null>(null)
  const failed = useSignal(false)

  useEffect(() => {
    void chat.ask('mention:list', {}).then((reply) => {
      if (reply.ok) found.value = reply.value.mentions
      else failed.value = true
    })
  }, [chat, found, failed])

  const tools = app.i18n.tools.value
  const titleOf = (id: string) => {
    const room = chat.rooms.list.value.find((one) => one.id === id)
    return room ? roomTitle(app, room) : id
  }
  return (
    <Dialog title={t('mentions.title')} onClose={onClose}>
      {found.value === null || found.value.length === 0 ? (
        <output class="small">
          {t(failed.value ? 'mentions.failed' : found.value ? 'mentions.none' : 'mentions.loading')}
        </output>
      ) : (
        <ul class="choices mentions">
          {found.value.map(({ room, message }) => (
            <li key={message.id}>
              <a href={linkTo(room, message.id)} onClick={onChosen}>
                <bdi>
                  <strong>{message.by.name.trim() || t('people.former')}</strong>
                </bdi>{' '}
                <small title={tools.moment.format(message.at)}>
                  <bdi>{titleOf(room)}</bdi> · {fromNow(tools.near, message.at)}
                </small>
                <span class="mention-text" dir="auto">
                  {firstLine(message, presentNames(chat, chat.rooms.open.value.get(room)))}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}
