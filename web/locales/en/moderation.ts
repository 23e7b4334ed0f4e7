// Running the chat: what moderators and owners see in the settings.
export const texts = {
  'manage.search': 'Search for a name',
  'manage.nobody': 'Nobody is called that.',
  'manage.leaders': 'Owners and moderators',
  'manage.all': 'All people by name',
  'manage.role': 'Role',
  'manage.giveRole': 'Give this role',
  'manage.gaveRole': '{name}: {role}.',

  'invite.lead': 'Whoever opens the link of an invitation comes in as a member, until it is used up or over.',
  'invite.uses': 'People who may use it',
  'invite.lasts': 'Valid for',
  'invite.room': 'Leads to',
  'invite.to': 'Leads to {room}',
  'invite.anyRoom': 'the chat',
  'invite.create': 'Create an invitation',
  'invite.created': 'The link of the new invitation is copied.',
  'invite.createdOnly': 'The invitation is there. Copy its link below.',
  'invite.link': 'Link',
  'invite.copy': 'Copy link',
  'invite.withdraw': 'Withdraw',
  'invite.withdrawn': 'The invitation is withdrawn.',
  'invite.used': 'Used {used} of {uses} times · ends {when} · from {by}',
  'invite.none': 'No invitation is open.',

  'time.hours': { one: '{n} hour', other: '{n} hours' },
  'time.days': { one: '{n} day', other: '{n} days' }
} as const
