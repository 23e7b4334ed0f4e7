// Where the records of one person are stored: in the browser's database, or in the storage of a single tab.

export interface Records<T> {
  all(): Promise<T[]>
  /** Resolves once it is stored. The browser stores it even when the page closes at once. */
  put(record: T): Promise<void>
  remove(id: string): Promise<void>
}

export interface DatabaseRecords<T> extends Records<T> {
  /** Removes the records of all other people. */
  keepOnly(people: ReadonlySet<string>): Promise<void>
}

/** `read` returns null for what is no record of this version; those of a newer build are left alone. */
interface Kind<T> {
  database: string
  store: string
  read(stored: unknown): T | null
}

/** A database that takes longer hangs, and is treated as one that is missing. A busy disk takes seconds. */
const DATABASE_TIMEOUT_MS = 15_000

/** A database with one store. @throws where there is no database, as in some private windows, or when it takes too long */
export async function openRecords<T extends { id: string }>(
  factory: IDBFactory | undefined,
  { database: name, store, read }: Kind<T>,
  person: string
): Promise<DatabaseRecords<T>> {
  if (!factory) throw new Error('no database')
  const database = await inTime(open(factory, name, store))
  // Otherwise this page would block a newer one from upgrading the database.
  database.addEventListener('versionchange', () => database.close())

  function write(request: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(store, 'readwrite')
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')))
      request(transaction.objectStore(store))
      // Without it a page that closes now would leave the transaction undone.
      transaction.commit()
    })
  }

  return {
    async all() {
      const everything = IDBKeyRange.bound([person], [person, []])
      const records = await resultOf(database.transaction(store).objectStore(store).getAll(everything))
      return records.flatMap((record) => read(record) ?? [])
    },
    put: (record) => write((store) => void store.put({ ...record, person })),
    remove: (id) => write((store) => void store.delete([person, id])),
    async keepOnly(people) {
      const keys = await resultOf(database.transaction(store).objectStore(store).getAllKeys())
      const others = (keys as [string, string][]).filter(([person]) => !people.has(person))
      await write((store) => others.forEach((key) => store.delete(key)))
    }
  }
}

function open(factory: IDBFactory, name: string, store: string): Promise<IDBDatabase> {
  const request = factory.open(name, 1)
  request.addEventListener('upgradeneeded', () =>
    request.result.createObjectStore(store, { keyPath: ['person', 'id'] })
  )
  return resultOf(request)
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no answer')))
  })
}

/** @throws when it takes too long */
function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(reject, DATABASE_TIMEOUT_MS, new Error('too slow')))
  return Promise.race([work, late])
}

export type TabRecords<T> = ReturnType<typeof tabRecords<T & { id: string }>>

/** In the tab's own storage: the records survive a reload. */
export function tabRecords<T extends { id: string }>(key: string, read: Kind<T>['read'], storage: Storage) {
  function stored(): unknown[] {
    try {
      const list = JSON.parse(storage.getItem(key) ?? '[]') as unknown
      return Array.isArray(list) ? list : []
    } catch {
      return []
    }
  }

  function replace(id: string, records: readonly T[]) {
    const list = [...stored().filter((other) => read(other)?.id !== id), ...records]
    try {
      if (list.length > 0) storage.setItem(key, JSON.stringify(list))
      else storage.removeItem(key)
    } catch {
      // The storage is full or forbidden. The text is still on the screen.
    }
  }

  return {
    load: () => stored().flatMap((record) => read(record) ?? []),
    put: (record: T) => replace(record.id, [record]),
    remove: (id: string) => replace(id, [])
  }
}

export type BrowserRecords<T> = ReturnType<typeof browserRecords<T & { id: string; at: number }>>

/**
 * Records in the database. `own` stores what is not in it yet: until it is open, until it has stored it, and what it refuses. Of two
 * records of one id the later `at` stays, and of equal ones that of this tab.
 */
export function browserRecords<T extends { id: string; at: number }>(opening: Promise<Records<T>>, own: TabRecords<T>) {
  let records: Records<T> | null = null
  /** What was put last, by id: while the database stores one, a newer one may wait for it. */
  const newest = new Map<string, T>()
  const all = (open: Records<T>) => inTime(open.all()).catch((): T[] => [])
  const opened = opening.then(
    async (open) => {
      records = open
      if (own.load().length === 0) return
      // Another tab may have stored a later one since this tab wrote its own.
      const later = new Map((await all(open)).map(({ id, at }) => [id, at]))
      for (const record of own.load()) {
        if (record.at < (later.get(record.id) ?? 0)) own.remove(record.id)
        else put(record)
      }
    },
    () => {}
  )

  /** At once in the tab's own storage: the database may give up what is under way when a page goes. */
  function put(record: T) {
    own.put(record)
    newest.set(record.id, record)
    records?.put(record).then(
      () => {
        if (newest.get(record.id) !== record) return
        newest.delete(record.id)
        own.remove(record.id)
      },
      () => {}
    )
  }

  /** Another tab has removed it from the database: what waits in this one may not bring it back. */
  function forget(id: string) {
    newest.delete(id)
    own.remove(id)
  }

  return {
    opened,
    put,
    forget,
    remove(id: string) {
      forget(id)
      // A record that can't be removed is found again by the next page.
      void records?.remove(id).catch(() => {})
    },
    async load(): Promise<T[]> {
      await opened
      const stored = records ? await all(records) : []
      const waiting = own.load()
      const ids = new Set(waiting.map(({ id }) => id))
      return [...stored.filter(({ id }) => !ids.has(id)), ...waiting]
    }
  }
}
