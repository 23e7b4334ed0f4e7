import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/keyboard.ts'

export const texts: Like<typeof en> = {
  'chooser.title': 'Mergi la o cameră sau la o persoană',
  'chooser.nothing': 'Nimic nu se numește așa.',
  'chooser.here': 'în {room}',

  'keyboard.title': 'Comenzi rapide',
  'keyboard.nextRoom': 'Camera următoare sau anterioară',
  'keyboard.nextUnread': 'Camera următoare sau anterioară cu mesaje noi',
  'keyboard.scroll': 'Derulează mesajele',
  'keyboard.walk': 'De la un mesaj la altul',
  'keyboard.write': 'Orice literă: scrie',
  'keyboard.edit': 'Editează ultimul tău mesaj (în câmpul gol)',
  'keyboard.newest': 'La cel mai nou mesaj, toate citite',
  'keyboard.allRead': 'Marchează tot ca citit',
  'keyboard.line': 'Rând nou',
  'keyboard.format': 'Aldin, cursiv, cod, link',
  'keyboard.help': 'Această listă'
}
