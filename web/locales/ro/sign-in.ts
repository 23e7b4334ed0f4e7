import type { Like } from '../../state/i18n.ts'
import type { texts as en } from '../en/sign-in.ts'

export const texts: Like<typeof en> = {
  'signIn.title': 'Intră și stai cu noi la taifas',
  'signIn.lead': 'Alege un nume și începe să vorbești. Fără cont, fără parolă.',
  'signIn.inviteOnly':
    'Cine vine prima dată are nevoie de o invitație: deschide linkul ei. Dacă ai mai fost aici, folosește același nume în același browser.',
  'signIn.name': 'Numele tău',
  'signIn.provider': 'Continuă cu {name}',
  'signIn.ways': 'Am mai fost aici',
  'signIn.ifMine': 'Dacă ești tu, alege „Am mai fost aici”.',
  'signIn.enter': 'Intră',
  'signIn.entering': 'O clipă…',
  'signIn.back': 'Bine ai revenit',
  'signIn.backLead': 'Acest browser a mai fost aici.',
  'signIn.continue': 'Continuă ca {name}',
  'signIn.other': 'Altcineva',
  'signIn.honest':
    'Numele este al tău până când ieși din cont sau lipsești 30 de zile. Ce scrii se păstrează pe acest server și poate fi citit de toți cei din cameră.',
  'signIn.ended': 'Sesiunea ta s-a încheiat. Intră din nou ca să continui.',

  'name.suggestion': 'Folosește „{name}”',

  'link.reload': 'Reîncarcă pagina',

  'theme.title': 'Aspect',
  'theme.auto': 'Automat',
  'theme.light': 'Luminos',
  'theme.dark': 'Întunecat',

  'language.title': 'Limbă',

  'common.cancel': 'Anulează',
  'common.save': 'Salvează',
  'common.notLoaded': 'Nu s-a putut încărca. Încearcă din nou.',
  'common.close': 'Închide',
  'common.pageUnread': '({n}) {title}',

  'reason.bad-request': 'serverul nu a înțeles, reîncarcă pagina',
  'reason.not-allowed': 'nu poți face asta',
  'reason.name-taken': 'cineva are deja acest nume sau unul foarte asemănător',
  'reason.name-bad': 'acest nume e prea lung sau are caractere nepermise; alege altul',
  'reason.invite-only': 'acest chat este pentru cei invitați; cere unui moderator o invitație',
  'reason.invitation-over': 'acest link a fost folosit, a expirat sau a fost retras; cere altul',
  'reason.name-reserved': 'un cuvânt din acest nume arată un rol, de exemplu moderator; alege alt nume',
  'reason.banned': 'nu ai acces la acest chat',
  'reason.too-fast': 'prea repede, așteaptă o clipă',
  'reason.store-full': 'chatul este plin, iar tu ai multe mesaje; șterge din cele vechi sau așteaptă',
  'reason.unavailable': 'serverul nu răspunde acum, încearcă din nou',
  'reason.fault': 'ceva nu a mers pe server, încearcă din nou'
}
