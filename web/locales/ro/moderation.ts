import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/moderation.ts'

export const texts: Like<typeof en> = {
  'manage.search': 'Caută un nume',
  'manage.nobody': 'Nimeni nu se numește așa.',
  'manage.leaders': 'Proprietari și moderatori',
  'manage.all': 'Toți, după nume',
  'manage.role': 'Rol',
  'manage.giveRole': 'Dă acest rol',
  'manage.gaveRole': '{name}: {role}.',

  'invite.lead': 'Cine deschide linkul unei invitații intră ca membru, până când invitația este folosită sau expiră.',
  'invite.uses': 'Câte persoane o pot folosi',
  'invite.lasts': 'Valabilă',
  'invite.room': 'Duce la',
  'invite.to': 'Duce la: {room}',
  'invite.anyRoom': 'chat',
  'invite.create': 'Creează o invitație',
  'invite.created': 'Linkul noii invitații este copiat.',
  'invite.createdOnly': 'Invitația este gata. Copiază linkul ei de mai jos.',
  'invite.link': 'Link',
  'invite.copy': 'Copiază linkul',
  'invite.withdraw': 'Retrage',
  'invite.withdrawn': 'Invitația este retrasă.',
  'invite.used': 'Folosită de {used} ori din {uses} · se încheie {when} · de la {by}',
  'invite.none': 'Nicio invitație nu este deschisă.',

  'room.readOnly': 'doar citire',
  'room.archived': 'închisă',
  'roomForm.title': 'Setările camerei {room}',
  'roomForm.topic': 'Subiect',
  'roomForm.slow': 'Mod lent: pauză între două mesaje ale unei persoane',
  'roomForm.notSlow': 'fără pauză',
  'roomForm.readOnly': 'Doar citire: scriu doar cei care moderează camera',
  'roomForm.archived': 'Închisă: nimeni nu mai scrie',
  'roomForm.saved': 'Salvat.',

  'time.seconds': { one: '{n} secundă', few: '{n} secunde', other: '{n} de secunde' },
  'time.minutes': { one: '{n} minut', few: '{n} minute', other: '{n} de minute' },
  'time.hours': { one: '{n} oră', few: '{n} ore', other: '{n} de ore' },
  'time.days': { one: '{n} zi', few: '{n} zile', other: '{n} de zile' }
}
