import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/not-found.ts'

export const texts: Like<typeof en> = {
  'notFound.title': 'Pagina nu există',
  'notFound.sentence': 'La această adresă nu este nimic.',
  'notFound.home': 'Spre chat'
}
