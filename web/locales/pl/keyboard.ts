import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/keyboard.ts'

export const texts: Like<typeof en> = {
  'chooser.title': 'Przejdź do pokoju lub osoby',
  'chooser.nothing': 'Nic się tak nie nazywa.',
  'chooser.here': 'w pokoju {room}',

  'keyboard.title': 'Skróty klawiszowe',
  'keyboard.nextRoom': 'Następny lub poprzedni pokój',
  'keyboard.nextUnread': 'Następny lub poprzedni pokój z nowymi wiadomościami',
  'keyboard.scroll': 'Przewijanie wiadomości',
  'keyboard.walk': 'Od wiadomości do wiadomości',
  'keyboard.write': 'Dowolna litera: pisanie',
  'keyboard.edit': 'Edycja ostatniej własnej wiadomości (w pustym polu)',
  'keyboard.newest': 'Do najnowszej wiadomości, wszystko przeczytane',
  'keyboard.allRead': 'Oznacz wszystko jako przeczytane',
  'keyboard.line': 'Nowy wiersz',
  'keyboard.format': 'Pogrubienie, kursywa, kod, link',
  'keyboard.help': 'Ta lista'
}
