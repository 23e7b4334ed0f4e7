// Invitations: how people come into a chat that lets nobody else in, and how they become members of any.

/** Uses of one invitation, and its life, at most. */
export const INVITATION_USES_MAX = 1_000
export const INVITATION_LASTS_MAX_MS = 365 * 86_400_000
/** Shorter ones would be over before they are read. */
export const INVITATION_LASTS_MIN_MS = 60_000
/** Invitations that are not over, in a chat. */
export const INVITATIONS_MAX = 1_000

/** Of one private room, made by its owner: those that are not over, and uses of one. */
export const ROOM_INVITATIONS_MAX = 20
export const ROOM_INVITATION_USES_MAX = 100

/** Of the answers to GET and DELETE /api/session: `open`, or `invite` when new people need an invitation. */
export const ACCESS_HEADER = 'taifas-access'
/** Of the same answer: what people call the OpenID provider, percent-encoded; absent without one. */
export const OIDC_HEADER = 'taifas-oidc'

export interface InvitationTerms {
  /** How many people may use it. */
  uses: number
  lastsMs: number
  /** The id of the room that it leads to. */
  room?: string | undefined
}

export interface Invitation {
  id: string
  /**
   * Anyone who knows it may come in: `#invitation=` and the code after the address of the chat is the link. Empty for those who may
   * withdraw it only, because it leads into a private room of others.
   */
  code: string
  by: { id: string; name: string }
  /** The id of the room that it leads to. */
  room?: string
  /** Made by the owner of that private room, who invites nobody into the chat: it makes people who may be here members of the room. */
  roomOnly?: true
  /** How many people may use it, and how many have. */
  uses: number
  used: number
  /** Milliseconds since 1970. */
  at: number
  expiresAt: number
}

/** What somebody who was invited sees before signing in. */
export interface InvitationPreview {
  /** The name of who invites. */
  by: string
  room: { id: string; title: string } | null
  expiresAt: number
}
