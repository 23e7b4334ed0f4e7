// What programs see of the published client. The rest of this folder is how.
// Not from contract.ts: its schemas speak of a package that is not installed with the client.
import type { AuditEntry, BanTerms, MuteTerms, Report, RestrictedPerson } from '../../src/contract/moderation.ts'
import type {
  Cursor,
  EventKind,
  FormerText,
  Mention,
  Message,
  Receipt,
  RoomEvent
} from '../../src/contract/messages.ts'
import type { Invitation, InvitationTerms } from '../../src/contract/invitations.ts'
import type {
  Device,
  Leader,
  PeopleFound,
  Person,
  Role,
  Room,
  RoomChange,
  RoomMember,
  RoomPeople,
  RoomSummary
} from '../../src/contract/people.ts'
import type { MentionFound, UnreadRoom } from '../../src/contract/reads.ts'
import type { ClientError } from './client-error.ts'
import type { ClientStore } from './store.ts'

export type { Author, Cursor, EventKind, FormerText, Message, Receipt } from '../../src/contract/messages.ts'
export type { AuditEntry, BanTerms, MuteTerms, Report, RestrictedPerson } from '../../src/contract/moderation.ts'
export type { Invitation, InvitationTerms } from '../../src/contract/invitations.ts'
export type {
  Device,
  Leader,
  PeopleFound,
  Person,
  Present,
  Role,
  Room,
  RoomChange,
  RoomMember,
  RoomPeople,
  RoomSummary
} from '../../src/contract/people.ts'
export type { Reason } from '../../src/contract/reasons.ts'

export interface ClientOptions {
  /** Where the chat is, like `https://chat.example.org`, without a path. */
  url: string
  /**
   * Signs in under this name, again by itself when the session has ended, and stays the same person as long as the store remembers.
   * Without a store the name is free again once the client is closed.
   */
  name?: string
  /** Uses a session that was made elsewhere instead. */
  token?: string
  /** The server's `MODERATOR_TOKEN`, for a program that moderates. */
  moderator?: string
  /** The code of an invitation, for a chat that lets nobody else in. */
  invitation?: string
  /** Stores what must outlive this process. Default: memory. */
  store?: ClientStore
  /** Receives what no promise reports: a handler that threw, a store that failed, once that the rate limit paces it. Default: prints. */
  onError?(error: ClientError): void
}

export interface Client {
  readonly me: Person
  readonly online: boolean
  /** Resolves when the client ends: with null after `close`, else with the reason (signed out, too old). */
  readonly ended: Promise<ClientError | null>
  /** Opens a room, or returns the open one. */
  room(id: string, options?: RoomOptions): ClientRoom
  /** All that the client's person may see, with the number of people in each. */
  rooms(): Promise<RoomSummary[]>
  /** An open room: everyone sees it in the list. A repeat of one's own gets the same room. */
  createRoom(title: string): Promise<Room>
  /** Changes title and settings, for those who moderate the room. Resolves with the room as it is then. */
  changeRoom(id: string, change: RoomChange): Promise<Room>
  /** Pins a message, or takes the pin away, for those who moderate the room. The room's `pins` are ids. */
  pin(room: string, message: MessageRef, on?: boolean): Promise<Room>
  /** The texts of a message before its edits, the first one first: for its author and those who moderate the room. */
  history(room: string, message: MessageRef): Promise<FormerText[]>
  /** For people whom its members let in. `history`: new members see what was written before they came. */
  createPrivateRoom(title: string, options?: { history?: boolean }): Promise<Room>
  /** The direct conversation with up to 8 people, by their ids. */
  directRoom(people: readonly string[]): Promise<Room>
  /** Of a private room or a direct conversation. */
  members(room: string): Promise<RoomMember[]>
  /** For members; `person` is an id, as below. */
  addMember(room: string, person: string): Promise<void>
  /** For the owner of a private room. */
  removeMember(room: string, person: string): Promise<void>
  /** Hands a room on: for the owner, and of an open room also for moderators. */
  makeOwner(room: string, person: string): Promise<void>
  /** Leaves a private room for good. When the owner leaves, the member who has been there longest owns it; the last one takes it along. */
  leaveRoom(room: string): Promise<void>
  /** People by the beginning of their names; `next` leads to the following page. */
  findPeople(text: string, from?: string): Promise<PeopleFound>
  /** This client's person wants no messages from another one, or again. */
  block(person: string, on?: boolean): Promise<void>
  blocked(): Promise<RoomMember[]>
  /** Owners and moderators. */
  leaders(): Promise<Leader[]>
  /** For owners: `person` is an id. The last owner stays. */
  giveRole(person: string, role: Role): Promise<void>
  /** For moderators and owners: the person can't write for a time, or can't come in. `reason` is what the person reads. */
  mute(person: string, terms: MuteTerms): Promise<void>
  unmute(person: string): Promise<void>
  /** Resolves with how many messages were removed, with `erase`. */
  ban(person: string, terms: BanTerms): Promise<number>
  unban(person: string): Promise<void>
  /** Those who are muted or banned. */
  restricted(): Promise<RestrictedPerson[]>
  /** Brings a message to the moderators, once. */
  report(room: string, message: MessageRef, reason: string): Promise<void>
  /** The newest first; `next` leads to the following page. */
  reports(before?: number): Promise<{ reports: Report[]; next?: number }>
  resolveReport(report: string, reason?: string): Promise<void>
  /** What moderators and owners have done, the newest first. */
  auditLog(before?: number): Promise<{ entries: AuditEntry[]; next?: number }>
  /** For moderators and owners, like the two that follow; and for the owner of a private room, into that room. */
  invite(terms: InvitationTerms): Promise<Invitation>
  /** Those into the chat, or into a private room, that are not over, the newest first. */
  invitations(room?: string): Promise<Invitation[]>
  withdrawInvitation(id: string): Promise<void>
  /** How far this client's person has read in each room, on any device, and how many messages of others are left. */
  unread(): Promise<UnreadRoom[]>
  /** The person has read a room up to this seq: of a message, or the `head` of what `unread` returns. */
  markRead(room: string, seq: number): Promise<void>
  /** Messages that mention the person, the newest first. */
  mentions(): Promise<MentionFound[]>
  /** The sessions of this client's person, the last use first. */
  devices(): Promise<Device[]>
  /** Ends a session of this person everywhere within 2 s; nothing happens when it has ended before. */
  endDevice(id: string): Promise<void>
  /** Ends all sessions of this person but this client's. Resolves with how many there were. */
  endOtherDevices(): Promise<number>
  /** A link with which the person goes on in a browser: once, within `lastsMs`. */
  deviceLink(): Promise<{ url: string; lastsMs: number }>
  /** The color beside the person's name, from 0 to 7. */
  chooseColor(color: number): Promise<void>
  /** All that the person has written, in every room. Rejects when the connection ends before the last of it. */
  ownData(): Promise<OwnData>
  /**
   * Deletes the person's name, devices and account, and their messages (`erase`) or the name beside them (`keep`); then ends the client.
   * Nobody can undo it. The last owner stays (`last-owner`); `too-fast` is waited for.
   */
  leaveForGood(options: { messages: 'keep' | 'erase' }): Promise<void>
  /** Ends the client. Unconfirmed messages stay stored for the next run. */
  close(): Promise<void>
}

