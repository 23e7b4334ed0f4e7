// The store of messages. Each room is a log of events, numbered 1, 2, 3 … without gaps under an epoch; `(epoch, seq)` is the only
// order. The stores are in sqlite/ and redis/; both pass message-log.contract.ts.
import type {
  Author,
  Cursor,
  FormerText,
  MemberChange,
  Mention,
  Page,
  Room,
  RoomChange,
  RoomEvent,
  Sync
} from '../contract.ts'

/** A verb to store. `id` is the idempotency key, scoped to the room. */
export type Change = {
  room: string
  id: string
  by: Author
  /** Milliseconds since 1970, for display. */
  at: number
  /** The caller's cursor. If the log does not hold that event, it has lost its newest events and takes a new epoch. */
  known?: Cursor
  /**
   * The author moderates every room, with `everywhere` also those that they are not in. The creator of the room moderates it in any case.
   */
  asModerator?: boolean | 'everywhere'
  /** Whom slow mode slows down; the author when left out. A guest has no id, and any name. */
  slowed?: string
  /** By this revision of the shared table the author is neither muted nor banned. When it has changed since, the store looks itself. */
  tableRevision?: number
  /** Every instance notes that it changes the settings of a room, so the store need not read them for each message. */
  settingsNoted?: boolean
} & (
  | { kind: 'sent'; text: string; replyTo?: string; mentions?: Mention[] }
  | { kind: 'edited'; message: string; text: string; mentions?: Mention[] }
  | { kind: 'removed'; message: string }
  | { kind: 'reacted'; message: string; emoji: string; on: boolean }
)
export type SentChange = Extract<Change, { kind: 'sent' }>

/**
 * The stored event, and the cursor it follows. `repeated`: the same verb by the same author was stored before; this is the original.
 * `published`: its bus message was written in the same step. `room`: the room after the removal of a pinned message.
 */
export interface Appended {
  event: RoomEvent
  before: Cursor
  repeated: boolean
  published: boolean
  room?: Room
}

/** `since`: the seq of the event by which the person joined; 0 for those who were there from the beginning. */
export interface Member {
  id: string
  name: string
  since: number
  /** Does not want messages from the other one: nobody writes in this conversation of two. */
  silent?: true
}

/** A room, where its log ends, and who its members are: nobody in an open room, which needs none. */
export interface RoomRecord {
  room: Room
  head: Cursor
  members: Member[]
}

/** A change of a private room's members. `id` is the idempotency key. `byLink`: the person joins without anybody who lets them in. */
export interface MemberVerb extends MemberChange {
  room: string
  id: string
  by: Author
  at: number
  byLink?: boolean
}

/** A page ends before a seq, before a message's id, or with the message `upTo`. */
export type PagePlace = { seq: number } | { id: string } | { upTo: string }

/** Where a room's log ends. */
export type Heads = Map<string, Cursor>

export interface MessageLog {
  /**
   * Stores a change in one atomic step: idempotency key, conditions on the target, next seq, head. Only members write in a private room
   * or a direct conversation, but for removals `everywhere`; for others it does not exist. While one of them is `silent`, they only
   * remove (`blocked`). Resolves once it is durable.
   * - `sent` needs the room; `replyTo` is not checked, because it may name a message that was trimmed.
   * - `edited`: the target must exist and not be removed (`no-message`), and be the author's own (`not-allowed`). Unowned: nobody edits.
   * - `removed`: exists, not removed (`no-message`); own, unowned, or `asModerator` (else `not-allowed`). The text is gone from every file and key.
   * - `reacted`: exists, not removed (`no-message`); `by.id` not null; bounds of contract.ts (`reactions-full`).
   * Settings of the room: archived refuses all but `removed` (`room-closed`). Authors who do not moderate get `read-only` for `sent` and
   * `edited`, and for `sent` `slow-mode` with the time to wait.
   * @throws ChatError with a reason as above, `no-room`, `id-taken` (the key was used by another author, or for another verb);
   *         StoreUnavailable: the change may or may not have been stored, and may be repeated with the same id.
   */
  append(change: Change): Promise<Appended>

  /**
   * First load, catch-up and repair. Without a cursor, or with one this log does not hold (other epoch, other id at that seq, trimmed
   * away, beyond the head, more than CATCH_UP_MAX_EVENTS behind): `fresh`, the newest `pageSize` folded messages and their cursor, read
   * in one atomic step. The store stops reading at `maxBytes` (ANSWER_MAX_BYTES when left out): the first events, or the newest messages,
   * that fit; at least one. `more` or `older` then say that something was left out, and the cursor of `events` is that of the last one.
   * @throws ChatError no-room; StoreUnavailable
   */
  sync(room: string, cursor: Cursor | null, pageSize: number, maxBytes?: number): Promise<Sync>

  /**
   * Messages before a place (newest when null), oldest first. `removed: false` leaves tombstones out and still fills the
   * page. Unknown id: empty page. The store stops reading at `maxBytes`, as for `sync`: `older` then says that more lie before.
   */
  before(
    room: string,
    before: PagePlace | null,
    limit: number,
    options: { removed: boolean; maxBytes?: number }
  ): Promise<Page>

