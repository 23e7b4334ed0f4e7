import type { texts as en } from '../en/entry.ts'
import type { Like } from '../../state/i18n.ts'

export const texts: Like<typeof en> = {
  'entry.title': 'Ai o invitație',
  'entry.lead': '{by} te invită în acest chat.',
  'entry.leadRoom': '{by} te invită în camera „{room}” din acest chat.',
  'entry.overTitle': 'Linkul nu mai este valabil',
  'entry.ownerTitle': 'Acest chat are nevoie de un proprietar',
  'entry.ownerLead':
    'Cine deschide primul acest link devine proprietarul chatului: alege moderatorii și invită oameni. Linkul merge o singură dată.',
  'entry.asMember': 'Vei fi membru aici. Cât timp linkul este valabil, poate intra oricine îl știe.',
  'entry.again': 'Încearcă din nou',
  'entry.without': 'Continuă fără link'
}
