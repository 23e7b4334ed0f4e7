// How far a person has read each room.
import type { Message } from './messages.ts'

/** A person has read a room up to `seq`. */
export interface ReadPosition {
  room: string
  epoch: string
  seq: number
  /** How often the person has moved the position back, to read something again. */
  back: number
}

/**
 * A person's position in a room whose log ends at `head`, and the messages of others after it that are not removed. In a room that the
 * person has not opened it has no epoch, and counts mentions only.
 */
export interface UnreadRoom extends ReadPosition {
  head: number
  unread: number
  /** How many of them mention the person. */
  mentions: number
}

/** A message that mentions a person. */
export interface MentionFound {
  room: string
  message: Message
}

/** Messages that were sent in a room, for those who do not have it open. Lists may be missing, so the next one may leave a gap. */
export interface RoomNews {
  room: string
  epoch: string
  /** `mentions`: the ids of those who are mentioned, when there are any. */
  sent: { seq: number; by: string | null; mentions?: string[] }[]
  /** Messages were removed: counts may be lower. */
  removed: boolean
}

/** Whether a position takes the place of another one in the same room. One of another epoch does. */
export const isNewerPosition = (one: ReadPosition, other: ReadPosition): boolean =>
  one.epoch !== other.epoch || (one.back === other.back ? one.seq > other.seq : one.back > other.back)
