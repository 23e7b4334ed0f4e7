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
