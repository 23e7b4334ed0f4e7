// Takes the name of somebody who has left for good out of the shared table.
import type { Clock } from '../clock.ts'
import { noteFormer } from './profiles.ts'
import type { SharedTable } from './shared-table.ts'

/** With more records in the table nobody learns that somebody has left, so that there is room for moderators and bans. */
const FORMER_UNTIL = 40_000

/** Their invitations are withdrawn; the audit log and reports keep what was done, without the name. @throws StoreUnavailable */
export const forgetNameIn = (table: SharedTable, person: string, now: Clock['now']): Promise<void> =>
  table.transact((records) => {
    // Nobody has to stay because the table is nearly full.
    if (table.size < FORMER_UNTIL) noteFormer(records, person, now)
    const isTheirs = (about: unknown) =>
      typeof about === 'object' && about !== null && 'id' in about && about.id === person
    for (const kind of ['invitation:', 'room-invitation:', 'audit:', 'report:'])
      for (const [key, value] of records.entries(kind)) {
        const fields: [string, unknown][] = Object.entries(value as object)
        if (!fields.some(([, about]) => isTheirs(about))) continue
        const nameless = fields.map(([field, about]) => [field, isTheirs(about) ? { id: person, name: '' } : about])
        records.put(key, kind.endsWith('invitation:') ? null : (Object.fromEntries(nameless) as object))
      }
  })
