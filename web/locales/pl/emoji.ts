import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/emoji.ts'

export const texts: Like<typeof en> = {
  'emoji.search': 'Szukaj emoji',
  'emoji.tone': 'Odcień skóry',
  'emoji.group': 'Przejdź do',
  'emoji.recent': 'Ostatnio używane',
  'emoji.found': 'Znalezione',
  'emoji.none': 'Nie znaleziono emoji',
  'emoji.smileys': 'Buźki',
  'emoji.people': 'Ludzie',
  'emoji.animals': 'Zwierzęta i przyroda',
  'emoji.food': 'Jedzenie i napoje',
  'emoji.travel': 'Miejsca i podróże',
  'emoji.activities': 'Zajęcia',
  'emoji.objects': 'Przedmioty',
  'emoji.symbols': 'Symbole',
  'emoji.flags': 'Flagi'
}
