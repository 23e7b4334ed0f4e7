// Events and request bodies of moderation.
import * as v from 'valibot'
import { id, roomId } from './grammar.ts'
import {
  REASON_MAX_CODE_POINTS,
  RESTRICTION_MAX_MS,
  RESTRICTION_MIN_MS,
  type AuditEntry,
  type Report,
  type RestrictedPerson
} from './moderation.ts'

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
   * `erase`: removes what the person wrote in the last 24 hours in open rooms and the private ones they are in. A repeat goes on erasing.
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
  /** For every person: brings a message to the moderators, once per person and message. */
  'message:report': v.object({ room: roomId, message: id, ...moderationBodies.report.entries }),
  /** `before`: the `next` of the page before. */
  'report:list': v.object({ before: place }),
  'report:resolve': v.object({ report: id, ...moderationBodies.resolution.entries }),
  'audit:list': v.object({ before: place })
} as const

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
