// The list of mentions.
export const texts = {
  'mentions.title': 'Mentions of you',
  'mentions.loading': 'Loading…',
  'mentions.none': 'Nobody has mentioned you yet.',
  'mentions.failed': 'The mentions cannot be read now. Please try again in a moment.'
} as const
