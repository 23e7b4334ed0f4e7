// How far people have read, as this instance's clients say it. Positions reach the person's other pages soon, and the store in batches.
import { STORED_VERSION, isNewerPosition, type ReadPosition, type UnreadRoom } from '../contract.ts'
import { MOVED_POSITIONS_MAX, type Bus } from '../bus/messages.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { MentionPlace, Reading, ReadsStore } from './store.ts'

/** A position is stored at once, or this long after the last batch: at most once per person in this time. */
export const STORED_EVERY_MS = 2_000
/** Positions of people who may wait are stored this often, all together: each person costs Redis commands. Pages know theirs, too. */
export const STORED_TOGETHER_EVERY_MS = 24 * 60 * 60_000
/** Interval of looks for people who may wait no longer. */
const LOOKED_EVERY_MS = 500
/** What people read within this time goes to other instances in one message. */
const SENT_EVERY_MS = 200
/** Positions that wait, and those that wait for an unavailable store. */
const WAITING_MAX = 20_000

export interface Reads {
  /**
   * The person has read so far. Never throws: a position that is lost with this instance is read again. `except`: the reader's
   * connection.
   */
  move(person: string, positions: readonly ReadPosition[], except?: string): void
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
  isElsewhere(person: string): boolean
  /** Whether the person has pages here and at no other instance, so that nobody else asks how far they have read. */
  isOnlyHere(person: string): boolean
  /** Whether the person is not idle: others get no push messages. */
  isActive(person: string): boolean
  /** For this instance's clients: the person has read so far. */
  onMoved(reading: Reading, except?: string): void
  onError(cause: unknown): void
}

export function createReads({
  store,
  bus,
  clock,
  isElsewhere,
  isOnlyHere,
  isActive,
  onMoved,
  onError
}: ReadsOptions): Reads {
  /** Of people who may wait: neither stored nor sent to other instances. */
  const waiting = createBatch()
  const toStore = createBatch()
  const toSend = createBatch()
  let storedAt = -Infinity
  let waitingSince = clock.now()
  let looking: Cancel | null = null
  let sending: Cancel | null = null
  let failed = false

  bus.onMessage((message) => {
    if (message.kind === 'read') for (const reading of message.readings) onMoved(reading)
  })

  function waitNoLonger(isDue: (person: string) => boolean) {
    for (const { person, positions } of waiting.take(isDue)) {
      toStore.add(person, positions)
      if (isElsewhere(person)) sendSoon(person, positions)
    }
  }

  /** Stores what is due, unless something was stored just now; then, and while people wait, it looks again. */
  function look() {
    looking?.()
    const isTogether = clock.now() - waitingSince >= STORED_TOGETHER_EVERY_MS
    waitNoLonger((person) => isTogether || !isOnlyHere(person))
    if (clock.now() - storedAt >= STORED_EVERY_MS) void storeNow()
    looking = waiting.size() + toStore.size() > 0 ? clock.after(LOOKED_EVERY_MS, look) : null
  }

  async function storeNow() {
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
      look()
    }
  }

  /** Stores what this instance has of a person, for an answer from the store. */
  async function storeOf(person: string) {
    waitNoLonger((one) => one === person)
    if (toStore.has(person)) await storeNow()
  }

  function sendSoon(person: string, positions: readonly ReadPosition[]) {
    toSend.add(person, positions)
    sending ??= clock.after(SENT_EVERY_MS, sendNow)
  }

  function sendNow() {
    sending = null
    for (const readings of toSend.slices()) bus.send({ v: STORED_VERSION, kind: 'read', readings })
  }

  return {
    move(person, positions, except) {
      onMoved({ person, positions: [...positions] }, except)
      const waits = isActive(person) && isOnlyHere(person) && waiting.size() < WAITING_MAX
      if (waiting.size() === 0) waitingSince = clock.now()
      if (waits) waiting.add(person, positions)
      else if (toStore.size() < WAITING_MAX) toStore.add(person, positions)
      if (!waits && isElsewhere(person)) sendSoon(person, positions)
      if (!waits || !looking) look()
    },
    async unread(person) {
      await storeOf(person)
      return store.unread(person)
    },
    async upTo(person, room) {
      await storeOf(person)
      return store.upTo(person, room)
    },
    mentions: (person) => store.mentions(person),
    forget(person) {
      for (const batch of [waiting, toStore]) batch.take((one) => one === person)
      return store.remove(person)
    },
    async close() {
      waitNoLonger(() => true)
      sending?.()
      sendNow()
      await storeNow()
      looking?.()
    }
  }
}

/** The newest position of each person in each room. */
function createBatch() {
  const people = new Map<string, Map<string, ReadPosition>>()
  let size = 0

  function take(isWanted: (person: string) => boolean = () => true): Reading[] {
    const taken: Reading[] = []
    for (const [person, rooms] of people) {
      if (!isWanted(person)) continue
      taken.push({ person, positions: [...rooms.values()] })
      people.delete(person)
      size -= rooms.size
    }
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
