// What a link brings its reader: an invitation, or the right to own the chat. It is after the # of the address, which no server logs.

export interface EntryLink {
  kind: 'invitation' | 'owner'
  code: string
}

const LINK = /^#(invitation|owner)=([\w-]{16,64})$/

export function entryLinkIn(hash: string): EntryLink | null {
  const [, kind, code = ''] = LINK.exec(hash) ?? []
  return kind === 'invitation' || kind === 'owner' ? { kind, code } : null
}
