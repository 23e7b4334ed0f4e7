// What the claims of the message log's contract share: a store, a clock, people, the verbs in short.
import { ChatError } from '../errors.ts'
import { LOBBY, PAGE_MAX_MESSAGES, newId, type Author, type Cursor, type Message, type Reason } from '../contract.ts'
import type { Appended, Change, MessageLog } from './message-log.ts'

/** A store under test. `log` and `other` are two connections to it where the maker has such, else one and the same. */
export interface Store {
  readonly log: MessageLog
  readonly other: MessageLog
  /** Takes a copy. The function it returns puts that in the store's place, as a restart without the newest events would. */
  copy(): Promise<() => Promise<void>>
  /** Bytes that the limit of the store is compared with. */
  bytesUsed(): Promise<number>
  /** Closes what is open and opens the same store with another limit. */
  reopen(historyLimit: number, limits?: Limits): Promise<void>
  close(): Promise<void>
}
/** Limits in bytes; the makers' own when left out. And what learns that a lowered limit removes messages. */
export interface Limits {
  roomBytesMax?: number
  storeBytesMax?: number
  onShrink?: () => void
}
export type OpenStore = (options: { historyLimit: number; now: () => number } & Limits) => Promise<Store>

/** What a claim works with: a store of its own, a clock it may move, and the verbs in short. */
export interface LogFixture {
  readonly store: Store
  readonly log: MessageLog
  readonly other: MessageLog
  clock: number
  open(historyLimit: number, limits?: Limits): Promise<void>
  append(change: Partial<Change> & Pick<Change, 'kind'>, log?: MessageLog): Promise<Appended>
  send(text: string, change?: Partial<Change>): Promise<Appended>
  sendMany(count: number, room?: string): Promise<Message[]>
  head(room?: string): Promise<Cursor>
}

/** A message as it stands, to somebody who reads the newest of its room; null when it isn't among them. */
export async function messageIn(log: MessageLog, id: string): Promise<Message | null> {
  const { messages } = await log.before(LOBBY, null, PAGE_MAX_MESSAGES, { removed: true })
  return messages.find((message) => message.id === id) ?? null
}

export const START = Date.UTC(2026, 0, 1)
export const ana: Author = { id: newId(), name: 'Ana' }
export const bob: Author = { id: newId(), name: 'Bob' }
/** Nobody's: a guest's name is a claim. */
export const guest: Author = { id: null, name: 'Ion' }

/** Why a verb is refused, or 'kept'. */
export function reasonOf(verb: Promise<unknown>): Promise<Reason | 'kept'> {
  return verb.then(
    () => 'kept' as const,
    (error: unknown) => {
      if (error instanceof ChatError) return error.reason
      throw error
    }
  )
}
