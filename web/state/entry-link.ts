// What a link brings its reader: an invitation, the right to own the chat, a session of another device, or why a sign-in failed. It is
// after the # of the address, which no server logs.

export interface EntryLink {
  kind: 'invitation' | 'owner' | 'device' | 'provider' | 'failed' | 'ways'
  code: string
}

const LINK = /^#(invitation|owner|device|provider|failed)=([\w-]{4,64})$/

export function entryLinkIn(hash: string): EntryLink | null {
  const [, kind, code = ''] = LINK.exec(hash) ?? []
  return kind === undefined ? null : { kind: kind as EntryLink['kind'], code }
}
