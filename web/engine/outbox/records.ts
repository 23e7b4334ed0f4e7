// The browser's own database as one person's outbox: a record for each item, each change one transaction, so that tabs can't mix
// up each other's.
import { readItem, type OutboxItem } from './item.ts'

export interface Records {
  /** By `at`. Records of a newer version are left out, and left alone. */
  all(): Promise<OutboxItem[]>
  /** Resolves once it is kept; it will be even when the page closes at once. */
  put(item: OutboxItem): Promise<void>
  remove(id: string): Promise<void>
  /** Reads, decides and keeps in one step: null removes the record, the same leaves it. Resolves with what was decided. */
  change(id: string, decide: (kept: OutboxItem | null) => OutboxItem | null): Promise<OutboxItem | null>
}

const DATABASE = 'taifas'
const STORE = 'outbox'

/** @throws where there is no database to be had, as in some private windows */
export async function openRecords(factory: IDBFactory, person: string): Promise<Records> {
  const database = await open(factory)
  // A later version of the page wants to change the database: not held up by this one, which goes on without.
  database.addEventListener('versionchange', () => database.close())
  const keyOf = (id: string) => [person, id]
  const mine = IDBKeyRange.bound([person], [person, []])

  /** Resolves when what `work` has begun is kept. */
  function write(work: (store: IDBObjectStore, done: () => void) => void): Promise<void> {
    return new Promise((kept, failed) => {
      const transaction = database.transaction(STORE, 'readwrite')
      transaction.addEventListener('complete', () => kept())
      transaction.addEventListener('abort', () => failed(transaction.error ?? new Error('aborted')))
      // Said at once: a page that is closed before would leave its transaction undone.
      work(transaction.objectStore(STORE), () => transaction.commit())
    })
  }

  return {
    all: () =>
      new Promise((read, failed) => {
        const asked = database.transaction(STORE).objectStore(STORE).getAll(mine)
        asked.addEventListener('success', () => {
          const items = asked.result.flatMap((record) => readItem(record) ?? [])
          read(items.toSorted((one, other) => one.at - other.at))
        })
        asked.addEventListener('error', () => failed(asked.error ?? new Error('unreadable')))
      }),

    put: (item) =>
      write((store, done) => {
        store.put({ ...item, person })
        done()
      }),

    remove: (id) =>
      write((store, done) => {
        store.delete(keyOf(id))
        done()
      }),

    async change(id, decide) {
      let decided: OutboxItem | null = null
      await write((store, done) => {
        const asked = store.get(keyOf(id))
        asked.addEventListener('success', () => {
          const kept = readItem(asked.result)
          decided = decide(kept)
          // What is there and can't be read is a newer page's.
          const foreign = kept === null && asked.result !== undefined
          if (decided && decided !== kept && !foreign) store.put({ ...decided, person })
          else if (!decided && kept) store.delete(keyOf(id))
          done()
        })
      })
      return decided
    }
  }
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((opened, failed) => {
    const asked = factory.open(DATABASE, 1)
    asked.addEventListener('upgradeneeded', () => asked.result.createObjectStore(STORE, { keyPath: ['person', 'id'] }))
    asked.addEventListener('success', () => opened(asked.result))
    asked.addEventListener('error', () => failed(asked.error ?? new Error('no database')))
  })
}
