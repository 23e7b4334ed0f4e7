import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/mentions.ts'

export const texts: Like<typeof en> = {
  'mentions.title': 'Mențiuni despre tine',
  'mentions.loading': 'Se încarcă…',
  'mentions.none': 'Nimeni nu te-a menționat încă.',
  'mentions.failed': 'Mențiunile nu pot fi citite acum. Încearcă din nou peste o clipă.'
}
