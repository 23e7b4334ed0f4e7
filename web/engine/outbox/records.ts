// Where one person's items are stored: the browser's database, or the storage of a single tab.
import { readItem, type OutboxItem, type OutboxStore } from './item.ts'

export interface Records {
  all(): Promise<OutboxItem[]>
  /** Resolves once it is stored. The browser stores it even when the page closes at once. */
  put(item: OutboxItem): Promise<void>
  remove(id: string): Promise<void>
}

const DATABASE = 'taifas'
const STORE = 'outbox'

/** A database with a record for each item. @throws where there is no database, as in some private windows */
export async function openRecords(factory: IDBFactory, person: string): Promise<Records> {
  const database = await open(factory)
  // Otherwise this page would block a newer one from upgrading the database.
  database.addEventListener('versionchange', () => database.close())

  function write(request: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite')
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')))
      request(transaction.objectStore(STORE))
      // Without it a page that closes now would leave the transaction undone.
      transaction.commit()
    })
  }

  return {
    async all() {
      const everything = IDBKeyRange.bound([person], [person, []])
      const records = await resultOf(database.transaction(STORE).objectStore(STORE).getAll(everything))
      return records.flatMap((record) => readItem(record) ?? [])
    },
    put: (item) => write((store) => void store.put({ ...item, person })),
    remove: (id) => write((store) => void store.delete([person, id]))
  }
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1)
  request.addEventListener('upgradeneeded', () =>
    request.result.createObjectStore(STORE, { keyPath: ['person', 'id'] })
  )
  return resultOf(request)
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no answer')))
  })
}

/** In the tab's own storage: the items survive a reload. */
export function tabOutboxStore(person: string, storage: Storage) {
  const key = `taifas:outbox:${person}`

  function stored(): unknown[] {
    try {
      const list = JSON.parse(storage.getItem(key) ?? '[]') as unknown
      return Array.isArray(list) ? list : []
    } catch {
      return []
    }
  }

  function replace(id: string, items: readonly OutboxItem[]) {
    const list = [...stored().filter((other) => readItem(other)?.id !== id), ...items]
    try {
      if (list.length > 0) storage.setItem(key, JSON.stringify(list))
      else storage.removeItem(key)
    } catch {
      // The storage is full or forbidden. The text is still on the screen, and is still being sent.
    }
  }

  return {
    load: () => stored().flatMap((item) => readItem(item) ?? []),
    put: (item) => replace(item.id, [item]),
    remove: (id) => replace(id, [])
  } satisfies OutboxStore
}
