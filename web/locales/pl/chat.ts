// Polish. Sentences about people are in the present tense, which has no gender.
import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/chat.ts'

export const texts: Like<typeof en> = {
  'app.skip': 'Przejdź do pola wiadomości',

  'rooms.title': 'Pokoje',
  'rooms.show': 'Pokaż pokoje',
  'rooms.new': 'Nowy pokój lub rozmowa',
  'rooms.name': 'Nazwa pokoju',
  'rooms.direct': 'Rozmowy prywatne',
  'rooms.find': 'Znajdź',
  'room.members': 'Członkowie',
  'room.letIn': 'Wpuść kogoś',
  'rooms.lobby': 'Salon',
  'rooms.people': {
    one: '{n} osoba w środku',
    few: '{n} osoby w środku',
    many: '{n} osób w środku',
    other: '{n} osoby w środku'
  },
  'rooms.unread': {
    one: '{n} nowa wiadomość',
    few: '{n} nowe wiadomości',
    many: '{n} nowych wiadomości',
    other: '{n} nowej wiadomości'
  },

  'room.archived': 'zamknięty',
  'room.opening': 'Otwieram pokój…',
  'room.gone': 'Ten pokój nie istnieje.',
  'room.toLobby': 'Przejdź do salonu',
  'room.older': 'Pokaż starsze wiadomości',
  'room.olderLoading': 'Wczytuję starsze wiadomości…',
  'room.newer': 'Pokaż nowsze wiadomości',
  'room.newerLoading': 'Wczytuję nowsze wiadomości…',
  'room.start': 'Tutaj zaczyna się rozmowa.',
  'room.empty': 'Nikt jeszcze nic nie napisał. Przywitaj się!',
  'room.pins': 'Przypięte wiadomości: {n}',
  'room.alerts': 'Powiadamiaj mnie o tym pokoju',
  'room.settings': 'Ustawienia pokoju',
  'room.messages': 'Wiadomości: {room}',
  'room.new': 'Nowe',
  'room.newBelow': {
    one: '{n} nowa wiadomość poniżej',
    few: '{n} nowe wiadomości poniżej',
    many: '{n} nowych wiadomości poniżej',
    other: '{n} nowej wiadomości poniżej'
  },
  'room.toEnd': 'Do najnowszej wiadomości',
  'room.fault': 'Coś poszło nie tak na serwerze: tego pokoju nie można teraz odświeżyć, więc może być nieaktualny.',
  'room.historyReplaced': 'Historia tego pokoju została na serwerze zastąpiona. Oto, co zawiera teraz.',

  'people.title': 'Kto tu jest',
  'people.show': {
    one: 'Pokaż, kto tu jest: {n} osoba',
    few: 'Pokaż, kto tu jest: {n} osoby',
    many: 'Pokaż, kto tu jest: {n} osób',
    other: 'Pokaż, kto tu jest: {n} osoby'
  },
  'people.count': { one: '{n} osoba', few: '{n} osoby', many: '{n} osób', other: '{n} osoby' },
  'people.about': {
    one: 'około {n} osoby',
    few: 'około {n} osób',
    many: 'około {n} osób',
    other: 'około {n} osoby'
  },
  'people.you': 'Ty',
  'people.moderator': 'moderuje',
  'people.owner': 'zarządza',
  'people.former': 'ktoś, kto odszedł',
  'people.guest': 'gość',
  'people.guestHint': 'Gość: tak się przedstawia, ale nikt nie zalogował się pod tym imieniem.',
  'people.more': { one: 'i jeszcze {n}', few: 'i jeszcze {n}', many: 'i jeszcze {n}', other: 'i jeszcze {n}' },
  'people.idle': 'bez ruchu od {time}',
  'people.loading': 'Sprawdzam, kto tu jest…',
  'people.others': {
    one: 'jeszcze {n} osoba',
    few: 'jeszcze {n} osoby',
    many: 'jeszcze {n} osób',
    other: 'jeszcze {n} osoby'
  },
  'people.joined': {
    one: '{who} dołącza do rozmowy',
    few: '{who} dołączają do rozmowy',
    many: '{who} dołączają do rozmowy',
    other: '{who} dołączają do rozmowy'
  },
  'people.left': {
    one: '{who} opuszcza rozmowę',
    few: '{who} opuszczają rozmowę',
    many: '{who} opuszczają rozmowę',
    other: '{who} opuszczają rozmowę'
  },
  'member.joined': '{by} wpuszcza: {who}',
  'member.linked': 'Przez link: {who}',
  'member.left': 'Nie ma już w pokoju: {who}',
  'member.removed': '{by} usuwa: {who}',
  'member.owner': 'Pokój należy teraz do: {who}',
  'people.typing': { one: '{who} pisze…', few: '{who} piszą…', many: '{who} piszą…', other: '{who} piszą…' },

  'mention.list': 'Wzmianki',

  'message.edited': 'edytowano',
  'message.removed': 'Ta wiadomość została usunięta.',
  'message.slow': 'Jeszcze niepotwierdzone, ponawiam próbę',
  'message.failed': 'Nie wysłano: {reason}',
  'message.retry': 'Spróbuj ponownie',
  'message.discard': 'Odrzuć',
  'message.report': 'Zgłoś',
  'message.react': 'Zareaguj',
  'message.edit': 'Edytuj',
  'message.remove': 'Usuń',
  'message.actions': 'Działania dla tej wiadomości',
  'message.took': 'zapisano w {n} ms',
  'message.reacted': 'od: {who}',
  'message.takeBack': 'od: {who}. Naciśnij, aby cofnąć swoją reakcję.',
  'message.opensNew': 'otwiera się w nowej karcie',
  'message.reply': 'Odpowiedz',
  'message.answers': 'W odpowiedzi na:',
  'message.toQuoted': 'Przejdź do tej wiadomości',
  'message.quotedRemoved': 'usuniętą wiadomość',
  'message.quotedEarlier': 'wcześniejszą wiadomość',
  'message.pin': 'Przypnij',
  'message.unpin': 'Odepnij',
  'message.pinned': 'przypięto',
  'message.unread': 'Oznacz stąd jako nieprzeczytane',
  'message.copyText': 'Kopiuj tekst',
  'message.copyLink': 'Kopiuj link',
  'message.copied': 'Skopiowano.',
  'message.notCopied': 'Ta przeglądarka nie pozwala tu kopiować. Zaznacz tekst i skopiuj go samodzielnie.',
  'message.back': 'Wróć do odpowiedzi',
  'message.notSent': 'Ta wiadomość nie została wysłana.',
  'message.unsure': 'Ta wiadomość mogła już zostać wysłana.',
  'message.sayAnew': 'Wyślij jako nową wiadomość',
  'message.more': 'Pokaż więcej',
  'message.less': 'Pokaż mniej',
  'message.spoiler': 'Spoiler: pokaż',

  'composer.label': 'Wiadomość do: {room}',
  'composer.placeholder': 'Napisz do: {room}',
  'composer.send': 'Wyślij',
  'composer.hint': 'Enter wysyła, Shift i Enter zaczynają nowy wiersz.',
  'composer.hintTouch': 'Enter zaczyna nowy wiersz. Wysyła przycisk.',
  'composer.refused': 'Ten tekst jest o wiele za długi i nie został wstawiony. Wiadomość mieści najwyżej {n} znaków.',
  'composer.left': {
    one: 'Pozostał {n} znak',
    few: 'Pozostały {n} znaki',
    many: 'Pozostało {n} znaków',
    other: 'Pozostało {n} znaku'
  },
  'composer.over': {
    one: 'O {n} znak za dużo',
    few: 'O {n} znaki za dużo',
    many: 'O {n} znaków za dużo',
    other: 'O {n} znaku za dużo'
  },
  'composer.editing': 'Edytuj wiadomość',
  'composer.replying': 'Odpowiadasz na:',
  'composer.noReply': 'Nie odpowiadaj na nią',

  'emoji.title': 'Emoji',
  'emoji.more': 'Więcej emoji',

  'outbox.waits': 'To, co napisano, nie jest jeszcze potwierdzone. Ponawiam próbę.',
  'outbox.tab':
    'Zostaw tę kartę otwartą, aż przyjdzie potwierdzenie: ta przeglądarka przechowuje wiadomość tylko w tej karcie.',
  'outbox.page':
    'Zostaw tę stronę otwartą, aż przyjdzie potwierdzenie: ta przeglądarka nie przechowuje wiadomości nigdzie indziej.',

  'link.connecting': 'Łączenie…',
  'link.reconnecting': 'Połączenie przerwane. Zaraz wracamy…',
  'link.noNetwork': 'Brak sieci. To, co napiszesz, zaczeka tu na jej powrót.',
  'link.noWebSocket':
    'Serwer odpowiada, ale połączenia na żywo (WebSocket) z nim się nie udają. Może je blokować proxy lub zapora: daj o tym znać osobie, która prowadzi ten czat.',
  'link.tooOld': 'Jest już nowszy Taifas.',
  'link.tooOldStill': 'Ta strona i serwer jeszcze do siebie nie pasują. Spróbuj ponownie za kilka minut.',
  'link.retry': 'Spróbuj teraz',
  'link.region': 'Połączono przez {region}',
  'link.near': '{region} · {n} ms',
  'link.nearHint': 'Połączono przez {region}: {n} ms tam i z powrotem',

  'you.open': 'Twoje ustawienia',

  'reason.sign-in': 'wejdź jeszcze raz',
  'reason.not-joined': 'pokój nie jest otwarty',
  'reason.no-room': 'nie ma takiego pokoju',
  'reason.no-message': 'tej wiadomości już nie ma',
  'reason.id-taken': 'nie da się jej odróżnić od innej wiadomości',
  'reason.no-person': 'tej osoby już tu nie ma',
  'reason.too-many': 'jest ich już za dużo, najpierw usuń niektóre',
  'reason.last-owner': 'czat potrzebuje właściciela; najpierw wyznacz kogoś innego',
  'reason.text-empty': 'nic w niej nie ma',
  'reason.text-too-long': 'to jest za długie, skróć to albo wyślij w częściach',
  'reason.room-exists': 'pokój o tej nazwie już istnieje; wybierz inną nazwę',
  'reason.rooms-full': 'nie ma miejsca na kolejny pokój, skorzystaj z istniejącego',
  'reason.blocked': 'ta osoba nie przyjmuje od ciebie wiadomości',
  'reason.reactions-full': 'jest już za dużo reakcji, dołącz do którejś z nich',
  'reason.muted': 'na razie nie możesz tu pisać: masz wyciszenie',
  'reason.read-only': 'w tym pokoju piszą tylko moderatorzy',
  'reason.room-closed': 'ten pokój jest zamknięty, nikt już w nim nie pisze',
  'reason.slow-mode': 'w tym pokoju trzeba czekać między wiadomościami, zaczekaj chwilę',
  'reason.too-old': 'ta strona jest za stara, odśwież ją'
}
