// The best place this browser has for unconfirmed messages, and how much it promises. Locks are for secure pages only: on plain http
// in a local network, and without a database, each tab keeps and sends its own.
import { signal, type ReadonlySignal } from '@preact/signals'
import { openRecords } from './records.ts'
import { sharedOutboxStore, soon } from './shared.ts'
import { memoryOutboxStore, tabOutboxStore, type OutboxStore } from './store.ts'
import type { Locks } from './leader.ts'

/** `browser`: another tab or a later page sends it. `tab`: a reload does. `page`: nothing but this page. */
export type Kept = 'browser' | 'tab' | 'page'

export interface KeptOutbox {
  store: OutboxStore
  /** Null until it is known. */
  kept: ReadonlySignal<Kept | null>
}

export interface BrowserParts {
  indexedDB: IDBFactory | undefined
  locks: Locks | undefined
  /** Null where there is none. */
  tab: Storage | null
}

export function chooseOutbox(person: string, { indexedDB, locks, tab }: BrowserParts): KeptOutbox {
  const kept = signal<Kept | null>(null)

  async function choose(): Promise<OutboxStore> {
    const own = tab ? tabOutboxStore(person, tab) : memoryOutboxStore()
    try {
      if (!indexedDB || !locks) throw new Error('nothing to share with')
      const records = await soon(openRecords(indexedDB, person))
      // What an earlier page could keep in its tab only, as the database didn't answer.
      for (const item of await own.load()) {
        await soon(records.put(item))
        own.save([], { what: 'settled', item })
      }
      kept.value = 'browser'
      return sharedOutboxStore(person, records, locks)
    } catch {
      kept.value = tab ? 'tab' : 'page'
      return own
    }
  }

  return { store: promised(choose()), kept }
}

/** A store that is still being chosen: what it is asked waits. */
function promised(choice: Promise<OutboxStore>): OutboxStore {
  return {
    load: async () => (await choice).load(),
    save: (items, change) => void choice.then((store) => store.save(items, change)),
    claim: async (item) => (await (await choice).claim?.(item)) ?? true,
    withdraw: async (item) => (await (await choice).withdraw?.(item)) ?? true,
    hold(held, lost) {
      let over = false
      let letGo = () => {}
      void choice.then((store) => {
        if (over) return
        if (store.hold) letGo = store.hold(held, lost)
        else held(null)
      })
      return () => {
        over = true
        letGo()
      }
    },
    onChange: (listener) => void choice.then((store) => store.onChange?.(listener)),
    close: () => void choice.then((store) => store.close?.())
  }
}
