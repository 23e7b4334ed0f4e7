// Events of the native protocol. The table `clientEvents` drives types, validation and fuzzing.
import * as v from 'valibot'
import { alertEvents, type AlertAnswers } from './alert-events.ts'
import { epoch, id, roomChange, roomId, readPositions, roomTitle, seq, text, invitationTerms } from './grammar.ts'
import { DIRECT_MAX_PEOPLE, NAME_MAX_CODE_POINTS, PAGE_MAX_MESSAGES, PROFILES_MAX } from './limits.ts'
import { moderationEvents, type ModerationAnswers } from './moderation-events.ts'
import type { EventList, FormerText, Message, Page, Receipt, WireEvent } from './messages.ts'
import type {
  Device,
  PeopleChanged,
  PeopleFound,
  Person,
  Present,
  Profile,
  Room,
  RoomMember,
  RoomSummary,
  Leader,
  Mark,
  Role
} from './people.ts'
import { COLORS, roles } from './people.ts'
import type { Invitation } from './invitations.ts'
import type { PackedEvents } from './live-lists.ts'
import type { Opened, PackedOpened } from './packed-opened.ts'
import type { MentionFound, ReadPosition, RoomNews, UnreadRoom } from './reads.ts'
import type { Refusal, Reply } from './reasons.ts'

const emoji = v.pipe(v.string(), v.minLength(1), v.maxLength(32))
const cursor = v.object({
  epoch,
  seq,
  id: v.union([v.literal(''), id]),
  proof: v.exactOptional(v.pipe(v.string(), v.maxLength(64)))
})

/** The `auth` of a native client's handshake. */
export const nativeHello = v.object({
  speaks: v.literal('native'),
  v: v.pipe(v.number(), v.integer()),
  token: v.optional(v.pipe(v.string(), v.maxLength(2_048))),
  /**
   * Payloads of `room:open`, the most urgent first. The first HANDSHAKE_ROOMS_MAX are answered by `room:opened`, at the same cost and with
   * the same refusals as the event: a room that can't be opened leaves the connection as it is. An earlier server ignores them.
   */
  open: v.fallback(v.optional(v.array(v.unknown()), []), [])
})

/** Events from clients. Unknown keys are dropped, so clients can't set what the server fills in. */
export const clientEvents = {
  /** `after`: '' for the first page of the list, and then `next` of the page before. An earlier server answers with what fits, at once. */
  'room:list': v.object({ after: v.optional(v.pipe(v.string(), v.maxLength(100))) }),
  'room:create': v.object({ title: roomTitle }),
  'room:remove': v.object({ room: roomId }),
  /** For those who moderate the room; see `RoomChange`. Repeating it changes nothing. */
  'room:change': v.object({ room: roomId, ...roomChange }),
  /** Not `room:create` with a field that an earlier server would leave out. `history`: new members see what was written before. */
  'private:create': v.object({ title: roomTitle, history: v.optional(v.boolean()) }),
  /** The direct conversation with these people. */
  'direct:open': v.object({ people: v.pipe(v.array(id), v.minLength(1), v.maxLength(DIRECT_MAX_PEOPLE - 1)) }),
  'member:list': v.object({ room: roomId }),
  /**
   * Any member lets a person in; the owner removes one or names the next owner; and one leaves. `id`: the idempotency key. `member:own` is
   * for open rooms too, for their creator and moderators; an earlier server refuses it there.
   */
  'member:add': v.object({ room: roomId, id, person: id }),
  'member:remove': v.object({ room: roomId, id, person: id }),
  'member:own': v.object({ room: roomId, id, person: id }),
  'member:leave': v.object({ room: roomId, id }),
  'room:open': v.object({ room: roomId, cursor: v.optional(cursor) }),
  'room:leave': v.object({ room: roomId }),
  'room:before': v.object({
    room: roomId,
    before: seq,
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PAGE_MAX_MESSAGES)))
  }),
  /** One message, for a reply whose original is not loaded. An earlier server does not answer. */
  'message:read': v.object({ room: roomId, message: id }),
  /** The texts of the message before its edits, for its author and those who moderate the room. An earlier server does not answer. */
  'message:history': v.object({ room: roomId, message: id }),
  'message:send': v.object({ room: roomId, id, text, replyTo: v.optional(id) }),
  'message:edit': v.object({ room: roomId, id, message: id, text }),
  'message:remove': v.object({ room: roomId, id, message: id }),
  /** For those who moderate the room. Repeating it changes nothing. An earlier server does not answer. */
  'message:pin': v.object({ room: roomId, message: id, on: v.boolean() }),
  'message:react': v.object({ room: roomId, id, message: id, emoji, on: v.boolean() }),
  /** How far this person has read, and what is left to read, in all rooms that the person has opened. An earlier server does not answer. */
  'read:list': v.object({}),
  /** Messages that mention this person, the newest first. */
  'mention:list': v.object({}),
  ...alertEvents,
  /** Messages were visible in a page that has the focus. */
  'read:move': v.object({ positions: readPositions }),
  'typing:set': v.object({ room: roomId, on: v.boolean() }),
  /** The person does not want messages from another one, or again: no direct conversation, no invitation into a private room. */
  'person:block': v.object({ person: id, on: v.boolean() }),
  'person:blocked': v.object({}),
  /** Of people by key, for clients that show them. An earlier server does not answer, and sends no `profile:changed`. */
  'profile:list': v.object({
    keys: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(PROFILES_MAX)),
    /** Of these also the name that they have now; an earlier server leaves it out. */
    people: v.optional(v.pipe(v.array(id), v.maxLength(PROFILES_MAX)))
  }),
  /** The own one. */
  'profile:set': v.object({ color: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(COLORS - 1)) }),
  /** People by the beginning of their names, without case and marks; `from`: the `next` of the page before. */
  'people:search': v.object({
    text: v.pipe(v.string(), v.maxLength(NAME_MAX_CODE_POINTS)),
    from: v.optional(v.pipe(v.string(), v.maxLength(1_000)))
  }),
  /** For owners; the last one stays. Repeating it changes nothing. Earlier servers answer none of these. */
  'role:give': v.object({ person: id, role: v.picklist(roles) }),
  'role:list': v.object({}),
  /** For moderators and owners; and with `room` for the owner of that private room, which an earlier server refuses. */
  'invitation:create': v.object(invitationTerms),
  'invitation:list': v.object({ room: v.optional(roomId) }),
  'invitation:withdraw': v.object({ invitation: id }),
  /** Earlier servers answer none of these. */
  ...moderationEvents,
  /** The person uses this page. Other events of the person count as activity too. */
  'person:active': v.object({}),
  'person:bye': v.object({}),
  /**
   * The person's sessions. Earlier servers answer none of these. Ending one also ends what its device could sign in with as the same
   * person, the secret; a page or program that stays sends its own again, with POST /api/session.
   */
  'device:list': v.object({}),
  'device:end': v.object({ device: id }),
  'device:end-others': v.object({}),
  /** Measures the distance: the instance answers from memory. */
  'region:ping': v.object({})
} as const
export type ClientEvent = keyof typeof clientEvents
export type Payload<E extends ClientEvent> = v.InferOutput<(typeof clientEvents)[E]>

