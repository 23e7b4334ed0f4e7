// The page for an address that has nothing, which the build writes.
export const texts = {
  'notFound.title': 'Page not found',
  'notFound.sentence': 'There is nothing at this address.',
  'notFound.home': 'To the chat'
} as const
