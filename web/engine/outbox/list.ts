// The items of an outbox on this page: what the person sees of them, and what is stored and announced.
import { signal } from '@preact/signals'
import { isUnsent, type OutboxItem, type OutboxStore } from './item.ts'

/** After this long without a receipt the page says so: it is on the screen within three seconds. */
export const SLOW_AFTER_MS = 2_000

export type OutboxList = ReturnType<typeof createList>

export function createList(store: OutboxStore) {
  const items = signal<readonly OutboxItem[]>([])
  /** By room, the id of the message in flight from this page. */
  const inFlight = new Map<string, string>()
  const slowTimers = new Map<string, ReturnType<typeof setTimeout>>()

  const find = (id: string) => items.value.find((item) => item.id === id)
  const isMine = ({ owner }: OutboxItem) => owner === store.owner
  /** This page still has to send it. */
  const isPending = (item: OutboxItem) => isMine(item) && isUnsent(item)

  function show(item: OutboxItem) {
    const before = find(item.id)
    const shown: OutboxItem = before?.slow ? { ...item, slow: true } : item
    items.value = before
      ? items.value.map((other) => (other === before ? shown : other))
      : [...items.value, shown].toSorted((one, other) => one.at - other.at)
    if (before) return
    const markSlow = () =>
      (items.value = items.value.map((other) => (other.id === item.id ? { ...other, slow: true } : other)))
    const left = item.at + SLOW_AFTER_MS - Date.now()
    if (left <= 0) markSlow()
    else slowTimers.set(item.id, setTimeout(markSlow, Math.min(left, SLOW_AFTER_MS)))
  }

  function hide(id: string) {
    clearTimeout(slowTimers.get(id))
    slowTimers.delete(id)
    items.value = items.value.filter((item) => item.id !== id)
  }

  return {
    items,
    inFlight,
    find,
    isMine,
    isPending,
    isInFlight: ({ id, room }: OutboxItem) => inFlight.get(room) === id,
    /** What this page sends next in the room. */
    next: (room: string) => items.value.find((item) => item.room === room && isPending(item)),
    /** Rooms in which this page has something to send. */
    rooms: () => new Set(items.value.filter(isPending).map(({ room }) => room)),

    show,
    hide,
    /** Stores, announces and shows the item, in this order: a person who sees it may discard it at once. A sent one needs no storing. */
    put(item: OutboxItem) {
      if (item.state === 'sent') store.remove(item.id)
      else store.put(item)
      store.announce?.({ item })
      show(item)
    },

    /** The log has it. Every page finds that in its own log; only the owner deletes the record. */
    settle(item: OutboxItem) {
      hide(item.id)
      if (isMine(item)) store.remove(item.id)
    },

    discard(item: OutboxItem) {
      hide(item.id)
      store.remove(item.id)
      store.announce?.({ discarded: item.id })
    },

    close() {
      for (const timer of slowTimers.values()) clearTimeout(timer)
    }
  }
}
