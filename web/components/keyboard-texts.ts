// The texts of the chooser and of the list of shortcuts. They load with the chat, because the sign-in view does without them.
import { useApp } from './app-context.ts'

const en = {
  title: 'Keyboard shortcuts',
  chooser: 'Go to a room or a person',
  nothing: 'Nothing is called that.',
  here: 'in {room}',
  nextRoom: 'Next or previous room',
  nextUnread: 'Next or previous room with new messages',
  scroll: 'Scroll the messages',
  walk: 'Walk from message to message',
  write: 'Write: just type',
  edit: 'Edit your last message (in an empty box)',
  newest: 'To the newest message, all read',
  send: 'Send',
  line: 'New line',
  format: 'Bold, italic, code, link',
  help: 'This list'
}
const pl: typeof en = {
  title: 'Skróty klawiszowe',
  chooser: 'Przejdź do pokoju lub osoby',
  nothing: 'Nic się tak nie nazywa.',
  here: 'w pokoju {room}',
  nextRoom: 'Następny lub poprzedni pokój',
  nextUnread: 'Następny lub poprzedni pokój z nowymi wiadomościami',
  scroll: 'Przewijanie wiadomości',
  walk: 'Od wiadomości do wiadomości',
  write: 'Dowolna litera: pisanie',
  edit: 'Edycja ostatniej własnej wiadomości (w pustym polu)',
  newest: 'Do najnowszej wiadomości, wszystko przeczytane',
  send: 'Wyślij',
  line: 'Nowy wiersz',
  format: 'Pogrubienie, kursywa, kod, link',
  help: 'Ta lista'
}
const ro: typeof en = {
  title: 'Comenzi rapide',
  chooser: 'Mergi la o cameră sau la o persoană',
  nothing: 'Nimic nu se numește așa.',
  here: 'în {room}',
  nextRoom: 'Camera următoare sau anterioară',
  nextUnread: 'Camera următoare sau anterioară cu mesaje noi',
  scroll: 'Derulează mesajele',
  walk: 'De la un mesaj la altul',
  write: 'Orice literă: scrie',
  edit: 'Editează ultimul tău mesaj (în câmpul gol)',
  newest: 'La cel mai nou mesaj, toate citite',
  send: 'Trimite',
  line: 'Rând nou',
  format: 'Aldin, cursiv, cod, link',
  help: 'Această listă'
}
const all = new Map(Object.entries({ en, pl, ro }))

export type KeyboardText = keyof typeof en

export const useKeyboardTexts = () => all.get(useApp().i18n.language.value) ?? en
