import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/moderation.ts'

export const texts: Like<typeof en> = {
  'manage.search': 'Szukaj imienia',
  'manage.nobody': 'Nikt nie ma takiego imienia.',
  'manage.leaders': 'Prowadzenie i moderacja',
  'manage.all': 'Wszyscy według imion',
  'manage.role': 'Rola',
  'manage.giveRole': 'Nadaj tę rolę',
  'manage.gaveRole': '{name}: {role}.',

  'invite.lead':
    'Link zaproszenia wprowadza do czatu jako członka, dopóki zaproszenie się nie wyczerpie lub nie skończy.',
  'invite.uses': 'Ile osób może go użyć',
  'invite.lasts': 'Ważne przez',
  'invite.room': 'Prowadzi do:',
  'invite.to': 'Prowadzi do: {room}',
  'invite.anyRoom': 'czat',
  'invite.create': 'Utwórz zaproszenie',
  'invite.created': 'Link nowego zaproszenia jest skopiowany.',
  'invite.createdOnly': 'Zaproszenie jest gotowe. Skopiuj jego link poniżej.',
  'invite.link': 'Link',
  'invite.copy': 'Kopiuj link',
  'invite.withdraw': 'Wycofaj',
  'invite.withdrawn': 'Zaproszenie jest wycofane.',
  'invite.used': 'Użyto {used} z {uses} razy · koniec {when} · od: {by}',
  'invite.none': 'Nie ma otwartych zaproszeń.',

  'room.readOnly': 'tylko do czytania',
  'room.archived': 'zamknięty',
  'roomForm.title': 'Ustawienia pokoju {room}',
  'roomForm.topic': 'Temat',
  'roomForm.slow': 'Tryb powolny: przerwa między wiadomościami jednej osoby',
  'roomForm.notSlow': 'bez przerwy',
  'roomForm.readOnly': 'Tylko do czytania: piszą tylko osoby moderujące pokój',
  'roomForm.archived': 'Zamknięty: nikt już w nim nie pisze',
  'roomForm.saved': 'Zapisano.',

  'time.seconds': { one: '{n} sekundę', few: '{n} sekundy', many: '{n} sekund', other: '{n} sekundy' },
  'time.minutes': { one: '{n} minutę', few: '{n} minuty', many: '{n} minut', other: '{n} minuty' },
  'time.hours': { one: '{n} godzinę', few: '{n} godziny', many: '{n} godzin', other: '{n} godziny' },
  'time.days': { one: '{n} dzień', few: '{n} dni', many: '{n} dni', other: '{n} dnia' }
}
