import type { Like } from '../../state/i18n.ts'
import type { texts as english } from '../en/dialogs.ts'

export const texts: Like<typeof english> = {
  'message.removeTitle': 'Ștergi acest mesaj?',
  'message.removeLead': 'Textul lui va dispărea pentru toți, definitiv.',

  'signIn.bannedTitle': 'Nu poți intra',
  'signIn.banned': 'Un moderator ți-a închis accesul la acest chat.',
  'signIn.bannedFor': 'Un moderator ți-a închis accesul la acest chat până la: {when}.',

  'writing.muted': 'Un moderator nu te mai lasă să scrii. Poți citi, iar ce tastezi rămâne aici.',
  'writing.mutedUntil': 'Un moderator nu te lasă să scrii (până la: {when}). Poți citi, iar ce tastezi rămâne aici.',
  'writing.why': 'Motiv: {why}',
  'writing.room-closed': 'Această cameră este închisă. O poți citi, dar nu mai scrie nimeni în ea.',
  'writing.read-only': 'În această cameră scriu doar cei care o moderează. Poți citi și reacționa.',
  'writing.slow-mode': 'În această cameră se așteaptă între mesaje. Ce tastezi rămâne aici până îl poți trimite.',
  'writing.wait': 'Următorul mesaj: {time}',

  'left.lead': 'Ai scris asta aici. Nu a fost trimis.',

  'report.title': 'Raportează acest mesaj',
  'report.lead': 'Moderatorii vor vedea mesajul, numele tău și ce scrii aici.',
  'report.reason': 'Ce este în neregulă cu el?',
  'report.done': 'Mulțumim. Moderatorii se vor uita la el.'
}
