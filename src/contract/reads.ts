// How far a person has read each room.

/** A person has read a room up to `seq`. */
export interface ReadPosition {
  room: string
  epoch: string
  seq: number
  /** How often the person has moved the position back, to read something again. */
  back: number
}

/** A person's position in a room whose log ends at `head`, and the messages of others after it that are not removed. */
export interface UnreadRoom extends ReadPosition {
  head: number
  unread: number
}

/** Messages that were sent in a room, for those who do not have it open. Lists may be missing, so the next one may leave a gap. */
export interface RoomNews {
  room: string
  epoch: string
  sent: { seq: number; by: string | null }[]
  /** Messages were removed: counts may be lower. */
  removed: boolean
}

/** Whether a position takes the place of another one in the same room. One of another epoch does. */
export const isNewerPosition = (one: ReadPosition, other: ReadPosition): boolean =>
  one.epoch !== other.epoch || (one.back === other.back ? one.seq > other.seq : one.back > other.back)
