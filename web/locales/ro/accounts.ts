import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/accounts.ts'

export const texts: Like<typeof en> = {
  'ways.title': 'Intră din nou',
  'ways.lead': 'Dacă ai mai fost aici și ți-ai păstrat numele.',
  'ways.passkey': 'Cu o cheie de acces',
  'ways.provider': 'Cu {name}',
  'ways.device':
    'Pe un dispozitiv pe care ești în cont, deschide setările, apoi Dispozitive: acolo este un link pentru acesta.',
  'ways.back': 'Înapoi',
  'ways.deviceTitle': 'Continuă aici',
  'ways.deviceLead':
    'Acest link te face să intri pe acest dispozitiv ca persoana care l-a creat. Folosește doar un link al tău.',
  'ways.providerLead': 'Furnizorul a confirmat cine ești.',
  'ways.deviceGo': 'Continuă',

  'passkeys.none':
    'Păstrează acest nume pentru totdeauna: cu o cheie de acces rămâne al tău și intri cu ea pe celelalte dispozitive.',
  'passkeys.lead': 'Numele rămâne al tău. Cu o cheie de acces intri pe celelalte dispozitive.',
  'passkeys.add': 'Păstrează acest nume cu o cheie de acces',
  'passkeys.another': 'Adaugă încă o cheie de acces',
  'passkeys.added': 'Cheia de acces este adăugată. Numele este al tău pentru totdeauna.',
  'passkeys.used': 'Adăugată: {when} · folosită: {used}',
  'passkeys.unused': 'Adăugată: {when} · încă nefolosită',
  'passkeys.unnamed': 'Cheie de acces',
  'passkeys.name': 'Numele cheii de acces',
  'passkeys.rename': 'Redenumește',
  'passkeys.renameOf': 'Redenumește: {name}',
  'passkeys.remove': 'Șterge',
  'passkeys.removeOf': 'Șterge: {name}',
  'passkeys.removed': 'Cheia de acces este ștearsă.',
  'passkeys.removeTitle': 'Ștergi această cheie de acces?',
  'passkeys.removeLead':
    'Nimeni nu mai poate intra cu ea. Poate rămâne în lista dispozitivului tău, de unde o poți șterge.',
  'passkeys.lastLead': 'Este ultima: fără ea numele este al tău doar până ieși din cont sau lipsești 30 de zile.',
  'passkeys.connect': 'Intră și cu {name}',

  'deviceLink.open': 'Continuă pe alt dispozitiv',
  'deviceLink.lead':
    'Scanează codul cu celălalt dispozitiv sau deschide linkul acolo. Merge o singură dată. Nu-l arăta nimănui.',
  'deviceLink.code': 'Codul QR al linkului',
  'deviceLink.link': 'Link',
  'deviceLink.copy': 'Copiază',
  'deviceLink.left': { one: 'A rămas {n} secundă', few: 'Au rămas {n} secunde', other: 'Au rămas {n} de secunde' },
  'deviceLink.over': 'Linkul a expirat.',
  'deviceLink.again': 'Creează alt link',
  'deviceLink.joined': '{device} a intrat ({region}).',
  'deviceLink.end': 'Nu am fost eu: încheie sesiunea',

  'data.lead': 'Tot ce ai scris aici, din toate camerele, într-un fișier JSON.',
  'data.download': 'Descarcă ce am scris',
  'data.working': 'Poate dura puțin…',
  'data.leaveLead':
    'Numele, cheile de acces și dispozitivele tale sunt șterse. Nu se poate anula, iar numele îl poate lua oricine.',
  'data.leave': 'Pleacă definitiv',
  'data.leaveTitle': 'Pleci definitiv din acest chat?',
  'data.leaveWarning': 'Descarcă mai întâi ce vrei să păstrezi. Ieși din cont pe toate dispozitivele.',
  'data.messages': 'Mesajele tale',
  'data.keep': 'rămân, de la „cineva care a plecat”',
  'data.erase': 'sunt șterse',

  'failure.cancelled': 'Nu s-a schimbat nimic: browserul a întrerupt.',
  'failure.expired': 'A durat prea mult sau a fost deja folosit. Ia-o de la început.',
  'failure.passkey-here': 'Acest dispozitiv are deja o cheie de acces a ta.',
  'failure.passkey-unknown': 'Acest chat nu mai cunoaște acea cheie de acces.',
  'failure.passkey-refused': 'Cheia de acces nu a putut fi verificată. Încearcă din nou.',
  'failure.passkeys-full': 'Ai prea multe chei de acces. Șterge mai întâi una.',
  'failure.last-passkey': 'Este ultima ta cheie de acces.',
  'failure.no-passkeys-here': 'Cheile de acces nu merg în acest browser sau la această adresă.',
  'failure.provider-unavailable': 'Furnizorul nu răspunde acum. Încearcă din nou sau intră altfel.',
  'failure.provider-refused': 'Furnizorul nu a confirmat cine ești.',
  'failure.subject-taken': 'Acel cont este al altcuiva în acest chat.'
}
