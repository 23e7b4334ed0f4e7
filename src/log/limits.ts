// What one author, one room and one day may store. Both stores share these numbers, and same-in-both-stores.redis.test.ts compares
// them.
import type { Author, Message } from '../contract.ts'

/** Default bytes of one room. */
export const ROOM_BYTES_MAX = 16_000_000
/** Default bytes of the embedded store. */
export const STORE_BYTES_MAX = 2_000_000_000

/** What a stored message costs beside its text: ids, envelope, indexes. An estimate, the same in every store. */
export const MESSAGE_OVERHEAD_BYTES = 256
/** What one reaction of one person adds to its message. */
export const REACTION_BYTES = 32

/** An author who holds more than this part of a room's limit pays for new messages with their own oldest ones. */
export const AUTHOR_SHARE = 1 / 4

/** Once in so many events of a room its counts are checked: the author's share, and in Redis so many entries beside the log. */
export const COMPARE_EVERY = 64

/** Messages that one append trims at most: one is enough to keep the size, more to catch up. */
export const TRIM_SLICE = 64
/** The same for a room over its limit of bytes: a long message takes the place of many short ones. */
export const TRIM_SLICE_BYTES = 64

/** Messages that a large room may hold beyond its limit, so that several are trimmed at once: that costs less. */
const COUNT_SLACK = TRIM_SLICE - 1
const COUNT_SLACK_FROM = 1_000
export const countSlack = (historyLimit: number) => (historyLimit < COUNT_SLACK_FROM ? 0 : COUNT_SLACK)
/** For the same reason a room that exceeds its bytes is trimmed to a little less than its limit. */
export const bytesAfterTrim = (roomBytesMax: number) => Math.floor(roomBytesMax * 0.999)

/** An idempotency record lasts at least this long, unless RECORDS_PER_HISTORY newer ones follow. */
export const RECORDS_KEPT_MS = 7 * 24 * 60 * 60 * 1000
/** While the store is nearly full, an idempotency record lasts this long. */
export const RECORDS_KEPT_FULL_MS = 60 * 60 * 1000
/** Messages that one step trims at most to free memory, and old records that it drops: about 10 ms. */
export const RELIEF_SLICE = 200
/** Idempotency records of a room, as a multiple of the messages that it may hold. */
export const RECORDS_PER_HISTORY = 2
export const RECORDS_MIN = 10_000
/** Idempotency records that a room keeps at most. */
export const recordsMax = (historyLimit: number) => Math.max(RECORDS_MIN, historyLimit * RECORDS_PER_HISTORY)

/** Edits and reactions of one person in a day (UTC), over all rooms. All guests together count as one person. */
export const CHANGES_PER_DAY = 2_000
/** Removals of one person in a day: more, because a person may take back what they wrote, and a moderator what others did. */
export const REMOVALS_PER_DAY = 10_000
export const DAY_MS = 24 * 60 * 60 * 1000

/** While the store is nearly full, an author may hold a fair share of it: as if there were at least this many authors. */
export const AUTHORS_MIN = 8

/** Rooms of one creator that exist at the same time. */
export const ROOMS_PER_PERSON = 20

/** All guests together are one author: a guest's name is a claim. */
export const authorKey = ({ id }: Author): string => id ?? ''

/** The bytes that a message counts for. A tombstone counts as well, without text. */
export function storedBytes({
  text,
  by,
  reactions
}: Pick<Message, 'text' | 'by'> & Pick<Message, 'reactions'>): number {
  const people = Object.values(reactions ?? {}).reduce((sum, some) => sum + some.length, 0)
  return MESSAGE_OVERHEAD_BYTES + Buffer.byteLength(text) + Buffer.byteLength(by.name) + REACTION_BYTES * people
}
