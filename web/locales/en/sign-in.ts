// What the first view says: to come in, and what every view says.
export const texts = {
  'signIn.title': 'Come in, sit down',
  'signIn.lead': 'Choose a name and start talking. No account, no password.',
  'signIn.inviteOnly':
    'New people need an invitation: open its link. If you were here before, use the same name in the same browser.',
  'signIn.name': 'Your name',
  'signIn.provider': 'Continue with {name}',
  'signIn.ways': 'I was here before',
  'signIn.ifMine': 'If it is you, choose “I was here before”.',
  'signIn.enter': 'Come in',
  'signIn.entering': 'One moment…',
  'signIn.back': 'Welcome back',
  'signIn.backLead': 'This browser was here before.',
  'signIn.continue': 'Continue as {name}',
  'signIn.other': 'Someone else',
  'signIn.honest':
    'The name is yours until you sign out, or stay away for 30 days. What you write is kept on this server, and everyone in a room can read it.',
  'signIn.ended': 'Your session has ended. Come in again to go on.',

  'name.suggestion': 'Use “{name}”',

  'link.reload': 'Reload the page',

  'theme.title': 'Appearance',
  'theme.auto': 'Automatic',
  'theme.light': 'Light',
  'theme.dark': 'Dark',

  'language.title': 'Language',

  'common.cancel': 'Cancel',
  'common.save': 'Save',
  'common.notLoaded': 'This could not be loaded. Please try again.',
  'common.close': 'Close',
  'common.pageUnread': '({n}) {title}',

  'reason.bad-request': 'the server did not understand it, please reload the page',
  'reason.not-allowed': 'you may not do that',
  'reason.name-taken': 'someone has this name, or one that looks like it',
  'reason.name-bad': 'this name is too long or has characters that are not allowed; choose another one',
  'reason.invite-only': 'new people need an invitation; ask a moderator for one',
  'reason.invitation-over': 'this link is used up, expired or withdrawn; ask for another one',
  'reason.name-reserved': 'this name contains a role, like moderator; please choose another one',
  'reason.banned': 'you are banned from this chat',
  'reason.too-fast': 'that was too fast, wait a moment',
  'reason.store-full': 'the chat is full, and you have stored a lot; remove old messages or wait',
  'reason.unavailable': 'the server is not answering right now, please try again',
  'reason.fault': 'something went wrong on the server, please try again'
} as const
