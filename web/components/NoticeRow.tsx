import type { Notice } from '../engine/notices.ts'
import { useApp } from './app-context.ts'
import { Names } from './Name.tsx'
import { RichText } from './RichText.tsx'

/** A quiet row: people joined or left, or the history was replaced. */
export function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useApp().i18n
  if (notice.kind === 'history-replaced') return <li class="notice">{t('room.historyReplaced')}</li>
  return (
    <li class="notice">
      <RichText
        text={notice.kind === 'joined' ? 'people.joined' : 'people.left'}
        n={notice.people.length}
        values={{ who: <Names people={notice.people} named={2} /> }}
      />
    </li>
  )
}
