// Who did what to whom: an append-only log of the newest entries, in the shared table, so that an entry is written in one step with what
// it is about.
import * as v from 'valibot'
import { AUDIT_MAX, MODERATION_PAGE, auditActions, type AuditEntry } from '../contract.ts'
import type { SharedTable, Transaction } from './shared-table.ts'

const PREFIX = 'audit:'
/** Entries of a newer version are left out. */
const stored = v.looseObject({
  n: v.number(),
  id: v.string(),
  at: v.number(),
  by: v.object({ id: v.string(), name: v.string() }),
  what: v.picklist(auditActions),
  whom: v.exactOptional(v.object({ id: v.nullable(v.string()), name: v.string() })),
  room: v.exactOptional(v.string()),
  seq: v.exactOptional(v.number()),
  until: v.exactOptional(v.number()),
  reason: v.exactOptional(v.string())
})
type Stored = v.InferOutput<typeof stored>

export interface AuditLog {
  /** Adds an entry to a transaction, under the id of its action. False when the id was used before: the action was repeated. */
  add(records: Transaction, entry: Omit<AuditEntry, 'n'>, id: string): boolean
  /** The newest entries, or the newest before a number. */
  page(before?: number): { entries: AuditEntry[]; next?: number }
}

export function createAuditLog(table: Pick<SharedTable, 'entries'>): AuditLog {
  /** The newest first. */
  const all = ({ entries }: Pick<Transaction, 'entries'>): Stored[] =>
    entries(PREFIX)
      .flatMap(([, value]) => (v.is(stored, value) ? [value] : []))
      .toSorted((one, other) => other.n - one.n)

  return {
    add(records, entry, id) {
      const before = all(records)
      if (before.some((other) => other.id === id)) return false
      const n = (before[0]?.n ?? 0) + 1
      // The newest takes the place of the oldest.
      records.put(`${PREFIX}${n % AUDIT_MAX}`, { ...entry, n, id })
      return true
    },
    page(before = Infinity) {
      const older = all(table).filter(({ n }) => n < before)
      const entries = older.slice(0, MODERATION_PAGE).map(entryOf)
      const last = entries.at(-1)
      return { entries, ...(older.length > MODERATION_PAGE && last && { next: last.n }) }
    }
  }
}

const entryOf = ({ n, at, by, what, whom, room, seq, until, reason }: Stored): AuditEntry => ({
  n,
  at,
  by,
  what,
  ...(whom && { whom }),
  ...(room !== undefined && { room }),
  ...(seq !== undefined && { seq }),
  ...(until !== undefined && { until }),
  ...(reason !== undefined && { reason })
})
