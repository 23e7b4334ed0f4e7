import type { Notice } from '../engine/notices.ts'
import { useApp } from './app-context.ts'
import { Names } from './Name.tsx'
import { Say } from './Say.tsx'

/** Who came, who left, what happened to the history: quietly. */
export function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useApp().i18n
  if (notice.kind === 'history-replaced') return <li class="notice">{t('room.historyReplaced')}</li>
  return (
    <li class="notice">
      <Say
        word={notice.kind === 'joined' ? 'people.joined' : 'people.left'}
        n={notice.people.length}
        values={{ who: <Names people={notice.people} named={2} /> }}
      />
    </li>
  )
}
