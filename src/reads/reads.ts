// How far people have read, as this instance's clients say it. Positions reach the person's other pages soon, and the store in batches.
import { STORED_VERSION, isNewerPosition, type ReadPosition, type UnreadRoom } from '../contract.ts'
import { MOVED_POSITIONS_MAX, type Bus } from '../bus/messages.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { MentionPlace, Reading, ReadsStore } from './store.ts'

/** A position is stored at once, or this long after the last batch: at most once per person in this time. */
export const STORED_EVERY_MS = 2_000
/** What people read within this time goes to other instances in one message. */
const SENT_EVERY_MS = 200
/** Positions that wait for an unavailable store. */
const WAITING_MAX = 20_000

export interface Reads {
  /** The person has read so far. Never throws: a position that is lost with this instance is read again. `except`: the reader's connection. */
  move(who: { id: string; key: string }, positions: readonly ReadPosition[], except?: string): void
  /** As `ReadsStore.unread`, with what this instance has not stored yet. @throws StoreUnavailable */
  unread(person: string): Promise<UnreadRoom[]>
  /** As `ReadsStore.upTo`, with what this instance has not stored yet. @throws StoreUnavailable */
  upTo(person: string, room: string): Promise<number | null>
  /** As `ReadsStore.mentions`. @throws StoreUnavailable */
  mentions(person: string): Promise<MentionPlace[]>
  /** The person has left for good. @throws StoreUnavailable */
  forget(person: string): Promise<void>
  /** Stores what waits. */
  close(): Promise<void>
}

export interface ReadsOptions {
  store: ReadsStore
  bus: Bus
  clock: Clock
  /** Whether the person may have pages at other instances. */
  isElsewhere(key: string): boolean
  /** For this instance's clients: the person has read so far. */
  onMoved(reading: Reading, except?: string): void
  onError(cause: unknown): void
}

export function createReads({ store, bus, clock, isElsewhere, onMoved, onError }: ReadsOptions): Reads {
  const toStore = createBatch()
  const toSend = createBatch()
  let storedAt = -Infinity
  let storing: Cancel | null = null
  let sending: Cancel | null = null
  let failed = false

  bus.onMessage((message) => {
    if (message.kind === 'read') for (const reading of message.readings) onMoved(reading)
  })

  function storeSoon() {
    storing ??= clock.after(Math.max(0, storedAt + STORED_EVERY_MS - clock.now()), () => void storeNow())
  }

  async function storeNow() {
    storing?.()
    storing = null
    const readings = toStore.take()
    if (readings.length === 0) return
    storedAt = clock.now()
    try {
      await store.move(readings)
      failed = false
    } catch (cause) {
      if (!failed) onError(cause)
      failed = true
      for (const { person, positions } of readings) if (toStore.size() < WAITING_MAX) toStore.add(person, positions)
      storeSoon()
    }
  }

  function sendNow() {
    sending = null
    for (const readings of toSend.slices()) bus.send({ v: STORED_VERSION, kind: 'read', readings })
  }

  return {
    move({ id, key }, positions, except) {
      onMoved({ person: id, positions: [...positions] }, except)
      if (toStore.size() < WAITING_MAX) toStore.add(id, positions)
      storeSoon()
      if (!isElsewhere(key)) return
      toSend.add(id, positions)
      sending ??= clock.after(SENT_EVERY_MS, sendNow)
    },
    async unread(person) {
      if (toStore.has(person)) await storeNow()
      return store.unread(person)
    },
    async upTo(person, room) {
      if (toStore.has(person)) await storeNow()
      return store.upTo(person, room)
    },
    mentions: (person) => store.mentions(person),
    forget: (person) => store.remove(person),
    async close() {
      sending?.()
      sendNow()
      await storeNow()
      storing?.()
    }
  }
}

/** The newest position of each person in each room. */
function createBatch() {
  let people = new Map<string, Map<string, ReadPosition>>()
  let size = 0
  const readings = () => [...people].map(([person, rooms]) => ({ person, positions: [...rooms.values()] }))

  function take(): Reading[] {
    const taken = readings()
    people = new Map()
    size = 0
    return taken
  }

  return {
    has: (person: string) => people.has(person),
    size: () => size,
    take,
    add(person: string, positions: readonly ReadPosition[]) {
      const rooms = people.get(person) ?? new Map<string, ReadPosition>()
      people.set(person, rooms)
      for (const position of positions) {
        const before = rooms.get(position.room)
        if (before && !isNewerPosition(position, before)) continue
        if (!before) size += 1
        rooms.set(position.room, position)
      }
    },
    /** Takes everything, in lists that one message may hold. */
    *slices() {
      const all = take()
      while (all.length > 0) yield all.splice(0, MOVED_POSITIONS_MAX)
    }
  }
}
