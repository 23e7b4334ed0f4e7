import type { Like } from '../../state/i18n.ts'
import type { texts as english } from '../en/dialogs.ts'

export const texts: Like<typeof english> = {
  'message.removeTitle': 'Usunąć tę wiadomość?',
  'message.removeLead': 'Jej treść zniknie u wszystkich, na zawsze.',

  'signIn.bannedTitle': 'Nie możesz wejść',
  'signIn.banned': 'Moderacja zamknęła ci wstęp do tego czatu.',
  'signIn.bannedFor': 'Moderacja zamknęła ci wstęp do tego czatu do: {when}.',

  'writing.muted': 'Moderacja wyłączyła ci pisanie. Możesz czytać, a to, co wpiszesz, zostanie tutaj.',
  'writing.mutedUntil':
    'Moderacja wyłączyła ci pisanie (do: {when}). Możesz czytać, a to, co wpiszesz, zostanie tutaj.',
  'writing.why': 'Powód: {why}',
  'writing.room-closed': 'Ten pokój jest zamknięty. Możesz go czytać, ale nikt już w nim nie pisze.',
  'writing.read-only': 'W tym pokoju piszą tylko osoby, które go moderują. Możesz czytać i reagować.',
  'writing.slow-mode': 'W tym pokoju trzeba czekać między wiadomościami. To, co wpiszesz, zostanie tutaj do wysłania.',
  'writing.wait': 'Następna wiadomość: {time}',

  'left.lead': 'To było tu napisane i nie zostało wysłane.',

  'report.title': 'Zgłoś tę wiadomość',
  'report.lead': 'Moderacja zobaczy wiadomość, twoje imię i to, co tu napiszesz.',
  'report.reason': 'Co jest z nią nie tak?',
  'report.done': 'Dziękujemy. Moderacja to sprawdzi.'
}
