// The settings.
export const texts = {
  'settings.sections': 'Sections',
  'settings.back': 'All settings',
  'settings.loading': 'Loading…',
  'settings.more': 'Show more',

  'profile.title': 'Profile',
  'profile.rename': 'Change name',
  'profile.renamed': 'You are now {name}.',

  'passkeys.title': 'Keep this name',

  'data.title': 'Your data',

  'devices.title': 'Devices',
  'devices.lead': 'Where you are signed in. Whoever uses a device that you end must sign in again.',
  'devices.unknown': 'Unknown device',
  'devices.current': 'this device',
  'devices.used': 'Last used {when} · {region}',
  'devices.end': 'End',
  'devices.endOf': 'End {device}, last used {when}',
  'devices.ended': '{device} is signed out.',
  'devices.link': 'Continue on another device',
  'devices.endOthers': 'End all others',
  'devices.endedOthers': { one: '{n} other device is signed out.', other: '{n} other devices are signed out.' },

  'signOut.unsent': 'You have unsent text',
  'signOut.unsentLead':
    'It can stay on this device, until somebody comes in here as {name} again. Anyone who uses this device could read it.',
  'signOut.keep': 'Keep it on this device',
  'signOut.go': 'Sign out',

  'alerts.title': 'Notifications',
  'alerts.lead':
    'While you are away or idle, your devices can show who mentions you, and what is new in rooms that you choose.',
  'alerts.start': 'Notify me on this device',
  'alerts.refused': 'The browser does not allow notifications from this page. You can change that in its settings.',
  'alerts.impossible': 'This browser cannot show notifications while the page is closed.',
  'alerts.since': 'since {when}',
  'alerts.test': 'Send a test',
  'alerts.tested': 'The test is on its way.',
  'alerts.notTested': 'The push service did not take the test.',
  'alerts.stop': 'Stop',
  'alerts.hideText': 'Show who wrote, without the text',
  'alerts.quiet': 'Do not disturb',
  'alerts.quietUntil': 'Do not disturb until {time}',
  'alerts.quietNow': 'On',
  'alerts.quietOff': 'Off',
  'alerts.hours': { one: 'For {n} hour', other: 'For {n} hours' },
  'alerts.rooms': 'Rooms',
  'alerts.default': 'As usual ({level})',
  'alerts.all': 'every message',
  'alerts.mentions': 'mentions',
  'alerts.nothing': 'nothing',

  'moderation.title': 'Running the chat',
  'moderation.reports': 'Reports',
  'moderation.audit': 'Audit log',
  'moderation.people': 'People',
  'moderation.rooms': 'Rooms',
  'moderation.invitations': 'Invitations',

  'role.visitor': 'visitor',
  'role.member': 'member',
  'role.moderator': 'moderator',
  'role.owner': 'owner'
} as const
