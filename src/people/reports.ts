// Reports of messages, in the shared table until a moderator resolves them.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { MODERATION_PAGE, REPORTS_MAX, REPORTS_PER_PERSON, type Report } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { SharedTable, Transaction } from './shared-table.ts'

const PREFIX = 'report:'
const ID_CHARACTERS = 22

const person = v.object({ id: v.string(), name: v.string() })
const stored = v.looseObject({
  id: v.string(),
  room: v.string(),
  message: v.string(),
  seq: v.number(),
  author: v.object({ id: v.nullable(v.string()), name: v.string() }),
  by: person,
  at: v.number(),
  reason: v.string()
})

export interface Reports {
  /** The first report of a person about a message stays; another one changes nothing. @throws ChatError too-many; StoreUnavailable */
  add(report: Omit<Report, 'id'>): Promise<void>
  /** The newest, or the newest before a time. */
  page(before?: number): { reports: Report[]; next?: number }
  /** Removes a report from the list. @returns it, or null when it was resolved before */
  resolve(records: Transaction, id: string): Report | null
}

export function createReports(table: SharedTable): Reports {
  const all = ({ entries }: Pick<Transaction, 'entries'>): Report[] =>
    entries(PREFIX).flatMap(([, value]) => (v.is(stored, value) ? [value] : []))

  return {
    add: (report) =>
      table.transact((records) => {
        const id = idOf(report)
        const open = all(records)
        if (open.some((other) => other.id === id)) return
        const own = open.filter(({ by }) => by.id === report.by.id).length
        if (open.length >= REPORTS_MAX || own >= REPORTS_PER_PERSON) throw new ChatError('too-many')
        // Times are places in the list, so no two are the same.
        const at = Math.max(report.at, ...open.map((other) => other.at + 1))
        records.put(PREFIX + id, { ...report, id, at })
      }),
    page(before = Infinity) {
      const older = all(table)
        .filter(({ at }) => at < before)
        .toSorted((one, other) => other.at - one.at)
      const reports = older.slice(0, MODERATION_PAGE)
      const last = reports.at(-1)
      return { reports, ...(older.length > MODERATION_PAGE && last && { next: last.at }) }
    },
    resolve(records, id) {
      const value = records.get(PREFIX + id)
      if (!v.is(stored, value)) return null
      records.put(PREFIX + id, null)
      return value
    }
  }
}

const idOf = ({ room, message, by }: Omit<Report, 'id'>) =>
  createHash('sha256')
    .update(JSON.stringify([room, message, by.id]))
    .digest('base64url')
    .slice(0, ID_CHARACTERS)
