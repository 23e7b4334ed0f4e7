import type { MemberNotice } from '../../engine/notices.ts'
import type { texts } from '../../locales/en/rooms.ts'
import type { TextKey } from '../../state/i18n.ts'
import { Name, Names } from '../Name.tsx'
import { RichText } from '../RichText.tsx'

/** Who is a member of a private room from now on, no longer, or its owner. */
export function MemberNote({ notice }: { notice: MemberNotice; onClose: () => void }) {
  const { what, by, people } = notice
  const byLink = what === 'joined' && people.some(({ key }) => key === by.id)
  const text = (byLink ? 'member.linked' : `member.${what}`) satisfies keyof typeof texts as unknown as TextKey
  const values = { who: <Names people={people} named={2} />, by: <Name name={by.name} guest={false} /> }
  return <RichText text={text} values={values} />
}
