// Where messages are kept. Each room is a log of events numbered 1, 2, 3 … without holes under an epoch; `(epoch, seq)` is
// the only order. One file per maker beside this one; all pass message-log.contract.ts.
import type { Author, Cursor, Page, Room, RoomEvent, Sync } from '../contract.ts'

/** A verb on its way into the log. `id` is the idempotency key, scoped to the room. */
export type Change = {
  room: string
  id: string
  by: Author
  /** Milliseconds since 1970, for display. */
  at: number
  /** Where the caller last saw the room. If the log no longer holds that event it has lost its newest ones, and takes a new epoch. */
  known?: Cursor
} & (
  | { kind: 'sent'; text: string; replyTo?: string }
  | { kind: 'edited'; message: string; text: string }
  | { kind: 'removed'; message: string; asModerator: boolean }
  | { kind: 'reacted'; message: string; emoji: string; on: boolean }
)

/** What was kept: the event, and the cursor it follows. `repeated`: the same verb by the same author was kept before; this is its original. */
export interface Appended {
  event: RoomEvent
  before: Cursor
  repeated: boolean
}

/** A room and where its log ends. */
export interface RoomRecord {
  room: Room
  head: Cursor
}

/** Where a room's log ends. */
export type Heads = Map<string, Cursor>

export interface MessageLog {
  /**
   * Keeps a change in one atomic step: idempotency key, conditions on the target, next seq, head. Resolves once it is durable.
   * - `sent` needs the room; `replyTo` isn't checked (it points, and may point at what was trimmed).
   * - `edited`: the target must exist and not be removed (`no-message`), and be the author's own (`not-allowed`). Unowned: nobody edits.
   * - `removed`: exists, not removed (`no-message`); own, unowned, or `asModerator` (else `not-allowed`). The text is gone from every file and key.
   * - `reacted`: exists, not removed (`no-message`); `by.id` not null; bounds of contract.ts (`reactions-full`).
   * @throws ChatError with a reason as above, `no-room`, `id-taken` (the key was used by another author, or for another verb);
   *         StoreUnavailable when the store did not answer: the change may or may not have been kept, and may be repeated with the same id.
   */
  append(change: Change): Promise<Appended>

  /**
   * First load, catch-up and repair. Without a cursor, or with one this log does not hold (other epoch, other id at that seq, trimmed
   * away, beyond the head, more than CATCH_UP_MAX_EVENTS behind): `fresh`, the newest `pageSize` folded messages and the cursor they stand at, read in one atomic step.
   * The store stops reading at `maxBytes` (ANSWER_MAX_BYTES when left out): the first events, or the newest messages, that fit; at least
   * one. `more` or `older` then say that something was left out, and the cursor of `events` stands at the last of them.
   * @throws ChatError no-room; StoreUnavailable
   */
  sync(room: string, cursor: Cursor | null, pageSize: number, maxBytes?: number): Promise<Sync>

  /**
   * Messages before a seq or a message's id (newest when null), oldest first. `removed: false` leaves tombstones out and still fills the
   * page. Unknown id: empty page. The store stops reading at `maxBytes`, as for `sync`: `older` then says that more lie before.
   */
  before(
    room: string,
    before: { seq: number } | { id: string } | null,
    limit: number,
    options: { removed: boolean; maxBytes?: number }
  ): Promise<Page>

  /** One room and its head. Its cost does not depend on how many rooms there are. @throws ChatError no-room; StoreUnavailable */
  room(id: string): Promise<RoomRecord>

  /** The head of every room, in one read. */
  heads(): Promise<Heads>

  /**
   * Says where an instance has seen a room's log. If the log should hold that event and doesn't, it has lost its newest ones and takes a
   * new epoch at once, as `append` would for the next who speaks. Only what this log itself has told may be said here: never a client's word.
   * Answers the head, which is never read from a copy that lags behind.
   * @throws ChatError no-room; StoreUnavailable
   */
  remind(room: string, known: Cursor): Promise<Cursor>

  /**
   * Makes a room. A repeat by the same creator with the same title gets the same room. Titles are compared by how they look
   * (names.ts), with those of all rooms, in the same atomic step.
   * @throws ChatError `room-exists`, `rooms-full` (`limit` rooms are there, or ROOMS_PER_PERSON of the same creator); StoreUnavailable
   */
  createRoom(room: Room, limit: number): Promise<Room>

  /**
   * Removes those of these rooms in which no message is left, with all that is known of them; never the lobby. Resolves to those
   * that are gone. A room made later under the same id has another epoch.
   * @throws StoreUnavailable
   */
  removeRooms(ids: readonly string[]): Promise<string[]>

  /** All rooms, oldest first. The lobby is always there. */
  rooms(): Promise<Room[]>

  /**
   * Tells of changes that were kept after all, though their sender was told that nothing is known (StoreUnavailable). A maker that always knows
   * never calls it. The last listener counts.
   */
  onLate(listener: (appended: Appended, room: string) => void): void

  close(): Promise<void>
}
