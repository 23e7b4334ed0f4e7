// The records of the shared table as this instance knows them, by kind: how their keys begin, up to the colon.
import type { TableRecord } from './table-store.ts'

interface Known {
  revision: number
  /** Parsed from JSON. Null for a deleted record, which stays so that a late message does not bring it back. */
  value: unknown
}

export interface TableRecords {
  /** Also deleted ones. */
  readonly size: number
  /** Whether there is or was such a record. */
  has(key: string): boolean
  /** Null when there is none. */
  get(key: string): unknown
  entries(kind: string): [key: string, value: unknown][]
  /** Older than what is known: nothing happens. */
  learn(record: TableRecord, revision: number): void
  /** Learns everything anew by `read`, and drops what is not there any more. */
  relearn(read: () => Promise<void>): Promise<void>
}

export const kindOf = (key: string) => key.slice(0, key.indexOf(':') + 1)

/** `onChange` is called for each record that changes; null when it was deleted. */
export function createTableRecords(onChange: (key: string, value: unknown) => void): TableRecords {
  const kinds = new Map<string, Map<string, Known>>()
  let size = 0
  const known = (key: string) => kinds.get(kindOf(key))?.get(key)

  return {
    get size() {
      return size
    },
    has: (key) => known(key) !== undefined,
    get: (key) => known(key)?.value ?? null,
    entries: (kind) =>
      [...(kinds.get(kind) ?? [])].flatMap(([key, { value }]): [string, unknown][] =>
        value === null ? [] : [[key, value]]
      ),

    learn({ key, value }, revision) {
      const before = known(key)
      if (revision <= (before?.revision ?? 0)) return
      const parsed: unknown = value === null ? null : JSON.parse(value)
      const kind = kinds.get(kindOf(key)) ?? new Map<string, Known>()
      kinds.set(kindOf(key), kind.set(key, { revision, value: parsed }))
      if (!before) size += 1
      onChange(key, parsed)
    },

    async relearn(read) {
      // What is known counts until it is known that the store has lost it.
      for (const kind of kinds.values()) for (const record of kind.values()) record.revision = 0
      await read()
      for (const kind of kinds.values())
        for (const [key, { revision }] of kind) {
          if (revision > 0) continue
          kind.delete(key)
          size -= 1
          onChange(key, null)
        }
    }
  }
}
