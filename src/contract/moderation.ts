// Moderation: mutes, bans, reports, and the log of who did what. None of it contains the text of a message: it names the room and the
// seq, and the text is read from the room as long as it is there.

export const REASON_MAX_CODE_POINTS = 300
/** A mute or a ban that ends lasts at least and at most so long. */
export const RESTRICTION_MIN_MS = 60_000
export const RESTRICTION_MAX_MS = 365 * 86_400_000
/** Reports that are not resolved, in all and of one person. */
export const REPORTS_MAX = 1_000
export const REPORTS_PER_PERSON = 20
/** Entries that the audit log keeps: the newest. */
export const AUDIT_MAX = 2_000
/** Reports or entries in one answer. */
export const MODERATION_PAGE = 50

/** What a mute needs, and a ban; see the events. */
export interface MuteTerms {
  lastsMs: number
  reason: string
}
export interface BanTerms {
  /** For good when left out. */
  lastsMs?: number
  reason: string
  address?: boolean
  erase?: boolean
}

/** Milliseconds since 1970; `FOR_GOOD` when it has no end. Absent: not muted, or not banned. */
export interface Restriction {
  mutedUntil?: number
  bannedUntil?: number
  /** What the person reads about it. */
  reason?: string
}
export const FOR_GOOD = 8_640_000_000_000_000

export interface RestrictedPerson extends Restriction {
  id: string
  key: string
  /** Empty when the name is not known any more. */
  name: string
}

export interface Report {
  id: string
  room: string
  message: string
  seq: number
  /** Who wrote the message; `id` is null for a guest. */
  author: { id: string | null; name: string }
  /** Who reports it. */
  by: { id: string; name: string }
  /** Milliseconds since 1970. */
  at: number
  reason: string
}

export const auditActions = [
  'mute',
  'unmute',
  'ban',
  'unban',
  'remove',
  'pin',
  'unpin',
  'change-room',
  'give-role',
  'resolve',
  'invite',
  'withdraw'
] as const

export interface AuditEntry {
  /** 1, 2, 3 …: the order of the entries. */
  n: number
  /** Milliseconds since 1970. */
  at: number
  by: { id: string; name: string }
  what: (typeof auditActions)[number]
  /** Whom it concerns: the person, or the author of the message; `id` is null for a guest. */
  whom?: { id: string | null; name: string }
  room?: string
  /** Of the message. */
  seq?: number
  until?: number
  /** A given reason, or what was changed. */
  reason?: string
}
