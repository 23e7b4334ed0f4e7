// The shared table as this instance knows it: all of it, in memory. It holds small records that rarely change and that every request may
// need, such as roles and invitations. A change is a transaction: it reads the newest records, decides, and writes only if nobody else has
// written meanwhile; otherwise it decides again. So conditions over several records hold in all regions: the last owner stays, and an
// invitation for three people admits three. A change reaches the other instances by the bus, and by the store if that message is lost.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { STORED_VERSION } from '../contract.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import { createFreshness, type Freshness } from '../sessions/freshness.ts'
import { createTableRecords, kindOf } from './table-records.ts'
import type { TableRecord, TableStore } from './table-store.ts'

/** Records at most; further ones are refused. */
export const TABLE_MAX = 50_000
/** Transactions that are written at once. */
const BATCH_MAX = 50
/** Each time that a transaction decides anew, another instance has written. */
const ATTEMPTS_MAX = 30

export interface Transaction {
  /** The record as this transaction leaves it, parsed from JSON; null when there is none. */
  get(key: string): unknown
  /** All records of a kind, which is how their keys begin, up to the colon: `person:`. */
  entries(kind: string): [key: string, value: unknown][]
  /** Writes a record as JSON; null deletes it. @throws ChatError too-many */
  put(key: string, value: object | null): void
}

export interface SharedTable extends Pick<Freshness, 'ready' | 'refresh'> {
  /**
   * Reads what is new if the store ended after what is known here at a time; `end` is the last revision, if a build that notes it wrote
   * one.
   */
  compare(end: string | undefined, at: number): void
  /** Records, also deleted ones. */
  readonly size: number
  /** Every record up to this revision is known. */
  readonly revision: number
  /** As this instance knows it. */
  get(key: string): unknown
  entries(kind: string): [key: string, value: unknown][]
  /**
   * Runs `decide` on the newest records, perhaps several times, and stores what it has put: all or nothing. When it throws, nothing is
   * stored and the promise rejects with that error.
   * @throws StoreUnavailable; then it is unknown whether the change was stored
   */
  transact<T>(decide: (records: Transaction) => T): Promise<T>
  /** Called for each record that changes, wherever it was changed; null when it was deleted. */
  onChange(listener: (key: string, value: unknown) => void): void
}

interface Waiting {
  decide(records: Transaction): unknown
  resolve(value: unknown): void
  reject(cause: unknown): void
}

export function createSharedTable(options: {
  store: TableStore
  bus: Bus
  clock: Clock
  onError(cause: unknown): void
}): SharedTable {
  const { store, bus, clock, onError } = options
  const listeners: ((key: string, value: unknown) => void)[] = []
  const waiting: Waiting[] = []
  /** Every record up to this revision is known. */
  let place = 0
  let writing = false

  const known = createTableRecords((key, value) => listeners.forEach((listen) => listen(key, value)))

  /** Records that were written together have consecutive revisions. */
  function learnWritten(records: readonly TableRecord[], after: number, last: number) {
    records.forEach((record, nth) => known.learn(record, last - records.length + 1 + nth))
    if (place >= after) place = Math.max(place, last)
  }

  /** Reads what was written after a revision that is known. */
  async function readAfter(revision: number) {
    for (let after = revision, more = true; more;) {
      const page = await store.list(after)
      for (const record of page.records) known.learn(record, record.revision)
      more = page.more
      after = page.records.at(-1)?.revision ?? after
      if (page.records.length > 0) place = Math.max(place, after)
    }
  }
  const { ready, refresh, update, compared } = createFreshness({ read: () => readAfter(place), clock, onError })

  /** The store has lost what is known here: it was emptied, or restored to an older copy. */
  async function readAgain() {
    place = 0
    await known.relearn(() => readAfter(0))
  }

  bus.onMessage((message) => {
    if (message.kind === 'table') learnWritten(message.records, message.after, message.last)
  })

  /** Runs one transaction on top of `draft`, and adds what it puts. */
  function decideOn(draft: Map<string, object | null>, { decide }: Waiting) {
    const own = new Map(draft)
    const read = (key: string): unknown => (own.has(key) ? own.get(key) : known.get(key))
    const value = decide({
      get: read,
      entries(kind) {
        const changed = [...own].filter(([key, put]) => kindOf(key) === kind && put !== null)
        return [...known.entries(kind).filter(([key]) => !own.has(key)), ...changed]
      },
      put(key, put) {
        if (put !== null && !known.has(key) && known.size + own.size >= TABLE_MAX) throw new ChatError('too-many')
        own.set(key, put)
      }
    })
    for (const [key, put] of own) draft.set(key, put)
    return value
  }

  /** Each transaction sees what those before it in the batch have put. Those that throw put nothing. */
  async function writeBatch(batch: readonly Waiting[]): Promise<(() => void)[]> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      await update()
      const draft = new Map<string, object | null>()
      const settle = batch.map((one) => {
        try {
          const value = decideOn(draft, one)
          return () => one.resolve(value)
        } catch (cause) {
          return () => one.reject(cause)
        }
      })
      if (draft.size === 0) return settle
      const records = [...draft].map(([key, value]) => ({ key, value: value && JSON.stringify(value) }))
      const after = place
      const last = await store.put(records, after)
      if (last === null) {
        // Somebody else has written, or nobody has.
        await update()
        if (place === after) await readAgain()
        continue
      }
      learnWritten(records, after, last)
      bus.send({ v: STORED_VERSION, kind: 'table', after, last, records })
      return settle
    }
    throw new StoreUnavailable('other instances wrote at the same time')
  }

  async function writeWaiting() {
    if (writing) return
    writing = true
    for (let batch = waiting.splice(0, BATCH_MAX); batch.length > 0; batch = waiting.splice(0, BATCH_MAX))
      try {
        for (const settle of await writeBatch(batch)) settle()
      } catch (cause) {
        for (const { reject } of batch) reject(cause)
      }
    writing = false
  }

  return {
    ready,
    refresh,
    compare: (end, at) => compared(Number(end ?? 0) > place, at),
    get size() {
      return known.size
    },
    get revision() {
      return place
    },
    get: known.get,
    entries: known.entries,
    transact: <T>(decide: (records: Transaction) => T) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ decide, resolve: (value) => resolve(value as T), reject })
        void writeWaiting()
      }),
    onChange(listener) {
      listeners.push(listener)
    }
  }
}
