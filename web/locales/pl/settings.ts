import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/settings.ts'

export const texts: Like<typeof en> = {
  'settings.sections': 'Działy',
  'settings.back': 'Wszystkie ustawienia',
  'settings.loading': 'Wczytuję…',
  'settings.more': 'Pokaż więcej',

  'profile.title': 'Profil',
  'profile.rename': 'Zmień imię',
  'profile.renamed': 'Masz teraz na imię {name}.',
  'profile.color': 'Kolor',
  'color.0': 'morelowy',
  'color.1': 'piaskowy',
  'color.2': 'limonkowy',
  'color.3': 'miętowy',
  'color.4': 'błękitny',
  'color.5': 'niebieski',
  'color.6': 'liliowy',
  'color.7': 'różowy',

  'passkeys.title': 'Zachowaj imię',

  'data.title': 'Twoje dane',

  'devices.title': 'Urządzenia',
  'devices.lead': 'Tu widać, gdzie trwa twoja sesja. Po jej zakończeniu trzeba na tym urządzeniu wejść jeszcze raz.',
  'devices.unknown': 'Nieznane urządzenie',
  'devices.current': 'to urządzenie',
  'devices.used': 'Ostatnio {when} · {region}',
  'devices.end': 'Zakończ',
  'devices.endOf': 'Zakończ: {device}, ostatnio {when}',
  'devices.ended': 'Sesja zakończona: {device}.',
  'devices.link': 'Kontynuuj na innym urządzeniu',
  'devices.endOthers': 'Zakończ wszystkie pozostałe',
  'devices.endedOthers': {
    one: 'Zakończono {n} inną sesję.',
    few: 'Zakończono {n} inne sesje.',
    many: 'Zakończono {n} innych sesji.',
    other: 'Zakończono {n} innej sesji.'
  },

  'signOut.unsent': 'Masz niewysłany tekst',
  'signOut.unsentLead':
    'Może zostać na tym urządzeniu, aż ktoś znów wejdzie tu jako {name}. Kto używa tego urządzenia, może go przeczytać.',
  'signOut.keep': 'Zostaw na tym urządzeniu',
  'signOut.go': 'Wyloguj się',

  'alerts.title': 'Powiadomienia',
  'alerts.lead': 'Gdy cię nie ma, urządzenia mogą pokazywać, kto o tobie wspomina i co nowego w wybranych pokojach.',
  'alerts.start': 'Powiadamiaj na tym urządzeniu',
  'alerts.refused': 'Przeglądarka nie zezwala na powiadomienia z tej strony. Możesz to zmienić w jej ustawieniach.',
  'alerts.impossible': 'Ta przeglądarka nie pokaże powiadomień, gdy strona jest zamknięta.',
  'alerts.since': 'włączone {when}',
  'alerts.test': 'Wyślij próbne',
  'alerts.tested': 'Powiadomienie próbne jest w drodze.',
  'alerts.notTested': 'Usługa powiadomień nie przyjęła próby.',
  'alerts.stop': 'Wyłącz',
  'alerts.page': 'Powiadamiaj, gdy strona jest otwarta, a patrzę gdzie indziej',
  'alerts.tone': 'Odtwarzaj wtedy dźwięk',
  'alerts.hideText': 'Pokazuj, kto pisze, bez treści',
  'alerts.quiet': 'Nie przeszkadzać',
  'alerts.quietUntil': 'Nie przeszkadzać do: {time}',
  'alerts.quietNow': 'Włączone',
  'alerts.quietOff': 'Wyłączone',
  'alerts.hours': {
    one: 'Na {n} godzinę',
    few: 'Na {n} godziny',
    many: 'Na {n} godzin',
    other: 'Na {n} godziny'
  },
  'alerts.default': 'Jak zwykle ({level})',
  'alerts.all': 'każda wiadomość',
  'alerts.mentions': 'wzmianki',
  'alerts.nothing': 'nic',
  'alerts.hidden': 'nic, i nie na liście',

  'moderation.title': 'Prowadzenie czatu',
  'moderation.reports': 'Zgłoszenia',
  'moderation.audit': 'Dziennik',
  'moderation.people': 'Ludzie',
  'moderation.rooms': 'Pokoje',
  'moderation.invitations': 'Zaproszenia',

  'role.visitor': 'tylko imię',
  'role.member': 'członkostwo',
  'role.moderator': 'moderacja',
  'role.owner': 'prowadzenie czatu'
}
