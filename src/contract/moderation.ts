// Moderation: mutes, bans, reports, and the log of who did what. None of it contains the text of a message: it names the room and the
// seq, and the text is read from the room as long as it is there.
import * as v from 'valibot'
import { id, roomId } from './grammar.ts'

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

const reason = v.pipe(v.string(), v.maxLength(2 * REASON_MAX_CODE_POINTS))
const lastsMs = v.pipe(v.number(), v.integer(), v.minValue(RESTRICTION_MIN_MS), v.maxValue(RESTRICTION_MAX_MS))

/**
 * Bodies of HTTP requests. Those of events have the person, message or report besides. `reason` is one line, which the person reads.
 * `id`, an id of the client's choice, makes a repeat harmless.
 */
export const moderationBodies = {
  mute: v.object({ id: v.optional(id), lastsMs, reason }),
  /**
   * Without `lastsMs` for good. `address`: nobody new and no guest comes in from the person's address either, for a week at most.
   * `erase`: removes what the person wrote in open rooms in the last 24 hours. A repeat goes on erasing.
   */
  ban: v.object({
    id: v.optional(id),
    lastsMs: v.optional(lastsMs),
    reason,
    address: v.optional(v.boolean()),
    erase: v.optional(v.boolean())
  }),
  report: v.object({ reason }),
  /** What was done about it, for the audit log. */
  resolution: v.object({ reason: v.optional(reason) })
} as const

const place = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))

export const moderationEvents = {
  'person:mute': v.object({ person: id, ...moderationBodies.mute.entries }),
  'person:unmute': v.object({ person: id }),
  'person:ban': v.object({ person: id, ...moderationBodies.ban.entries }),
  'person:unban': v.object({ person: id }),
  /** Those who are muted or banned. */
  'restriction:list': v.object({}),
  /** For every person: tells the moderators about a message, once per person and message. */
  'message:report': v.object({ room: roomId, message: id, ...moderationBodies.report.entries }),
  /** `before`: the `next` of the page before. */
  'report:list': v.object({ before: place }),
  'report:resolve': v.object({ report: id, ...moderationBodies.resolution.entries }),
  'audit:list': v.object({ before: place })
} as const

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

export const auditActions = ['mute', 'unmute', 'ban', 'unban', 'remove', 'change-room', 'give-role', 'resolve'] as const

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

export interface ModerationAnswers {
  'person:mute': null
  'person:unmute': null
  'person:ban': { erased: number }
  'person:unban': null
  'restriction:list': { people: RestrictedPerson[] }
  'message:report': null
  /** The newest first. */
  'report:list': { reports: Report[]; next?: number }
  'report:resolve': null
  /** The newest first. */
  'audit:list': { entries: AuditEntry[]; next?: number }
}
