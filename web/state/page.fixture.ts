// For tests: made-up messages and events, and a browser's storage that is a map.
import type { EventKind, Message, RoomEvent } from '../../src/contract.ts'
import { readItem, type OutboxItem } from '../engine/outbox/item.ts'
import type { Records } from '../engine/records.ts'

export { memoryStorage as mapStorage } from '../engine/storage.ts'

export const EPOCH = 'epoch-one'

/** An id of the contract's grammar that ends in this number. */
export const idOf = (n: number) => `m${String(n).padStart(21, '0')}`

export function posted(seq: number, changes: Partial<Message> = {}): Message {
  return {
    id: idOf(seq),
    seq,
    rev: seq,
    at: 1_000_000 + seq * 1_000,
    by: { id: idOf(900), name: 'Ana' },
    text: `text ${seq}`,
    ...changes
  }
}

export function happened(seq: number, message: Message = posted(seq), kind: EventKind = 'sent'): RoomEvent {
  return { v: 1, seq, kind, id: idOf(seq), at: message.at, by: message.by, message }
}

export const cursorAt = (seq: number, epoch = EPOCH) => ({ epoch, seq, id: seq === 0 ? '' : idOf(seq) })

/** Events `from` to `to`, as one list that follows `from - 1`. */
export function listOf(from: number, to = from, epoch = EPOCH) {
  const events = Array.from({ length: to - from + 1 }, (_, place) => happened(from + place))
  return { room: 'lobby', before: cursorAt(from - 1, epoch), events }
}

/** The database of a browser without one: what several tabs share. */
export function mapRecords(stored = new Map<string, unknown>()): Records<OutboxItem> {
  const read = (id: string) => readItem(stored.get(id))
  return {
    all: async () => [...stored.keys()].flatMap((id) => read(id) ?? []).toSorted((one, other) => one.at - other.at),
    put: async (item) => void stored.set(item.id, item),
    remove: async (id) => void stored.delete(id)
  }
}
