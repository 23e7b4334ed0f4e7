// The emoji picker.
export const texts = {
  'emoji.search': 'Search emoji',
  'emoji.tone': 'Skin tone',
  'emoji.group': 'Go to',
  'emoji.recent': 'Recently used',
  'emoji.found': 'Found',
  'emoji.none': 'No emoji found',
  'emoji.smileys': 'Smileys',
  'emoji.people': 'People',
  'emoji.animals': 'Animals and nature',
  'emoji.food': 'Food and drink',
  'emoji.travel': 'Places and travel',
  'emoji.activities': 'Activities',
  'emoji.objects': 'Objects',
  'emoji.symbols': 'Symbols',
  'emoji.flags': 'Flags'
} as const
