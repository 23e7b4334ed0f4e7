// What the outbox needs of the chat around it.
import type { Reason, Receipt, Reply } from '../../../src/contract.ts'
import type { OutboxItem } from './item.ts'
import type { OutboxStore } from './store.ts'

export interface OutboxDeps {
  send(said: Pick<OutboxItem, 'room' | 'id' | 'text' | 'replyTo'>): Promise<Reply<Receipt>>
  /** Whether words can be said in this room now: connected, and the room open on this connection. */
  ready(room: string): boolean
  /** A receipt came: the message stands in the log at this seq. */
  confirmed(item: OutboxItem, receipt: Receipt): void
  store: OutboxStore
  /** Whether there is a connection, on which other rooms can be opened as well. */
  online?(): boolean
  /** Something waits for a room that isn't open here. */
  open?(room: string): void
  /** Whether the log that is held here has it. */
  stands?(item: OutboxItem): boolean
  /** Looks for what the server may have forgotten. Without, such an item fails. */
  lookFor?(item: OutboxItem): Promise<Found>
  /** The server no longer understands this page. */
  tooOld?(): void
  random?: () => number
}

/** What the log says about an old item. `unknown`: it can't tell. `later`: it couldn't be read. */
export type Found = 'there' | 'absent' | 'unknown' | 'later'

/** Refusals that say "later", not "no". */
export const LATER: readonly Reason[] = ['unavailable', 'too-fast', 'not-joined', 'sign-in', 'too-old']
