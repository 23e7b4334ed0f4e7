// What the chat announces to the gateway and the HTTP interface, and who asks it for something.
import type { EventList, Person, Present, ReadPosition, Room, RoomEvent } from '../contract.ts'
import type { PeopleChange } from '../presence/presence.ts'

/** Who requests an operation. A guest has no person; their name is a claim. */
export interface Caller {
  person: Person | null
  name: string
  address: string
  /** The connection that the request came on, where there is one. */
  connection?: string
}

/** What happened, for this instance's own clients. Each protocol sends it as events of its own. */
export type Announcement =
  | { kind: 'events'; list: EventList }
  /** As it arrives: out of order, repeated or not at all. */
  | { kind: 'received'; room: string; epoch: string; event: RoomEvent }
  | ({ kind: 'people' } & PeopleChange)
  | { kind: 'typing'; room: string; who: Present; on: boolean; from?: string }
  | { kind: 'key-shared'; room: string; key: string }
  | { kind: 'read'; person: string; positions: ReadPosition[]; from?: string }
  | { kind: 'alerts'; person: string; from?: string }
  /** It was created, or changed if it has a `rev`. */
  | { kind: 'room'; room: Room }
  | { kind: 'room-removed'; room: string }
  /** A private room is in the list of this person now; or (null: for all who are in it) a direct conversation has its first message, or
   * a private room has changed. */
  | { kind: 'membership'; room: string; person: string | null; changed?: true }
  /** A private room is in the list of this person no longer, as of this seq. */
  | { kind: 'member-removed'; room: string; person: string; seq: number }
  | { kind: 'signed-out'; person: string; session: string }

/** How many clients of this instance are in a room: those that receive whole events, and those that receive changes only. */
export interface Receivers {
  whole: number
  compact: number
}
