// The shared table as this instance knows it: all of it, in memory. It holds small records that rarely change and that every request may
// need, such as roles and invitations. A change is a transaction: it reads the newest records, decides, and writes only if nobody else has
// written meanwhile; otherwise it decides again. So conditions over several records hold in all regions: the last owner stays, and an
// invitation for three people admits three. A change reaches the other instances by the bus, and by the store if that message is lost.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { STORED_VERSION } from '../contract.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import { createFreshness, type Freshness } from '../sessions/freshness.ts'
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

const kindOf = (key: string) => key.slice(0, key.indexOf(':') + 1)

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
  /** By kind and key. A deleted record stays as null, so that a late message does not bring it back. */
  const kinds = new Map<string, Map<string, { revision: number; value: unknown }>>()
  let size = 0
  const listeners: ((key: string, value: unknown) => void)[] = []
  const waiting: Waiting[] = []
  /** Every record up to this revision is known. */
  let place = 0
  let writing = false

  const known = (key: string) => kinds.get(kindOf(key))?.get(key)
  const get = (key: string) => known(key)?.value ?? null
  const entries = (kind: string) =>
    [...(kinds.get(kind) ?? [])].flatMap(([key, { value }]): [string, unknown][] =>
      value === null ? [] : [[key, value]]
    )

  function learn({ key, value }: TableRecord, revision: number) {
    const before = known(key)
    if (revision <= (before?.revision ?? 0)) return
    const parsed: unknown = value === null ? null : JSON.parse(value)
    const kind = kinds.get(kindOf(key)) ?? new Map<string, { revision: number; value: unknown }>()
    kinds.set(kindOf(key), kind.set(key, { revision, value: parsed }))
    if (!before) size += 1
    for (const listen of listeners) listen(key, parsed)
  }

  /** Records that were written together have consecutive revisions. */
  function learnWritten(records: readonly TableRecord[], after: number, last: number) {
    records.forEach((record, nth) => learn(record, last - records.length + 1 + nth))
    if (place >= after) place = Math.max(place, last)
  }

  async function read() {
    for (let more = true; more;) {
      const page = await store.list(place)
      for (const record of page.records) learn(record, record.revision)
      place = Math.max(place, page.records.at(-1)?.revision ?? 0)
      more = page.more
    }
  }
  const { ready, refresh, update } = createFreshness({ read, clock, onError })

  /** The store has lost what is known here: it was emptied, or restored to an older copy. */
  async function readAgain() {
    for (const records of kinds.values()) for (const record of records.values()) record.revision = 0
    place = 0
    await update()
    for (const records of kinds.values())
      for (const [key, { revision }] of records) {
        if (revision > 0) continue
        records.delete(key)
        size -= 1
        for (const listen of listeners) listen(key, null)
      }
  }

  bus.onMessage((message) => {
    if (message.kind === 'table') learnWritten(message.records, message.after, message.last)
  })

  /** Runs one transaction on top of `draft`, and adds what it puts. */
  function decideOn(draft: Map<string, object | null>, { decide }: Waiting) {
    const own = new Map(draft)
    const read = (key: string): unknown => (own.has(key) ? own.get(key) : get(key))
    const value = decide({
      get: read,
      entries(kind) {
        const changed = [...own].filter(([key, put]) => kindOf(key) === kind && put !== null)
        return [...entries(kind).filter(([key]) => !own.has(key)), ...changed]
      },
      put(key, put) {
        if (put !== null && !known(key) && size + own.size >= TABLE_MAX) throw new ChatError('too-many')
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
    get,
    entries,
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
