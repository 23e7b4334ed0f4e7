// Why a verb is refused, and the two kinds of reply.

/** A closed list: every protocol translates each reason. */
export const reasons = [
  'bad-request', // the payload has the wrong shape
  'sign-in', // a session is needed
  'not-allowed',
  'not-joined', // this connection has not opened the room
  'last-owner', // nobody would own the chat
  'invite-only', // nobody comes in without an invitation
  'invitation-over', // an invitation that is unknown, used up, expired or withdrawn
  'no-person',
  'too-many', // of what the request would make
  'no-room',
  'no-message',
  'id-taken', // another author has used this id
  'name-taken',
  'name-bad',
  'name-reserved', // the name contains a role that the person does not have
  'text-empty',
  'text-too-long',
  'room-exists',
  'rooms-full',
  'members-full',
  'already-member',
  'blocked', // a person does not want messages from the caller
  'reactions-full',
  'read-only', // only those who moderate the room write in it
  'room-closed', // nobody writes in the room any more
  'muted', // may not write until `retryAfterMs` is over; for good without it
  'banned', // may not come in until `retryAfterMs` is over; for good without it
  'slow-mode', // the room's slow mode: try again after `retryAfterMs`
  'too-fast', // try again after `retryAfterMs`
  'store-full', // the store is nearly full, and the author holds more than a fair share of it
  'too-old', // the server no longer accepts this client's version
  'unavailable', // the store did not answer: not confirmed, may be sent again with the same id
  'fault' // a bug of the server, which has logged it
] as const
export type Reason = (typeof reasons)[number]

/**
 * What a refusal says to clients that may not know its reason: in `reason` the nearest one that they know, and the exact one in
 * `detail`.
 */
export const olderReasons: Partial<Record<Reason, Reason>> = {
  'name-reserved': 'name-bad',
  'last-owner': 'not-allowed',
  'read-only': 'not-allowed',
  'room-closed': 'not-allowed',
  'slow-mode': 'too-fast',
  muted: 'not-allowed',
  banned: 'sign-in'
}

/** The exact reason of a refusal, if this client knows it. */
export const exactReason = ({ reason, detail }: { reason: Reason; detail?: Reason }): Reason =>
  reasons.find((known) => known === detail) ?? reason

export interface Refusal {
  ok: false
  reason: Reason
  /** See `olderReasons`. */
  detail?: Reason
  retryAfterMs?: number
  /** With `name-taken`: a name that was free a moment ago. */
  suggestion?: string
  /** With `muted` and `banned`: the reason that a moderator gave. */
  why?: string
}
export type Reply<T> = { ok: true; value: T } | Refusal
