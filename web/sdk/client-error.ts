// The one error of the published client.
import type { RoomEvent } from '../../src/contract/messages.ts'
import type { Reason } from '../../src/contract/reasons.ts'

/**
 * Why something failed. The server's reasons (`Reason`), and the client's own:
 * - `closed`: the client was closed. A message that waited stays stored and is sent when its store is opened again.
 * - `handler`: a handler threw (`cause`); it is tried again.
 * - `missed`: events were missed, and nobody listens with `onReset`.
 * - `unsure`: a message (`unsent`) was tried so long ago that it may have been posted already; it is not sent again.
 * - `store`: the store failed (`cause`); it is tried again.
 * - `in-use`: another program uses the store.
 * - `newer`: the store was written by a newer version of this client; it was left alone.
 */
export type ClientReason = Reason | 'closed' | 'handler' | 'missed' | 'unsure' | 'store' | 'in-use' | 'newer'

/** A message that will not be sent. */
export interface Unsent {
  id: string
  room: string
  text: string
  /** The id of the message it answers. */
  replyTo?: string
}

interface About {
  cause?: unknown
  room?: string
  event?: RoomEvent
  unsent?: Unsent
  why?: string | undefined
}

export class ClientError extends Error {
  override name = 'ClientError'
  readonly reason: ClientReason
  readonly room?: string
  readonly event?: RoomEvent
  readonly unsent?: Unsent
  /** With `muted` and `banned`: the reason that a moderator gave. */
  readonly why?: string

  constructor(reason: ClientReason, message: string, about: About = {}) {
    super(message, 'cause' in about ? { cause: about.cause } : undefined)
    this.reason = reason
    if (about.room !== undefined) this.room = about.room
    if (about.event) this.event = about.event
    if (about.unsent) this.unsent = about.unsent
    if (about.why) this.why = about.why
  }
}

/** What to do about a refusal, where its reason does not say it. */
const REMEDIES: Partial<Record<Reason, string>> = {
  'name-taken':
    'somebody has this name or one that looks like it, perhaps another copy of this program. Choose another name; a program that ends and starts again keeps its name with a store',
  'name-reserved': 'words like moderator are for those who have the role',
  'invite-only': 'bring the code of an invitation, as `invitation`',
  'invitation-over': 'the invitation is used up, expired or withdrawn; ask for another one',
  'too-fast': 'the server’s rate limit slows this program down; everything is sent, only later'
}

/** What the server refused. */
export const refused = (reason: Reason, about: About = {}) =>
  new ClientError(reason, `refused: ${reason}${REMEDIES[reason] ? ` (${REMEDIES[reason]})` : ''}`, about)
