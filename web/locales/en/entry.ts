// What somebody reads who opens the link of an invitation, or that of the first owner.
export const texts = {
  'entry.title': 'You are invited',
  'entry.lead': '{by} invites you to this chat.',
  'entry.leadRoom': '{by} invites you to the room “{room}” of this chat.',
  'entry.overTitle': 'This link no longer works',
  'entry.ownerTitle': 'This chat needs an owner',
  'entry.ownerLead':
    'The first person to use this link owns the chat: owners choose the moderators and invite people. The link works once.',
  'entry.asMember': 'You will be a member here. Anyone who knows this link can come in, as long as it lasts.',
  'entry.again': 'Try again',
  'entry.without': 'Go on without the link'
} as const
