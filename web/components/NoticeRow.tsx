import type { Notice } from '../engine/notices.ts'
import { useApp } from './app-context.ts'
import { Names } from './Name.tsx'
import { MemberNote } from './parts.ts'
import { RichText } from './RichText.tsx'

const stay = () => {}

/** A quiet row: people joined or left, are members now or no longer, or the history was replaced. */
export function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useApp().i18n
  const text =
    notice.kind === 'history-replaced' ? (
      t('room.historyReplaced')
    ) : notice.kind === 'member' ? (
      <MemberNote notice={notice} onClose={stay} />
    ) : (
      <RichText
        text={notice.kind === 'joined' ? 'people.joined' : 'people.left'}
        n={notice.people.length}
        values={{ who: <Names people={notice.people} named={2} /> }}
      />
    )
  return <li class="notice">{text}</li>
}
