import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/emoji.ts'

export const texts: Like<typeof en> = {
  'emoji.search': 'Caută emoji',
  'emoji.tone': 'Nuanța pielii',
  'emoji.group': 'Mergi la',
  'emoji.recent': 'Folosite recent',
  'emoji.found': 'Găsite',
  'emoji.none': 'Niciun emoji găsit',
  'emoji.smileys': 'Fețe zâmbitoare',
  'emoji.people': 'Oameni',
  'emoji.animals': 'Animale și natură',
  'emoji.food': 'Mâncare și băuturi',
  'emoji.travel': 'Locuri și călătorii',
  'emoji.activities': 'Activități',
  'emoji.objects': 'Obiecte',
  'emoji.symbols': 'Simboluri',
  'emoji.flags': 'Steaguri'
}
