// The items of an outbox on this page, in the order they were said: what is shown of them, and what the store is told.
import { signal } from '@preact/signals'
import { isUnsent, type OutboxItem } from './item.ts'
import type { Change, OutboxStore } from './store.ts'

/** After this long without a receipt the person is told: within three seconds it stands on the screen. */
export const SLOW_AFTER_MS = 2_000

export type OutboxList = ReturnType<typeof keepList>

export function keepList(store: OutboxStore) {
  const items = signal<readonly OutboxItem[]>([])
  /** By room, the id of what is on its way from this page. */
  const flying = new Map<string, string>()
  const slowTimers = new Map<string, ReturnType<typeof setTimeout>>()

  const find = (id: string) => items.value.find((item) => item.id === id)
  const isFlying = ({ id, room }: OutboxItem) => flying.get(room) === id

  function show(item: OutboxItem) {
    const held = find(item.id)
    const shown: OutboxItem = held?.slow ? { ...item, slow: true } : item
    items.value = held
      ? items.value.map((other) => (other === held ? shown : other))
      : [...items.value, shown].toSorted((one, other) => one.at - other.at)
    if (!held) tellWhenSlow(item)
  }

  function hide(id: string) {
    clearTimeout(slowTimers.get(id))
    items.value = items.value.filter((item) => item.id !== id)
  }

  function tellWhenSlow({ id, at }: OutboxItem) {
    const tell = () => (items.value = items.value.map((item) => (item.id === id ? { ...item, slow: true } : item)))
    const left = at + SLOW_AFTER_MS - Date.now()
    if (left <= 0) tell()
    else slowTimers.set(id, setTimeout(tell, Math.min(left, SLOW_AFTER_MS)))
  }

  function save(what: Change['what'], item: OutboxItem) {
    const waiting = items.value.filter(({ state }) => state !== 'sent')
    store.save(waiting, { what, item })
  }

  return {
    items,
    find,
    flying,
    isFlying,
    /** On its way from here, or only to appear in the log: nobody else has a say in it any more. */
    isBeyond: (item: OutboxItem) => isFlying(item) || item.state === 'sent',
    /** What of this room is to be sent next. */
    next: (room: string) => items.value.find((item) => item.room === room && isUnsent(item)),
    /** Those in which something is to be sent. */
    rooms: () => [...new Set(items.value.filter(isUnsent).map(({ room }) => room))],

    // To the person alone: what the store told, or need not know.
    show,
    hide,

    // To the store as well.
    save,
    put(item: OutboxItem, what: Change['what'] = 'changed') {
      show(item)
      save(what, item)
    },
    drop(item: OutboxItem, what: 'settled' | 'discarded') {
      hide(item.id)
      save(what, item)
    },

    close() {
      for (const timer of slowTimers.values()) clearTimeout(timer)
    }
  }
}
