import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/sign-in.ts'

export const texts: Like<typeof en> = {
  'signIn.title': 'Wejdź i usiądź z nami',
  'signIn.lead': 'Wybierz imię i zacznij rozmawiać. Bez konta i bez hasła.',
  'signIn.inviteOnly':
    'Nowe osoby wchodzą z zaproszeniem: otwórz jego link. Kto już tu był, używa tego samego imienia w tej samej przeglądarce.',
  'signIn.name': 'Twoje imię',
  'signIn.provider': 'Kontynuuj przez {name}',
  'signIn.ways': 'Jestem tu nie pierwszy raz',
  'signIn.ifMine': 'Jeśli to ty, wybierz „Jestem tu nie pierwszy raz”.',
  'signIn.enter': 'Wejdź',
  'signIn.entering': 'Chwileczkę…',
  'signIn.back': 'Witaj ponownie',
  'signIn.backLead': 'Ta przeglądarka już tu była.',
  'signIn.continue': 'Kontynuuj jako {name}',
  'signIn.other': 'Ktoś inny',
  'signIn.honest':
    'To imię jest twoje, dopóki się nie wylogujesz albo nie będzie cię przez 30 dni. To, co piszesz, jest przechowywane na tym serwerze i może to przeczytać każdy w pokoju.',
  'signIn.ended': 'Twoja sesja się skończyła. Wejdź jeszcze raz, aby kontynuować.',

  'name.suggestion': 'Użyj „{name}”',

  'link.reload': 'Odśwież stronę',

  'theme.title': 'Wygląd',
  'theme.auto': 'Automatyczny',
  'theme.light': 'Jasny',
  'theme.dark': 'Ciemny',

  'language.title': 'Język',

  'common.cancel': 'Anuluj',
  'common.save': 'Zapisz',
  'common.notLoaded': 'Nie udało się tego wczytać. Spróbuj ponownie.',
  'common.close': 'Zamknij',
  'common.pageUnread': '({n}) {title}',

  'reason.bad-request': 'serwer tego nie zrozumiał, odśwież stronę',
  'reason.not-allowed': 'nie możesz tego zrobić',
  'reason.name-taken': 'ktoś ma już takie imię albo bardzo podobne',
  'reason.name-bad': 'ta nazwa jest za długa albo ma niedozwolone znaki; wybierz inną',
  'reason.invite-only': 'ten czat jest dla zaproszonych; poproś moderatora o zaproszenie',
  'reason.invitation-over': 'ten link jest wykorzystany, wygasł lub został wycofany; poproś o nowy',
  'reason.name-reserved': 'słowo w tej nazwie oznacza rolę, na przykład moderatora; wybierz inną nazwę',
  'reason.banned': 'nie masz wstępu do tego czatu',
  'reason.too-fast': 'to było za szybko, zaczekaj chwilę',
  'reason.store-full': 'czat jest pełny, a twoich wiadomości jest dużo; usuń stare albo zaczekaj',
  'reason.unavailable': 'serwer teraz nie odpowiada, spróbuj ponownie',
  'reason.fault': 'coś poszło nie tak na serwerze, spróbuj ponownie'
}
