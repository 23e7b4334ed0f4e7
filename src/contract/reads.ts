// How far a person has read each room.

/**
 * A person has read a room up to `seq`. Of two positions in one epoch the one with the higher `back` is newer, and with the same `back`
 * the one with the higher `seq`.
 */
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