  /**
   * The texts of a message before its edits, the first one first: the newest FORMER_TEXTS_MAX texts within FORMER_BYTES_MAX. They go
   * with the message.
   * @throws ChatError no-room, no-message; StoreUnavailable
   */
  former(room: string, message: string): Promise<FormerText[]>

  /** One room and its head. Its cost does not depend on how many rooms there are. @throws ChatError no-room; StoreUnavailable */
  room(id: string): Promise<RoomRecord>

  /**
   * The head of every open room, and of those of these other rooms that exist. In Redis that is one command, or two with others, and
   * there are heads of other stores as well: `END_FIELDS` in redis/keys.ts.
   */
  heads(others?: readonly string[]): Promise<Heads>

  /**
   * Compares an instance's cursor with a room's log. If the log should hold that event and does not, it has lost its newest events and
   * takes a new epoch at once, as the next `append` would. The cursor must come from this log, never from a client.
   * Returns the head, never read from a copy that lags behind.
   * @throws ChatError no-room; StoreUnavailable
   */
  remind(room: string, known: Cursor): Promise<Cursor>

  /**
   * Creates a room. A repeat by the same creator with the same title gets the same room. Titles are compared by how they look
   * (names.ts), with those of all rooms, in the same atomic step. `areRoomsNoted`: every instance notes that it makes, removes or renames
   * a room, so the store need not read those that this one knows.
   * @throws ChatError `room-exists`, `rooms-full` (`limit` rooms exist, or ROOMS_PER_PERSON of the same creator); StoreUnavailable
   */
  createRoom(room: Room, limit: number, areRoomsNoted?: boolean): Promise<Room>

  /**
   * Changes title (never empty) and settings in one atomic step, and raises the room's `rev` if something is different then. A new title
   * is compared with those of the other open rooms as in `createRoom`; a private one may have any. Other builds' settings of the room
   * stay. `by` names the owner of an open room; that of a private one is changed by `changeMembers`.
   * @returns the room as it is now
   * @throws ChatError `no-room`, `room-exists`; StoreUnavailable, then it may be repeated
   */
  changeRoom(id: string, change: RoomChange & { by?: string }, areRoomsNoted?: boolean): Promise<Room>

  /**
   * Pins a message, or takes the pin away, in one atomic step, and raises the room's `rev` if something is different then. Removing the
   * message takes its pin away in the same step.
   * @returns the room as it is now
   * @throws ChatError `no-room`, `no-message`, `too-many` (PINS_MAX); StoreUnavailable, then it may be repeated
   */
  pin(room: string, message: string, on: boolean): Promise<Room>

  /**
   * Removes those of these rooms that hold no message, with everything about them, but never the lobby; or (`deserted`) the private ones
   * that nobody is in, with their messages. Resolves to the removed ones.
   * A room created later under the same id has another epoch.
   * @throws StoreUnavailable
   */
  removeRooms(ids: readonly string[], which?: 'empty' | 'deserted'): Promise<string[]>

  /**
   * Creates a private room or a direct conversation with its first members, unless there is one of this id. `limit`: of all such rooms.
   * An earlier build neither lists nor opens it.
   * @throws ChatError `rooms-full` (`limit`, or HIDDEN_ROOMS_PER_PERSON of one of the members); StoreUnavailable
   */
  createHidden(room: Room, members: readonly Omit<Member, 'since'>[], limit: number): Promise<RoomRecord>

  /**
   * Changes the members of a private room in one atomic step, and stores the event. See membership.ts for who may do what.
   * @throws ChatError `no-room`, also for those who are no members; `not-allowed`; `already-member`; `members-full`; `rooms-full`;
   *         `id-taken`; StoreUnavailable, then it may be repeated
   */
  changeMembers(change: MemberVerb): Promise<Appended>

  /**
   * A member wants silence in a conversation of two, or no longer. Without that room or member it does nothing. @throws StoreUnavailable
   */
  silence(room: string, person: string, on: boolean): Promise<void>

  /** The private rooms and direct conversations of a person. */
  roomsOf(person: string): Promise<RoomRecord[]>

  /**
   * Forgets the name of a person who has left, in messages, events and mentions of all rooms; their ids stay. Repeating it goes on.
   * A read of the name's place finds spaces. It takes a step for each slice, so it may be done in part after an error.
   * @throws StoreUnavailable
   */
  forgetAuthor(person: string): Promise<void>

  /** The ids of all rooms in which anything was written, private ones and direct conversations too. @throws StoreUnavailable */
  everyRoom(): Promise<string[]>

  /** All open rooms, oldest first. The lobby always exists. */
  rooms(): Promise<Room[]>

  /**
   * Reports changes that were stored although `append` threw StoreUnavailable. A store that always knows the outcome never calls it.
   * Only the last listener is called.
   */
  onLate(listener: (appended: Appended, room: string) => void): void

  close(): Promise<void>
}
