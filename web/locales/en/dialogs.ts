// Dialogs about a message, and what moderation means for a person: why they can't come in or write.
export const texts = {
  'message.removeTitle': 'Remove this message?',
  'message.removeLead': 'Its text will be gone for everyone, for good.',

  'signIn.bannedTitle': 'You cannot come in',
  'signIn.banned': 'A moderator has banned you from this chat.',
  'signIn.bannedFor': 'A moderator has banned you from this chat until {when}.',

  'writing.muted': 'A moderator has muted you. You can read, and what you type stays here.',
  'writing.mutedUntil': 'A moderator has muted you until {when}. You can read, and what you type stays here.',
  'writing.why': 'Reason: {why}',
  'writing.room-closed': 'This room is closed. You can read it, and nobody writes in it.',
  'writing.read-only': 'Only those who moderate this room write in it. You can read and react.',
  'writing.slow-mode': 'This room is in slow mode. What you type stays here until you can send it.',
  'writing.wait': 'Next message: {time}',

  'left.lead': 'You wrote this here. It was not sent.',

  'report.title': 'Report this message',
  'report.lead': 'The moderators will see the message, your name and what you write here.',
  'report.reason': 'What is wrong with it?',
  'report.done': 'Thank you. The moderators will look at it.'
} as const
