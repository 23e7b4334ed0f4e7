import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/mentions.ts'

export const texts: Like<typeof en> = {
  'mentions.title': 'Wzmianki o tobie',
  'mentions.loading': 'Wczytywanie…',
  'mentions.none': 'Nikt jeszcze o tobie nie wspomniał.',
  'mentions.failed': 'Nie można teraz odczytać wzmianek. Spróbuj za chwilę.'
}
