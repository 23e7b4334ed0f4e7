import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/not-found.ts'

export const texts: Like<typeof en> = {
  'notFound.title': 'Nie ma takiej strony',
  'notFound.sentence': 'Pod tym adresem nic nie ma.',
  'notFound.home': 'Do czatu'
}
