// The contract: every shape, word, limit and reason that crosses a door of this server. The one map `wordsIn` drives the
// types, the validation and the fuzzing; the browser imports this file and nothing else of the server's.
import * as v from 'valibot'

/**
 * Version of the native wire. A client states its own version in its hello, and the server answers in the lower of the two.
 * Version 2 sends changes of messages as `ChangeEvent`s and knows the reason `store-full`; version 1 sends every event with its
 * whole message.
 */
export const WIRE_VERSION = 2
/** The oldest version of the native wire that is still served. */
export const OLDEST_WIRE_VERSION = 1
/** Version of everything kept in stores and sent between instances. Mixed versions meet at every rolling deploy. */
export const STORED_VERSION = 1

/** The room everybody shares, and the only one that borrowed clients know. */
export const LOBBY = 'lobby'

// Limits. A text is bounded twice because a code point may be four bytes.
export const TEXT_MAX_CODE_POINTS = 4_000
export const TEXT_MAX_BYTES = 16_000
export const NAME_MAX_CODE_POINTS = 200
export const ROOM_TITLE_MAX_CODE_POINTS = 80
export const REACTIONS_MAX_EMOJI = 20
export const REACTIONS_MAX_PER_MESSAGE = 500
/** Emoji of one person on one message. */
export const REACTIONS_MAX_PER_PERSON = 5
export const PAGE_MESSAGES = 50
export const PAGE_MAX_MESSAGES = 500
/** Events in one answer to a catch-up; more follow when `more` is true. */
export const CATCH_UP_EVENTS = 250
/** A client further behind than this starts afresh instead. */
export const CATCH_UP_MAX_EVENTS = 2_000
/** Rooms in which one person is shown as present by one instance: those that they opened last. */
export const PERSON_ROOMS_MAX = 20
/** One frame or HTTP body of a client, in bytes. */
export const FRAME_MAX_BYTES = 32_768

/** Why a verb was refused. Closed: every door translates each of them. */
export const reasons = [
  'bad-request', // the words have the wrong shape
  'sign-in', // a session is needed
  'not-allowed',
  'not-joined', // the room was not opened by this connection
  'no-room',
  'no-message',
  'id-taken', // another author has used this id
  'name-taken',
  'name-bad',
  'text-empty',
  'text-too-long',
  'room-exists',
  'rooms-full',
  'reactions-full',
  'too-fast', // come back after `retryAfterMs`
  'store-full', // the store is nearly full, and the author holds more than a fair share of it
  'too-old', // this client speaks a version that is no longer understood
  'unavailable', // the store did not answer: not confirmed, may be tried again with the same id
  'fault' // our mistake; logged here
] as const
export type Reason = (typeof reasons)[number]

// Grammar of identifiers.
const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/))
const roomId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))
const epoch = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Generous here; the exact rules are meaning, and live in chat/rules.ts. */
const text = v.pipe(v.string(), v.maxLength(TEXT_MAX_BYTES))
const emoji = v.pipe(v.string(), v.minLength(1), v.maxLength(32))

/** 128 bits from the CSPRNG, base64url without padding. Works in Node and in browsers. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22)
}

/** Who said it. `id` is null for a guest: the name is a claim, and the message belongs to nobody. */
export interface Author {
  id: string | null
  name: string
}

/** A message as it stands at `rev`, the seq of the last event that changed it. A removed one is a tombstone without text. */
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
}

export type EventKind = 'sent' | 'edited' | 'removed' | 'reacted'

/**
 * What happened in a room, in the room's one order. It carries the message as it stood when the event was read, so that
 * applying it is "keep the higher rev": an event read late can't undo a newer change. Unknown kinds only advance the cursor.
 */
export interface RoomEvent {
  v: number
  seq: number
  kind: EventKind
  /** The idempotency key of the verb; for `sent` it is the message's id. */
  id: string
  at: number
  by: Author
  message: Message
}

/**
 * An event as version 2 of the wire sends it when its receivers hold the message: only what it changed. It always follows
 * directly on the state that the receiver holds, so `seq` is the message's new `rev`.
 * - `edited`: `text`, and `at` is the new `editedAt`. No `text`: a later event of the same list has it.
 * - `reacted`: `emoji`, all that the person `by` has chosen from now on; or absent, as for `edited`.
 * - `removed`: nothing else is needed.
 * - `sent`: only when a later event of the same list carries the whole message.
 */
export interface ChangeEvent extends Omit<RoomEvent, 'message'> {
  /** The message that the event is about. */
  of: { id: string; seq: number }
  text?: string
  emoji?: string[]
}

/** An event as sent to clients. */
export type WireEvent = RoomEvent | ChangeEvent

/** A place in a room's log. `id` is the id of the event at `seq`, empty at 0: equal numbers of diverged logs differ in it. */
export interface Cursor {
  epoch: string
  seq: number
  id: string
}

/** The answer to first load, catch-up and repair alike. Never partial: either consecutive events or a fresh start. */
export type Sync<E = RoomEvent> =
  | { kind: 'events'; cursor: Cursor; events: E[]; more: boolean }
  | { kind: 'fresh'; cursor: Cursor; messages: Message[]; older: boolean }

/** Messages oldest first; `older` says whether more lie before them. */
export interface Page {
  messages: Message[]
  older: boolean
}

export interface Receipt {
  seq: number
  id: string
  at: number
}

