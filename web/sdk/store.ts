// Where a client stores what must outlive it: its session, the places of its handlers, and its unconfirmed messages.
import { claimOrigin } from './store-claim.ts'

/**
 * Small JSON values under short keys. `put` resolves once the value would survive a crash, and replaces the earlier one whole.
 * One client at a time: two on one store would both send what waits there. `claim` may see to that.
 */
export interface ClientStore {
  /** Undefined when nothing is stored there. @throws when what is stored can't be read: nothing is forgotten silently. */
  get(key: string): Promise<unknown>
  put(key: string, value: unknown): Promise<void>
  remove(key: string): Promise<void>
  /** Keeps other clients out; resolves with what lets them in again. @throws ClientError `in-use` when one is in */
  claim?(): Promise<() => Promise<void>>
}

/** Lasts as long as this process: handlers start anew each time. */
export function memoryStore(): ClientStore {
  const values = new Map<string, string>()
  return {
    get: async (key) => {
      const json = values.get(key)
      return json === undefined ? undefined : (JSON.parse(json) as unknown)
    },
    put: async (key, value) => void values.set(key, JSON.stringify(value)),
    remove: async (key) => void values.delete(key)
  }
}

const PREFIX = 'taifas:client:'

/**
 * Stores in the browser's own storage: `localStorage` for one client of this origin, where a second one is refused, or `sessionStorage`
 * for one in each tab.
 */
export function browserStore(storage: WebStorage): ClientStore {
  return {
    // Each tab has its own sessionStorage.
    ...(storage === globalThis.localStorage && { claim: claimOrigin }),
    get: async (key) => {
      const json = storage.getItem(PREFIX + key)
      return json === null ? undefined : (JSON.parse(json) as unknown)
    },
    put: async (key, value) => storage.setItem(PREFIX + key, JSON.stringify(value)),
    remove: async (key) => storage.removeItem(PREFIX + key)
  }
}

/** What of a browser's `Storage` is used. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}
