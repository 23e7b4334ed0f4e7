// Schemas of the fields that events and request bodies share.
import * as v from 'valibot'
import { ID, ROOM_ID } from './ids.ts'
import { INVITATION_LASTS_MAX_MS, INVITATION_LASTS_MIN_MS, INVITATION_USES_MAX } from './invitations.ts'
import { POSITIONS_MAX, SLOW_MODE_MAX_SECONDS, TEXT_MAX_BYTES } from './limits.ts'

export const id = v.pipe(v.string(), v.regex(ID))
export const roomId = v.pipe(v.string(), v.regex(ROOM_ID))
export const epoch = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const readPositions = v.pipe(
  v.array(v.object({ room: roomId, epoch, seq, back: seq })),
  v.minLength(1),
  v.maxLength(POSITIONS_MAX)
)
// Generous: chat/rules.ts has the exact rules.
export const text = v.pipe(v.string(), v.maxLength(TEXT_MAX_BYTES))
export const roomTitle = v.pipe(v.string(), v.maxLength(400))

const whole = v.pipe(v.number(), v.integer())
export const invitationTerms = {
  /** How many people may use it. */
  uses: v.pipe(whole, v.minValue(1), v.maxValue(INVITATION_USES_MAX)),
  lastsMs: v.pipe(whole, v.minValue(INVITATION_LASTS_MIN_MS), v.maxValue(INVITATION_LASTS_MAX_MS)),
  /** The room that it leads to. */
  room: v.optional(roomId)
}

/** The fields of a `RoomChange`. */
export const roomChange = {
  title: v.optional(roomTitle),
  topic: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  slowSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SLOW_MODE_MAX_SECONDS))),
  readOnly: v.optional(v.boolean()),
  archived: v.optional(v.boolean()),
  history: v.optional(v.boolean())
}

/** What somebody comes in with: the code of an invitation, and the secret of the owner link. */
export const ticket = {
  invitation: v.optional(v.pipe(v.string(), v.maxLength(64))),
  owner: v.optional(v.pipe(v.string(), v.maxLength(64)))
}
