// Rooms and people: a new room, the members of a private one, and what a person can do with another.
import type { Like } from '../../state/i18n.ts'
import type { texts as english } from '../en/rooms.ts'

export const texts: Like<typeof english> = {
  'room.remove': 'Șterge această cameră',
  'room.removed': 'Camera a fost ștearsă.',
  'settings.loading': 'Se încarcă…',
  'person.write': 'Scrie-i acestei persoane',
  'person.block': 'Blochează',
  'person.unblock': 'Deblochează',
  'person.blockHint':
    'Cine este blocat nu poate începe o conversație directă cu tine și nici nu te poate adăuga în camere private.',
  'person.blocked': 'Blocat. Nu primești mesaje directe de la această persoană.',
  'person.unblocked': 'Nu mai este blocat.',
  'person.unknown': 'Această persoană nu are un nume propriu aici.',
  'pins.title': 'Mesaje fixate',
  'pins.gone': 'Acest mesaj nu mai este aici.',
  'pins.none': 'Nu e nimic fixat în această cameră.',
  'members.title': 'Membrii camerei {room}',
  'members.count': { one: '{n} membru', few: '{n} membri', other: '{n} de membri' },
  'members.owner': 'proprietar',
  'members.search': 'Lasă pe cineva să intre: caută un nume',
  'members.add': 'Lasă să intre',
  'members.added': '{name} este în cameră.',
  'members.remove': 'Elimină',
  'members.removed': '{name} a fost eliminat.',
  'members.own': 'Fă proprietar',
  'members.owns': 'Camera îi aparține acum lui {name}.',
  'members.leave': 'Părăsește camera',
  'members.leaveSure': 'Sigur? Cineva va trebui să te lase din nou să intri.',
  'members.in': 'este în cameră'
}
