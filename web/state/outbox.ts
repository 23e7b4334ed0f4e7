// What I said and nobody has confirmed. One message in flight per room, in order, under the same id at every attempt, so that trying
// again is harmless. An item leaves only by its receipt, or by the hand of the person.
import { signal, type ReadonlySignal } from '@preact/signals'
import { newId, type Reason, type Receipt, type Reply } from '../../src/contract.ts'
import type { OutboxStore } from './outbox-store.ts'

export interface OutboxItem {
  v: 1
  id: string
  room: string
  text: string
  /** The id of the message it answers. */
  replyTo?: string
  /** Milliseconds since 1970 by this device. */
  at: number
  state: 'queued' | 'sending' | 'sent' | 'failed'
  /** When an attempt was first made: from then on it may have been kept, and only its own id may try again. */
  triedAt?: number
  /** Unconfirmed long enough to say so. */
  slow?: true
  reason?: Reason
  receipt?: Receipt
}

/** After this long without a receipt the person is told. */
export const SLOW_AFTER_MS = 3_000
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 15_000

/** Refusals that say "later", not "no". */
export const LATER: readonly Reason[] = ['unavailable', 'too-fast', 'not-joined', 'sign-in', 'too-old']

export type Outbox = ReturnType<typeof openOutbox>

export interface OutboxDoors {
  send(said: Pick<OutboxItem, 'room' | 'id' | 'text' | 'replyTo'>): Promise<Reply<Receipt>>
  /** Whether words can be said in this room now: connected, and the room open on this connection. */
  ready(room: string): boolean
  /** A receipt came: the message stands in the log at this seq. */
  confirmed(item: OutboxItem, receipt: Receipt): void
  store: OutboxStore
  random?: () => number
}

export function openOutbox({ send, ready, confirmed, store, random = Math.random }: OutboxDoors) {
  const items = signal<readonly OutboxItem[]>([])
  /** By room: attempts since the last answer that was a yes, and the timer of the next. */
  const tries = new Map<string, number>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const slowTimers = new Set<ReturnType<typeof setTimeout>>()
  const inFlight = new Set<string>()
  /** Rooms that wait for their next attempt: what is said meanwhile queues up behind. */
  const resting = new Set<string>()
  let closed = false

  function change(id: string, changed: Partial<OutboxItem>) {
    keep(items.value.map((item) => (item.id === id ? { ...item, ...changed } : item)))
  }

  function keep(next: readonly OutboxItem[]) {
    items.value = next
    store.save(next.filter((item) => item.state !== 'sent'))
  }

  async function flush(room: string) {
    if (closed || inFlight.has(room) || resting.has(room) || !ready(room)) return
    const item = items.value.find((item) => item.room === room && item.state === 'queued')
    if (!item) return
    inFlight.add(room)
    clearTimeout(timers.get(room))
    change(item.id, { state: 'sending', triedAt: item.triedAt ?? Date.now() })
    const { id, text, replyTo } = item
    const reply = await send({ room, id, text, ...(replyTo !== undefined && { replyTo }) })
    inFlight.delete(room)
    if (closed) return
    // Its event may have come before the receipt, and settled it.
    if (items.value.some(({ id }) => id === item.id)) answered(item, reply)
    await flush(room)
  }

  function answered(item: OutboxItem, reply: Reply<Receipt>) {
    if (reply.ok) {
      tries.delete(item.room)
      change(item.id, { state: 'sent', receipt: reply.value })
      confirmed(item, reply.value)
    } else if (LATER.includes(reply.reason)) {
      change(item.id, { state: 'queued' })
      later(item.room, reply.retryAfterMs)
    } else {
      change(item.id, { state: 'failed', reason: reply.reason })
    }
  }

  function later(room: string, afterMs: number | undefined) {
    const count = tries.get(room) ?? 0
    tries.set(room, count + 1)
    const wait = afterMs ?? Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** count)
    resting.add(room)
    timers.set(
      room,
      setTimeout(
        () => {
          resting.delete(room)
          void flush(room)
        },
        wait * (1 + random() / 2)
      )
    )
  }
  function watch(item: OutboxItem) {
    const timer = setTimeout(() => {
      slowTimers.delete(timer)
      if (items.value.some(({ id }) => id === item.id)) change(item.id, { slow: true })
    }, SLOW_AFTER_MS)
    slowTimers.add(timer)
  }

  return {
    items: items as ReadonlySignal<readonly OutboxItem[]>,

    /** Brings back what an earlier page of this person left behind. */
    async restore() {
      const left = await store.load()
      const known = new Set(items.value.map((item) => item.id))
      const back = left.filter((item) => !known.has(item.id))
      keep([
        ...back.map((item): OutboxItem => ({
          ...item,
          slow: true,
          state: item.state === 'failed' ? 'failed' : 'queued'
        })),
        ...items.value
      ])
      for (const room of new Set(back.map((item) => item.room))) void flush(room)
    },

    /** Takes a text and shows it at once. Returns its id, which is the message's; an id that already waits here is taken once. */
    add(room: string, text: string, { id = newId(), ...reply }: { id?: string; replyTo?: string } = {}): string {
      if (items.value.some((item) => item.id === id)) return id
      const item: OutboxItem = { v: 1, id, room, text, ...reply, at: Date.now(), state: 'queued' }
      keep([...items.value, item])
      watch(item)
      void flush(room)
      return item.id
    },

    /** The room can be spoken in (again): nothing waits any longer. */
    wake(room: string) {
      resting.delete(room)
      clearTimeout(timers.get(room))
      void flush(room)
    },

    retry(id: string) {
      const item = items.value.find((item) => item.id === id && item.state === 'failed')
      if (!item) return
      const { reason: _, ...again } = item
      keep(items.value.map((other) => (other.id === id ? { ...again, state: 'queued' } : other)))
      void flush(item.room)
    },

    discard(id: string) {
      keep(items.value.filter((item) => item.id !== id || item.state === 'sending'))
    },

    /** These messages stand in the log now. */
    settle(room: string, isThere: (item: OutboxItem) => boolean) {
      if (!items.value.some((item) => item.room === room && isThere(item))) return
      keep(items.value.filter((item) => item.room !== room || !isThere(item)))
    },

    close() {
      closed = true
      for (const timer of [...timers.values(), ...slowTimers]) clearTimeout(timer)
    }
  }
}
