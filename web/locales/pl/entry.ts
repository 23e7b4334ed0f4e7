import type { texts as en } from '../en/entry.ts'
import type { Like } from '../../state/i18n.ts'

export const texts: Like<typeof en> = {
  'entry.title': 'Masz zaproszenie',
  'entry.lead': '{by} zaprasza cię do tego czatu.',
  'entry.leadRoom': '{by} zaprasza cię do pokoju „{room}” w tym czacie.',
  'entry.overTitle': 'Ten link jest nieważny',
  'entry.ownerTitle': 'Ten czat potrzebuje właściciela',
  'entry.ownerLead':
    'Kto pierwszy otworzy ten link, zostaje właścicielem czatu: wybiera moderatorów i zaprasza ludzi. Link działa raz.',
  'entry.asMember': 'Należysz odtąd do tego czatu. Dopóki ten link działa, może wejść każdy, kto go zna.',
  'entry.again': 'Spróbuj ponownie',
  'entry.without': 'Kontynuuj bez linku'
}
