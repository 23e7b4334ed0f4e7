// Rooms and people: a new room, the members of a private one, and what a person can do with another.
import type { Like } from '../../state/i18n.ts'
import type { texts as english } from '../en/rooms.ts'

export const texts: Like<typeof english> = {
  'room.remove': 'Usuń ten pokój',
  'room.removed': 'Pokój został usunięty.',
  'settings.loading': 'Wczytuję…',
  'person.write': 'Napisz do tej osoby',
  'person.block': 'Zablokuj',
  'person.unblock': 'Odblokuj',
  'person.blockHint':
    'Kto jest zablokowany, nie zacznie z tobą prywatnej rozmowy ani nie wpuści cię do prywatnych pokojów.',
  'person.blocked': 'Zablokowano. Nie dostajesz od tej osoby prywatnych wiadomości.',
  'person.unblocked': 'Już nie jest zablokowana.',
  'person.unknown': 'Ta osoba nie ma tu własnej nazwy.',
  'pins.title': 'Przypięte wiadomości',
  'pins.gone': 'Tej wiadomości już tu nie ma.',
  'pins.none': 'W tym pokoju nic nie jest przypięte.',
  'members.title': 'Członkowie pokoju {room}',
  'members.count': { one: '{n} członek', few: '{n} członków', many: '{n} członków', other: '{n} członka' },
  'members.owner': 'właściciel',
  'members.search': 'Wpuść kogoś: szukaj nazwy',
  'members.add': 'Wpuść',
  'members.added': '{name} jest w pokoju.',
  'members.remove': 'Usuń',
  'members.removed': 'Usunięto: {name}.',
  'members.own': 'Przekaż pokój',
  'members.owns': 'Pokój należy teraz do: {name}.',
  'members.leave': 'Opuść ten pokój',
  'members.leaveSure': 'Na pewno? Ktoś będzie musiał znów cię wpuścić.',
  'members.in': 'jest w pokoju'
}
