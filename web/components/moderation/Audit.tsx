import { FOR_GOOD, type AuditEntry } from '../../../src/contract/moderation.ts'
import { titleOf } from '../../state/room-order.ts'
import { useApp, useChat } from '../app-context.ts'
import { Paged } from '../settings/Paged.tsx'
import { useModerationTexts } from './texts.ts'

/** Who did what, the newest first. */
export function Audit() {
  const app = useApp()
  const { tools } = app.i18n
  const t = useModerationTexts()
  const chat = useChat()

  function sentenceOf({ what, by, whom, room, until }: AuditEntry): string {
    const when = until === undefined || until >= FOR_GOOD ? t('restrict.forGood') : untilWhen(until)
    return t(`audit.${what}`, {
      by: by.name || t('people.former'),
      whom: whom?.name || t('people.former'),
      until: when,
      room: room === undefined ? '' : titleOf(app, chat, room)
    })
  }
  const untilWhen = (at: number) => t('restrict.until', { when: tools.value.moment.format(at) })

  return (
    <Paged
      empty={t('audit.none')}
      load={async (before: number | undefined) => {
        const reply = await chat.ask('audit:list', { ...(before !== undefined && { before }) })
        return reply.ok ? { ok: true, value: { items: reply.value.entries, next: reply.value.next } } : reply
      }}
    >
      {(entry) => (
        <li key={entry.n}>
          <span>
            <span dir="auto">{sentenceOf(entry)}</span>
            {entry.reason !== undefined && entry.reason !== '' && <small dir="auto">{entry.reason}</small>}
            <small>
              <time dateTime={new Date(entry.at).toISOString()}>{tools.value.moment.format(entry.at)}</time>
            </small>
          </span>
        </li>
      )}
    </Paged>
  )
}