export interface OwnData {
  person: Person
  devices: Device[]
  /** Of each room, the newest first. */
  messages: (Message & { room: string; title: string })[]
}

export interface RoomOptions {
  /** Where handlers start when the store has no place of theirs: with new events, or with every message that the log still has. */
  from?: 'now' | 'beginning'
  /** How many messages stay in memory, at least; `before` adds to it. */
  keep?: number
}

/** `opening`: nothing is known yet. `synced`: `messages` are complete. `behind`: some events are missing. */
export type RoomState = 'opening' | 'synced' | 'behind' | 'refused'

export interface ClientRoom {
  readonly id: string
  readonly state: RoomState
  /** The newest messages in their current state, oldest first. Removed ones are tombstones. */
  readonly messages: readonly Message[]
  /** Whether `before` can read earlier ones. */
  readonly older: boolean
  readonly people: RoomPeople | null

  /** Receives every message in order, one at a time, at least once; see `HeardEvent`. Register handlers right after the room is opened. */
  onMessage(handler: Handler): void
  /** Receives changes of messages as well. */
  onEvent(handler: Handler): void
  /** Reports that handlers can't continue from their place and start again at `to`. */
  onReset(listener: (reset: Reset) => unknown): void
  /** Reports a change of the properties above. Returns a function that stops it. */
  onChange(listener: () => void): () => void

  /** Resolves once the message is durable. Until then it waits in the outbox, also over a restart. */
  send(text: string, options?: SendOptions): Promise<Receipt>
  edit(message: MessageRef, text: string, options?: VerbOptions): Promise<Receipt>
  remove(message: MessageRef, options?: VerbOptions): Promise<Receipt>
  react(message: MessageRef, emoji: string, on?: boolean, options?: VerbOptions): Promise<Receipt>
  /** Reads the page before `messages`. Resolves with whether there are earlier ones still. */
  before(): Promise<boolean>
}

export type MessageRef = string | Pick<Message, 'id'>

/** `id` makes a repeat harmless: the server stores an id once. 22 characters of base64url. */
export interface VerbOptions {
  id?: string
}
export interface SendOptions extends VerbOptions {
  replyTo?: MessageRef
}

/**
 * The event's `message` has the state that the event made, or a newer one: changes that arrive together are delivered one by one, each
 * with the newest state. A handler that throws or rejects is called again later with the same event. The room waits meanwhile.
 */
export type Handler = (event: HeardEvent) => unknown

export interface HeardEvent extends Pick<RoomEvent, 'seq' | 'id' | 'at' | 'by' | 'message'> {
  kind: EventKind
  room: string
  epoch: string
  /** The same at every delivery of this event, and different for every other event: an idempotency key. */
  key: string
  /** Whether this client's person did it. */
  mine: boolean
  /** Who the message mentions, by person: `*` is the whole room. */
  mentions: readonly Mention[]
  /** Whether that is this client's person, by name or with the whole room. Not for what the person wrote. */
  mentionsMe: boolean
  /** Answers the message. A repeat after a crash is stored once: the id derives from the event and the number of the reply. */
  reply(text: string): Promise<Receipt>
  /** An id for another verb, the same at every delivery. */
  idFor(purpose: string): Promise<string>
}

/** Handlers did not receive the events between the two places, and won't. */
export interface Reset {
  room: string
  /** The last that was handled. */
  from: Cursor
  to: Cursor
  /** The room has a new log; otherwise the handlers were too far behind. */
  replaced: boolean
}
