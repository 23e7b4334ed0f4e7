// Messages, and the ordered events of a room.

/** The author of a message. `id` is null for a guest: the name is a claim, and the message belongs to nobody. */
export interface Author {
  id: string | null
  name: string
}

/** A message as of `rev`, the seq of the last event that changed it. A removed message is a tombstone without text. */
export interface Message {
  id: string
  seq: number
  rev: number
  /** Milliseconds since 1970 by the accepting instance. For display only: `seq` is the order. */
  at: number
  by: Author
  text: string
  replyTo?: string
  editedAt?: number
  removed?: true
  /** Emoji to the ids of the people who chose it. */
  reactions?: Record<string, string[]>
  /** Who is mentioned in the text, each once. */
  mentions?: Mention[]
}

/** A text that a message had before an edit, and since when, in milliseconds since 1970. */
export interface FormerText {
  text: string
  at: number
}

/** The text has `@` and the name as it was written; the person may have another name by now. `WHOLE_ROOM`: the whole room. */
export interface Mention {
  id: string
  name: string
}

export type EventKind = 'sent' | 'edited' | 'removed' | 'reacted' | 'member'

/** What an event of kind `member` says: who is in the private room from now on, or no longer, or owns it. `by` of the event has done it. */
export interface MemberChange {
  what: 'joined' | 'left' | 'removed' | 'owner'
  person: { id: string; name: string }
}

/**
 * An event of a room, in the room's one order. It carries the message as of when the event was read, so that applying it means
 * keeping the higher `rev`: an event that was read late can't undo a newer change. Unknown kinds only advance the cursor.
 */
export interface RoomEvent {
  v: number
  seq: number
  kind: EventKind
  /** The idempotency key of the verb; for `sent` it is the message's id. */
  id: string
  at: number
  by: Author
  /** For `member`, as for unknown kinds, a removed message without author. */
  message: Message
  member?: MemberChange
}

/**
 * An event for receivers that hold the message, from version 5 of the native protocol on: only what it changed. It always follows
 * directly on the state that the receiver holds, so `seq` is the message's new `rev`.
 * - `edited`: `text`, `mentions` if it has any, and `at` is the new `editedAt`. Without `text`, a later event of the same list has it.
 * - `reacted`: `emoji`, all that the person `by` has chosen from now on; or absent, as for `edited`.
 * - `removed`: nothing else is needed.
 * - `sent`: only when a later event of the same list carries the whole message.
 */
export interface ChangeEvent extends Omit<RoomEvent, 'message'> {
  /** The message that the event changed. */
  of: { id: string; seq: number }
  text?: string
  mentions?: Mention[]
  emoji?: string[]
}

/** An event as sent to clients. */
export type WireEvent = RoomEvent | ChangeEvent

/** A place in a room's log. `id` is the id of the event at `seq`, empty at 0: it differs where two logs have diverged. */
export interface Cursor {
  epoch: string
  seq: number
  id: string
  /** Shows that the server has issued this cursor. Clients keep it and return it; older servers and clients have none. */
  proof?: string
}

/** A list of consecutive events; `before` is the cursor they follow. `proof`: of the cursor at the last event. */
export interface EventList<E = RoomEvent> {
  room: string
  before: Cursor
  events: E[]
  proof?: string
}

/** A list that a client received as it happened. The place before it may have only the beginning of the epoch, and no id. */
export type LiveEvents = Omit<EventList<WireEvent>, 'before'> & { before: Omit<Cursor, 'id'> & Partial<Cursor> }

/** The answer to first load, catch-up and repair alike. Never partial: either consecutive events or a fresh start. */
export type Sync<E = RoomEvent> =
  | { kind: 'events'; cursor: Cursor; events: E[]; more: boolean }
  | { kind: 'fresh'; cursor: Cursor; messages: Message[]; older: boolean }

/** Messages, oldest first; `older` says whether others precede them. */
export interface Page {
  messages: Message[]
  older: boolean
}

/** What the sender of a verb gets once the event is stored. */
export interface Receipt {
  seq: number
  id: string
  at: number
}
