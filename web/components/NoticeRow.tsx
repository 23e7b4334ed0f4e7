import type { Notice } from '../engine/notices.ts'
import { useApp } from './app-context.ts'
import { Name, Names } from './Name.tsx'
import { RichText } from './RichText.tsx'

/** A quiet row: people came in or left, are members now or no longer, or the history was replaced. */
export function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useApp().i18n
  if (notice.kind === 'history-replaced') return <li class="notice small">{t('room.historyReplaced')}</li>
  const { kind, people, by } = notice
  const values = { who: <Names people={people} named={2} />, by: by && <Name name={by.name} guest={false} /> }
  return (
    <li class="notice small">
      <RichText text={kind} n={people.length} values={values} />
    </li>
  )
}
