// What programs see of the published client. The rest of this folder is how.
import type {
  Cursor,
  EventKind,
  Message,
  Person,
  Receipt,
  Room,
  RoomEvent,
  RoomPeople,
  RoomSummary
} from '../../src/contract.ts'
import type { ClientError } from './client-error.ts'
import type { ClientStore } from './store.ts'

export interface ClientOptions {
  /** Where the chat is, like `https://chat.example.org`. */
  url: string
  /** Signs in under this name, and stays the same person as long as the store remembers. */
  name?: string
  /** Comes in with a session made elsewhere instead. */
  token?: string
  /** The server's `MODERATOR_TOKEN`, for a program that moderates. */
  moderator?: string
  /** Where to keep what must outlive this process; in memory when left out. */
  store?: ClientStore
  /** Hears of what goes wrong without an asker: a handler that threw, a store that failed. Printed when left out. */
  onError?(error: ClientError): void
}

export interface Client {
  readonly me: Person
  readonly online: boolean
  /** Resolves when the client is over: with null after `close`, else with why (signed out, too old). */
  readonly ended: Promise<ClientError | null>
  /** Goes into a room, or finds the one that is open. */
  room(id: string, options?: RoomOptions): ClientRoom
  rooms(): Promise<RoomSummary[]>
  createRoom(title: string): Promise<Room>
  /** Leaves. What waits in the outbox is kept for the next time. */
  close(): Promise<void>
}

export interface RoomOptions {
  /** Where handlers begin when the store knows no place of theirs: at what happens from now on, or with every message still there. */
  from?: 'now' | 'beginning'
  /** Messages held in memory, at least; `before` adds to it. */
  keep?: number
}

/** `opening`: nothing known yet. `synced`: `messages` are what the room holds. `behind`: more is known to be missing. */
export type RoomState = 'opening' | 'synced' | 'behind' | 'refused'

export interface ClientRoom {
  readonly id: string
  readonly state: RoomState
  /** The newest messages, oldest first, as they stand; removed ones are tombstones. */
  readonly messages: readonly Message[]
  /** Whether earlier ones can be had with `before`. */
  readonly older: boolean
  readonly people: RoomPeople | null

  /** Hears every message in order, one at a time, at least once; see `HeardEvent`. Register handlers when the room is first asked for. */
  onMessage(handler: Handler): void
  /** Hears changes of messages as well. */
  onEvent(handler: Handler): void
  /** Hears that handlers can't go on where they stood and begin again at `to`. */
  onReset(listener: (reset: Reset) => unknown): void
  /** Something of the above properties has changed. Returns how to stop listening. */
  onChange(listener: () => void): () => void

  /** Resolves once the message is kept for good; until then it waits in the outbox, also over a restart. */
  send(text: string, options?: SendOptions): Promise<Receipt>
  edit(message: MessageRef, text: string, options?: VerbOptions): Promise<Receipt>
  remove(message: MessageRef, options?: VerbOptions): Promise<Receipt>
  react(message: MessageRef, emoji: string, on?: boolean, options?: VerbOptions): Promise<Receipt>
  /** Reads the page before `messages`. Resolves with whether there are still earlier ones. */
  before(): Promise<boolean>
}

export type MessageRef = string | Pick<Message, 'id'>

/** `id` makes a repeat harmless: said again under the same id, it is kept once. 22 characters of base64url. */
export interface VerbOptions {
  id?: string
}
export interface SendOptions extends VerbOptions {
  replyTo?: MessageRef
}

/**
 * The event's `message` is in the state that the event made, or in a newer one: several changes that come together are heard one by
 * one, each with the newest state. When it throws or rejects it is called again, after a while, with the same event; the room waits
 * meanwhile.
 */
export type Handler = (event: HeardEvent) => unknown

export interface HeardEvent extends Pick<RoomEvent, 'seq' | 'id' | 'at' | 'by' | 'message'> {
  kind: EventKind
  room: string
  epoch: string
  /** The same at every hearing of this event, different for every other: name with it what must be done once. */
  key: string
  /** Whether this very person did it. */
  mine: boolean
  /** Answers the message. Made again after a crash it is kept once: its id comes from the event and the count of replies. */
  reply(text: string): Promise<Receipt>
  /** An id for another verb, the same at every hearing. */
  idFor(purpose: string): Promise<string>
}

/** What lies between the two places was not heard by handlers, and won't be. */
export interface Reset {
  room: string
  /** The last that was handled. */
  from: Cursor
  to: Cursor
  /** The room's log is another one now; else the handlers were too far behind. */
  replaced: boolean
}
