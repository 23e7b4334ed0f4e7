// How far each person has read each room. A position only moves forward, unless the person moves it back (`ReadPosition`), so writing is
// idempotent and its order does not matter.
import type { ReadPosition, UnreadRoom } from '../contract.ts'

export interface Reading {
  person: string
  positions: ReadPosition[]
}

/** Mentions that a list has at most. */
export const MENTIONS_LISTED_MAX = 30

export interface MentionPlace {
  room: string
  message: string
}

export interface ReadsStore {
  /**
   * Stores each position that is newer than the stored one. A position after the end of the room's log counts as its end; one of an
   * epoch that the log does not have, or of a room that does not exist, is ignored.
   * @throws StoreUnavailable; then the same may be repeated
   */
  move(readings: readonly Reading[]): Promise<void>
  /**
   * The rooms in which the person has a position in the present epoch, or is mentioned, in no order. Mentions by those whom the person
   * has blocked are none.
   * @throws StoreUnavailable
   */
  unread(person: string): Promise<UnreadRoom[]>
  /** The seq up to which the person has read the room in its present epoch; null without a position. @throws StoreUnavailable */
  upTo(person: string, room: string): Promise<number | null>
  /** Where the person or the whole room is mentioned, in the same sense, the newest first; at most MENTIONS_LISTED_MAX. @throws StoreUnavailable */
  mentions(person: string): Promise<MentionPlace[]>
  /** Forgets all positions of a person. @throws StoreUnavailable */
  remove(person: string): Promise<void>
}
