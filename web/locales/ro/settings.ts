import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/settings.ts'

export const texts: Like<typeof en> = {
  'settings.sections': 'Secțiuni',
  'settings.back': 'Toate setările',
  'settings.loading': 'Se încarcă…',
  'settings.more': 'Arată mai multe',

  'profile.title': 'Profil',
  'profile.rename': 'Schimbă numele',
  'profile.renamed': 'Acum te numești {name}.',
  'profile.color': 'Culoare',
  'color.0': 'caisă',
  'color.1': 'nisip',
  'color.2': 'lămâie verde',
  'color.3': 'mentă',
  'color.4': 'azuriu',
  'color.5': 'albastru',
  'color.6': 'liliac',
  'color.7': 'roz',

  'passkeys.title': 'Păstrează numele',

  'data.title': 'Datele tale',

  'devices.title': 'Dispozitive',
  'devices.lead': 'Unde ești în cont. Pe un dispozitiv încheiat trebuie să intri din nou.',
  'devices.unknown': 'Dispozitiv necunoscut',
  'devices.current': 'acest dispozitiv',
  'devices.used': 'Folosit ultima dată {when} · {region}',
  'devices.end': 'Încheie',
  'devices.endOf': 'Încheie: {device}, folosit ultima dată {when}',
  'devices.ended': '{device} nu mai este în cont.',
  'devices.link': 'Continuă pe alt dispozitiv',
  'devices.endOthers': 'Încheie toate celelalte',
  'devices.endedOthers': {
    one: '{n} alt dispozitiv nu mai este în cont.',
    few: '{n} alte dispozitive nu mai sunt în cont.',
    other: '{n} de alte dispozitive nu mai sunt în cont.'
  },

  'signOut.unsent': 'Ai text netrimis',
  'signOut.unsentLead':
    'Poate rămâne pe acest dispozitiv până când intră din nou cineva aici ca {name}. Cine folosește dispozitivul l-ar putea citi.',
  'signOut.keep': 'Păstrează pe acest dispozitiv',
  'signOut.go': 'Ieși din cont',

  'alerts.title': 'Notificări',
  'alerts.lead': 'Cât timp lipsești, dispozitivele tale pot arăta cine te menționează și ce e nou în camerele alese.',
  'alerts.start': 'Anunță-mă pe acest dispozitiv',
  'alerts.refused': 'Browserul nu permite notificări de la această pagină. Poți schimba asta în setările lui.',
  'alerts.impossible': 'Acest browser nu poate arăta notificări când pagina este închisă.',
  'alerts.since': 'pornit {when}',
  'alerts.test': 'Trimite o probă',
  'alerts.tested': 'Proba este pe drum.',
  'alerts.notTested': 'Serviciul de notificări nu a primit proba.',
  'alerts.stop': 'Oprește',
  'alerts.page': 'Anunță-mă când pagina e deschisă, dar mă uit în altă parte',
  'alerts.tone': 'Redă atunci un sunet',
  'alerts.hideText': 'Arată cine scrie, fără text',
  'alerts.quiet': 'Nu deranja',
  'alerts.quietUntil': 'Nu deranja până la: {time}',
  'alerts.quietNow': 'Pornit',
  'alerts.quietOff': 'Oprit',
  'alerts.hours': { one: 'Timp de {n} oră', few: 'Timp de {n} ore', other: 'Timp de {n} de ore' },
  'alerts.default': 'Ca de obicei ({level})',
  'alerts.all': 'fiecare mesaj',
  'alerts.mentions': 'mențiuni',
  'alerts.nothing': 'nimic',
  'alerts.hidden': 'nimic și nici în listă',

  'moderation.title': 'Administrarea chatului',
  'moderation.reports': 'Sesizări',
  'moderation.audit': 'Jurnal',
  'moderation.people': 'Persoane',
  'moderation.rooms': 'Camere',
  'moderation.invitations': 'Invitații',

  'role.visitor': 'doar un nume',
  'role.member': 'membru',
  'role.moderator': 'moderator',
  'role.owner': 'proprietar'
}
