// Where unconfirmed messages outlive the page: the interface, and its makers for one page alone. See outbox-shared.ts for the one
// that all tabs of a person share.
import { readItem, type OutboxItem } from './item.ts'

/** What has just happened to an item. `settled`: it stands in the log. */
export interface Change {
  what: 'added' | 'changed' | 'sent' | 'settled' | 'discarded'
  item: OutboxItem
}

/** One person's unconfirmed messages: never read, and never sent, as anybody else. */
export interface OutboxStore {
  /** What waits, in the order of `at`. Items of a newer version are left out, and kept. */
  load(): Promise<OutboxItem[]>
  /** Keeps these, and none else. A store that others write to as well keeps of it only what `change` tells. */
  save(items: readonly OutboxItem[], change: Change): void

  // What follows belongs to a store that several pages use at once.

  /**
   * Asks to be the page that sends. `held` is called when it is, after this has returned, with what waits after all that other
   * pages did (null: as before); `lost` when another page took over, which ends the asking. Returns how to let go, or to ask no
   * longer.
   */
  hold?(held: (waiting: OutboxItem[] | null) => void, lost: () => void): () => void
  /** The moment before an attempt: keeps that it is made. False: another page has taken the item back. */
  claim?(item: OutboxItem): Promise<boolean>
  /** Takes an item away from all pages. False: it may be on its way meanwhile. */
  withdraw?(item: OutboxItem): Promise<boolean>
  /** Hears what other pages do. */
  onChange?(listener: (change: Change) => void): void
  close?(): void
}

/** Keeps nothing beyond this page. */
export const memoryOutboxStore = (): OutboxStore => ({ load: async () => [], save: () => {} })

/** In this tab's own storage: it outlives a reload. */
export function tabOutboxStore(person: string, storage: Storage): OutboxStore {
  const key = `taifas:outbox:${person}`

  function kept(): unknown[] {
    try {
      const kept = JSON.parse(storage.getItem(key) ?? '[]') as unknown
      return Array.isArray(kept) ? kept : []
    } catch {
      return []
    }
  }

  return {
    load: async () => kept().flatMap((item) => readItem(item) ?? []),
    save(items) {
      const all = [...kept().filter((item) => !readItem(item)), ...items]
      try {
        if (all.length > 0) storage.setItem(key, JSON.stringify(all))
        else storage.removeItem(key)
      } catch {
        // A full or forbidden storage: the text is still on the screen, and still being sent.
      }
    }
  }
}