export interface Room {
  id: string
  title: string
  /** The creator moderates the room; null for the lobby. */
  by: string | null
  at: number
}

/** A person who is here. `key` is 64 bits: derived from the person's id, or random for a guest. */
export interface Present {
  key: string
  name: string
  guest: boolean
  region: string
  /**
   * No sign of life since this minute: milliseconds since 1970 by the person's instance. Absent while they are active, and for
   * those who are counted without a name.
   */
  idleSince?: number
}

/** How many are in a room, in all and per region. `about`: in a crowd the count is a sum over instances. */
export interface RoomTotals {
  count: number
  about: boolean
  regions: Record<string, number>
}

/** Who is in a room. `people` may be shorter than `count` in a crowd. */
export interface RoomPeople extends RoomTotals {
  people: Present[]
}

export interface Person {
  id: string
  key: string
  name: string
  moderator: boolean
}

export interface SessionAnswer {
  person: Person
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface RoomSummary extends Room {
  people: number
}

/**
 * Who came, went, and is otherwise than before (idle, or in another region), all at once for at most a second; the first change
 * after a quiet second is told without delay. Somebody who took another name is in `left` and in `joined`, in this order.
 */
export interface PeopleChanged {
  room: string
  joined: Present[]
  left: Present[]
  /** Absent from instances of an earlier build. */
  changed?: Present[]
  totals: RoomTotals
}

/** A list of consecutive events; `before` is the cursor they follow. */
export interface EventList<E = RoomEvent> {
  room: string
  before: Cursor
  events: E[]
}

export type Refusal = { ok: false; reason: Reason; retryAfterMs?: number }
export type Reply<T> = { ok: true; value: T } | Refusal

const cursor = v.object({ epoch, seq, id: v.union([v.literal(''), id]) })

/** Native words from clients. Unknown keys are dropped; what the server fills in can't be given. */
export const clientEvents = {
  'room:list': v.object({}),
  'room:create': v.object({ title: v.pipe(v.string(), v.maxLength(400)) }),
  'room:remove': v.object({ room: roomId }),
  'room:open': v.object({ room: roomId, cursor: v.optional(cursor) }),
  'room:leave': v.object({ room: roomId }),
  'room:before': v.object({
    room: roomId,
    before: seq,
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PAGE_MAX_MESSAGES)))
  }),
  'message:send': v.object({ room: roomId, id, text, replyTo: v.optional(id) }),
  'message:edit': v.object({ room: roomId, id, message: id, text }),
  'message:remove': v.object({ room: roomId, id, message: id }),
  'message:react': v.object({ room: roomId, id, message: id, emoji, on: v.boolean() }),
  'typing:set': v.object({ room: roomId, on: v.boolean() }),
  /** Somebody touches this page, which speaks for itself alone: words that say something tell it as well. */
  'person:active': v.object({}),
  'person:bye': v.object({}),
  /** How far is it? Answered from memory, so that the time it takes is that of the way. */
  'region:ping': v.object({})
} as const
export type ClientEvent = keyof typeof clientEvents
export type Payload<W extends ClientEvent> = v.InferOutput<(typeof clientEvents)[W]>

/** What each word is answered with. */
export interface Answers {
  'room:list': { rooms: RoomSummary[] }
  'room:create': Room
  'room:remove': null
  'room:open': { sync: Sync<WireEvent>; people: RoomPeople; room: Room }
  'room:leave': null
  'room:before': Page
  'message:send': Receipt
  'message:edit': Receipt
  'message:remove': Receipt
  'message:react': Receipt
  'typing:set': null
  'person:active': null
  'person:bye': null
  'region:ping': { region: string; instance: string }
}

/** Native words from a client, as Socket.IO wants them typed. */
export type NativeIn = {
  [W in ClientEvent]: (
    said: v.InferInput<(typeof clientEvents)[W]>,
    reply?: (answer: Reply<Answers[W]>) => void
  ) => void
}

/** Native words to a client. */
export interface NativeOut {
  'server:hello': (hello: { v: number; build: string; region: string; instance: string; person: Person }) => void
  'room:events': (list: EventList<WireEvent>) => void
  'room:added': (room: Room) => void
  /** Earlier pages ignore it, and learn it when they open the room. */
  'room:removed': (gone: { room: string }) => void
  'people:changed': (change: PeopleChanged) => void
  'typing:changed': (change: { room: string; who: Pick<Present, 'key' | 'name' | 'guest'>; on: boolean }) => void
  'session:ended': (why: { reason: Reason }) => void
  'server:moving': (move: { afterMs: number }) => void
}

/** What a native client says of itself in the Socket.IO handshake. */
export const nativeHello = v.object({
  speaks: v.literal('native'),
  v: v.pipe(v.number(), v.integer()),
  token: v.optional(v.pipe(v.string(), v.maxLength(2_048)))
})

/** Bodies of the HTTP doors. */
export const bodies = {
  session: v.object({
    name: v.pipe(v.string(), v.maxLength(1_000)),
    moderator: v.optional(v.pipe(v.string(), v.maxLength(1_000)))
  }),
  room: v.object({ title: v.pipe(v.string(), v.maxLength(400)) }),
  message: v.object({ id: v.optional(id), text, replyTo: v.optional(id) })
} as const

/** Grammar checks for the doors that take identifiers from a path or a query. */
export const isId = (value: unknown): value is string => v.is(id, value)
export const isRoomId = (value: unknown): value is string => v.is(roomId, value)
