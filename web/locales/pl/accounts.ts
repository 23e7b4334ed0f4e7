import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/accounts.ts'

export const texts: Like<typeof en> = {
  'ways.title': 'Wejdź ponownie',
  'ways.lead': 'Jeśli twoje imię jest tu już zachowane.',
  'ways.passkey': 'Kluczem dostępu',
  'ways.provider': 'Przez {name}',
  'ways.device':
    'Na urządzeniu, na którym trwa twoja sesja, otwórz ustawienia, a w nich Urządzenia: jest tam link dla tego urządzenia.',
  'ways.back': 'Wróć',
  'ways.deviceTitle': 'Kontynuuj tutaj',
  'ways.deviceLead': 'Ten link loguje na tym urządzeniu jako osobę, która go utworzyła. Używaj tylko własnego linku.',
  'ways.providerLead': 'Dostawca potwierdził, kim jesteś.',
  'ways.deviceGo': 'Kontynuuj',

  'passkeys.none':
    'Zachowaj to imię na stałe: z kluczem dostępu pozostanie twoje i wejdziesz z nim na innych urządzeniach.',
  'passkeys.lead': 'Imię pozostaje twoje. Kluczem dostępu wejdziesz na innych urządzeniach.',
  'passkeys.add': 'Zachowaj to imię kluczem dostępu',
  'passkeys.another': 'Dodaj kolejny klucz dostępu',
  'passkeys.added': 'Klucz dostępu dodany. Imię jest twoje na stałe.',
  'passkeys.used': 'Dodany: {when} · użyty: {used}',
  'passkeys.unused': 'Dodany: {when} · jeszcze nieużyty',
  'passkeys.unnamed': 'Klucz dostępu',
  'passkeys.name': 'Nazwa klucza dostępu',
  'passkeys.rename': 'Zmień nazwę',
  'passkeys.renameOf': 'Zmień nazwę: {name}',
  'passkeys.remove': 'Usuń',
  'passkeys.removeOf': 'Usuń: {name}',
  'passkeys.removed': 'Klucz dostępu usunięty.',
  'passkeys.removeTitle': 'Usunąć ten klucz dostępu?',
  'passkeys.removeLead': 'Nikt już nim nie wejdzie. Może zostać na liście w twoim urządzeniu, gdzie można go skasować.',
  'passkeys.lastLead': 'To twój ostatni klucz: bez niego imię jest twoje tylko do wylogowania lub 30 dni nieobecności.',
  'passkeys.connect': 'Wchodź także przez {name}',

  'deviceLink.open': 'Kontynuuj na innym urządzeniu',
  'deviceLink.lead':
    'Zeskanuj ten kod drugim urządzeniem albo otwórz tam link. Działa raz. Nie pokazuj go nikomu innemu.',
  'deviceLink.code': 'Kod QR z linkiem',
  'deviceLink.link': 'Link',
  'deviceLink.copy': 'Kopiuj',
  'deviceLink.left': {
    one: 'Została {n} sekunda',
    few: 'Zostały {n} sekundy',
    many: 'Zostało {n} sekund',
    other: 'Zostało {n} sekundy'
  },
  'deviceLink.over': 'Link stracił ważność.',
  'deviceLink.again': 'Utwórz nowy link',
  'deviceLink.joined': 'Nowe urządzenie: {device} ({region}).',
  'deviceLink.end': 'To nie ja: zakończ sesję',

  'data.lead': 'Wszystko, co tu piszesz, ze wszystkich pokojów, w pliku JSON.',
  'data.download': 'Pobierz swoje wiadomości',
  'data.working': 'To może chwilę potrwać…',
  'data.leaveLead':
    'Twoje imię, klucze dostępu i urządzenia zostaną usunięte. Nie da się tego cofnąć, a imię może wziąć każdy.',
  'data.leave': 'Odejdź na zawsze',
  'data.leaveTitle': 'Odejść z tego czatu na zawsze?',
  'data.leaveWarning': 'Najpierw pobierz to, co chcesz zachować. Sesje na wszystkich twoich urządzeniach się zakończą.',
  'data.messages': 'Twoje wiadomości',
  'data.keep': 'zostaną, podpisane „ktoś, kto odszedł”',
  'data.erase': 'zostaną usunięte',

  'failure.cancelled': 'Nic się nie zmieniło: przeglądarka to przerwała.',
  'failure.expired': 'Trwało to zbyt długo albo zostało już użyte. Zacznij od nowa.',
  'failure.passkey-here': 'Na tym urządzeniu masz już klucz dostępu.',
  'failure.passkey-unknown': 'Ten czat nie zna już tego klucza dostępu.',
  'failure.passkey-refused': 'Nie udało się sprawdzić klucza dostępu. Spróbuj ponownie.',
  'failure.passkeys-full': 'Masz za dużo kluczy dostępu. Najpierw usuń któryś.',
  'failure.last-passkey': 'To twój ostatni klucz dostępu.',
  'failure.no-passkeys-here': 'Klucze dostępu nie działają w tej przeglądarce lub pod tym adresem.',
  'failure.provider-unavailable': 'Dostawca teraz nie odpowiada. Spróbuj ponownie albo wejdź inaczej.',
  'failure.provider-refused': 'Dostawca nie potwierdził, kim jesteś.',
  'failure.subject-taken': 'To konto należy w tym czacie do kogoś innego.'
}
