// The outbox that all tabs of one person share. Each tab sends its own items and holds a lock named after itself. The browser frees
// the lock when the tab is gone, and the tab that gets it then takes the items over. Two tabs that send the same item do no harm:
// the server stores an id once.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */
import { signal as state, type ReadonlySignal } from '@preact/signals'
import { newId } from '../../../src/contract.ts'
import { browserRecords, openRecords, tabRecords, type Records } from '../records.ts'
import { memoryStorage } from '../storage.ts'
import { readItem, type OutboxItem, type OutboxStore } from './item.ts'

export type Locks = Pick<LockManager, 'request'>
/** Who can send what waits: any page of this `browser`, this `tab` after a reload, or nobody but this `page`. */
export type Durability = 'browser' | 'tab' | 'page'
export interface BrowserOutbox {
  store: OutboxStore
  /** Null until it is known. */
  durability: ReadonlySignal<Durability | null>
}

/** In the tab's own storage: the items survive a reload. */
export const tabOutboxStore = (person: string, storage: Storage) =>
  tabRecords(`taifas:outbox:${person}`, readItem, storage)

/** The best store that this browser has. It gives locks to secure pages only, so not on plain http in a local network. */
export function chooseOutbox(
  person: string,
  { indexedDB, locks, tab }: { indexedDB?: IDBFactory | undefined; locks: Locks | undefined; tab: Storage | null }
): BrowserOutbox {
  const durability = state<Durability | null>(null)
  const own = tabOutboxStore(person, tab ?? memoryStorage())
  const alone = () => (durability.value = tab ? 'tab' : 'page')
  if (!indexedDB || !locks) {
    alone()
    return { store: own, durability }
  }
  const opening = openRecords(indexedDB, { database: 'taifas', store: 'outbox', read: readItem }, person)
  opening.then(() => (durability.value = 'browser'), alone)
  return { store: sharedOutboxStore(person, opening, locks, own), durability }
}

/** `own` stores what waits until the database is open, and where it doesn't open. */
export function sharedOutboxStore(
  person: string,
  opening: Promise<Records<OutboxItem>>,
  locks: Locks,
  own = tabOutboxStore(person, memoryStorage())
): OutboxStore {
  const name = `taifas:outbox:${person}`
  // Earlier builds name no owner. Their sending tab holds the lock without a suffix.
  const lockOf = (page: string | undefined) => (page === undefined ? name : `${name}:${page}`)
  const owner = newId()
  const channel = new BroadcastChannel(`${name}:changes`)
  /** Reaches the channel above, which does not receive its own messages. */
  const echo = new BroadcastChannel(`${name}:changes`)
  const marks = new Map<unknown, () => void>()
  const closing = new AbortController()
  const { signal } = closing
  /** Pages whose lock this page waits for. */
  const watched = new Set<string | undefined>()
  let callbacks: Parameters<NonNullable<OutboxStore['listen']>>[0] | null = null

  locks
    .request(lockOf(owner), { signal }, () => new Promise((resolve) => signal.addEventListener('abort', resolve)))
    .catch(() => {})
  // Before a reload this tab had another owner id.
  const records = browserRecords(opening, { ...own, load: () => own.load().map((item) => ({ ...item, owner })) })
  channel.addEventListener(
    'message',
    ({ data }: MessageEvent<{ item?: unknown; discarded?: string; mark?: string }>) => {
      marks.get(data.mark)?.()
      marks.delete(data.mark)
      const item = readItem(data.item)
      if (item) watch(item.owner)
      if (item) callbacks?.changed({ item })
      else if (data.discarded !== undefined) callbacks?.changed({ discarded: data.discarded })
    }
  )

  function watch(page: string | undefined) {
    if (page === owner || watched.has(page)) return
    watched.add(page)
    const gone = async () => {
      await callbacks?.gone(page)
      // Reading waits for what was written, so the next tab that gets this lock finds nothing left to take over.
      await records.load()
      watched.delete(page)
    }
    // In a browser that refuses locks after all, every tab sends everything.
    locks.request(lockOf(page), { signal }, gone).catch(() => (signal.aborted ? undefined : gone()))
  }

  return {
    owner,
    put: records.put,
    remove: records.remove,

    async load() {
      await records.opened
      if (signal.aborted) return []
      // The mark comes back after all that other pages have announced so far.
      const mark = newId()
      await new Promise<void>((resolve) => {
        marks.set(mark, resolve)
        echo.postMessage({ mark })
      })
      const stored = await records.load()
      for (const item of stored) watch(item.owner)
      return stored
    },

    announce(change) {
      if (!signal.aborted) channel.postMessage(change)
    },

    listen: (listener) => (callbacks = listener),

    close() {
      closing.abort()
      channel.close()
      echo.close()
    }
  }
}