/** The value of a successful reply to each event. */
export interface Answers extends AlertAnswers, ModerationAnswers {
  'room:list': { rooms: readonly RoomSummary[]; next?: string }
  'room:create': Room
  'room:remove': null
  'room:change': Room
  'private:create': Room
  'direct:open': Room
  'member:list': { members: RoomMember[] }
  'member:add': Receipt
  'member:remove': Receipt
  'member:own': Receipt
  'member:leave': Receipt
  'room:open': Opened
  'room:leave': null
  'room:before': Page
  'message:read': Message
  /** The first text first. */
  'message:history': { texts: FormerText[] }
  'message:send': Receipt
  'message:edit': Receipt
  'message:remove': Receipt
  'message:pin': Room
  'message:react': Receipt
  'read:list': { rooms: UnreadRoom[] }
  'read:move': null
  'mention:list': { mentions: MentionFound[] }
  'typing:set': null
  'people:search': PeopleFound
  /** Only of people of whom something is known. */
  'profile:list': { profiles: Profile[] }
  'profile:set': null
  'role:give': { role: Role }
  'role:list': { people: Leader[] }
  'invitation:create': Invitation
  'invitation:list': { invitations: Invitation[] }
  'invitation:withdraw': null
  'person:block': null
  'person:blocked': { people: RoomMember[] }
  'person:active': null
  'person:bye': null
  /** The last use first. */
  'device:list': { devices: Device[] }
  'device:end': null
  'device:end-others': { ended: number }
  'region:ping': { region: string; instance: string }
}

/** Events from a client, as Socket.IO wants them typed. */
export type NativeIn = {
  [E in ClientEvent]: (
    payload: v.InferInput<(typeof clientEvents)[E]>,
    reply?: (answer: Reply<Answers[E]>) => void
  ) => void
}

/** Events to a client. */
export interface NativeOut {
  /**
   * `leaders`: absent from servers of an earlier build. `opening`: how many of the handshake's rooms the server opens, from the first one
   * on; absent when it opens none.
   */
  'server:hello': (hello: {
    v: number
    build: string
    region: string
    instance: string
    person: Person
    leaders?: Mark[]
    opening?: number
  }) => void
  /** What `room:open` would have answered to the handshake's nth room, in any order. Only after a hello with `opening`. */
  'room:opened': (nth: number, reply: Reply<Opened | PackedOpened>) => void
  /** Who has a mark beside the name has changed. Clients of an earlier build ignore it. */
  'leaders:changed': (changed: { leaders: Mark[] }) => void
  'room:events': (list: EventList<WireEvent>) => void
  /** The same from version 5 on, and one that continues the one before; lists without events come as above. */
  'room:+': (...events: PackedEvents) => void
  ':+': (...events: PackedEvents) => void
  'room:added': (room: Room) => void
  /** Its title or settings are other ones now. Clients of an earlier build ignore it. */
  'room:changed': (room: Room) => void
  /** Clients of an earlier build ignore it, and get `no-room` when they open the room. */
  'room:removed': (removed: { room: string }) => void
  'people:changed': (change: PeopleChanged) => void
  'typing:changed': (change: { room: string; who: Pick<Present, 'key' | 'name' | 'guest'>; on: boolean }) => void
  /** Something new in rooms that this client does not have open, and that the person has opened before. */
  'room:news': (news: RoomNews) => void
  /** The person has read in another page. */
  'read:moved': (moved: { positions: ReadPosition[] }) => void
  /** What `alerts:get` or `person:blocked` answers has changed, in another page or in this one. Clients of an earlier build ignore it. */
  'alerts:changed': () => void
  /**
   * The own role has changed, or whether the person is muted. Clients of an earlier build ignore it, and learn it from the next
   * `server:hello`.
   */
  'person:changed': (person: Person) => void
  /** Of anybody. Clients of an earlier build ignore it. */
  'profile:changed': (profile: Profile) => void
  'session:ended': (why: Omit<Refusal, 'ok'>) => void
  'server:moving': (move: { afterMs: number }) => void
}
