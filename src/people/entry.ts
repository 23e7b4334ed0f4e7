// Who may come in as a new person, and what they bring: an invitation, or the link for the first owner. People who are here stay.
import { ChatError } from '../errors.ts'
import type { Invitations } from './invitations.ts'
import type { SharedTable } from './shared-table.ts'
import type { OwnerLink } from './owner-link.ts'

export interface Ticket {
  /** The code of an invitation. */
  invitation?: string | undefined
  /** The secret of the owner link. */
  owner?: string | undefined
}

export interface Entry {
  /** Why nobody becomes a new person with this: invitation-over or invite-only; null when somebody does. Never rejects. */
  refusal(ticket: Ticket): Promise<ChatError | null>
  /**
   * Takes effect for the person; they may repeat it.
   * @returns the room that it leads to @throws ChatError invitation-over; StoreUnavailable
   */
  use(ticket: Ticket, person: { id: string; name: string }): Promise<string | null>
}

export function createEntry(options: {
  access: 'open' | 'invite'
  invitations: Invitations
  ownerLink: OwnerLink
  table: Pick<SharedTable, 'refresh'>
}): Entry {
  const { access, invitations, ownerLink, table } = options
  return {
    async refusal({ invitation, owner }) {
      // What another instance has made a moment ago is good.
      if (invitation !== undefined || owner !== undefined) await table.refresh()
      if (owner !== undefined && !ownerLink.isGood(owner)) return new ChatError('invitation-over')
      const found = invitation === undefined ? null : invitations.find(invitation)
      if (invitation !== undefined && !found) return new ChatError('invitation-over')
      const isOpen = access === 'open' || owner !== undefined || (found !== null && !found.roomOnly)
      return isOpen ? null : new ChatError('invite-only')
    },
    async use({ invitation, owner }, person) {
      if (owner !== undefined) await ownerLink.use(owner, person)
      return invitation === undefined ? null : invitations.use(invitation, person.id)
    }
  }
}
