// The chooser and the list of keys.
export const texts = {
  'chooser.title': 'Go to a room or a person',
  'chooser.nothing': 'No room or person has that name.',
  'chooser.here': 'in {room}',

  'keyboard.title': 'Keyboard shortcuts',
  'keyboard.nextRoom': 'Next or previous room',
  'keyboard.nextUnread': 'Next or previous room with new messages',
  'keyboard.scroll': 'Scroll the messages',
  'keyboard.walk': 'Move from message to message',
  'keyboard.write': 'Write: just type',
  'keyboard.edit': 'Edit your last message (in an empty box)',
  'keyboard.newest': 'Go to the newest message and mark the room as read',
  'keyboard.allRead': 'Mark everything as read',
  'keyboard.line': 'New line',
  'keyboard.format': 'Bold, italic, code, link',
  'keyboard.help': 'This list'
} as const
