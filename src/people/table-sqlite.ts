// The shared table in the embedded store's file.
import { reading, withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { DELETED_LASTS_MS, SWEEP_DELETED, TABLE_PAGE, type TableStore } from './table-store.ts'

// Beside the schema and not in it: the previous version opens the same file and leaves a table alone that it doesn't know. A deleted
// record has an empty value. Without rowid, as `rescue` expects of text keys.
const TABLE = `
  CREATE TABLE IF NOT EXISTS shared (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS shared_by_revision ON shared (revision);
`

/** @throws StoreUnavailable, StoreDamaged */
export function openSqliteTable({ db, groups, now }: SqliteStoreFile): TableStore {
  withStoreErrors(() => db.exec(TABLE))
  const newest = db.prepare('SELECT ifnull(max(revision), 0) AS revision FROM shared')
  const insert = db.prepare('INSERT OR REPLACE INTO shared (key, revision, value) VALUES (?, ?, ?)')
  const sweep = db.prepare(
    `DELETE FROM shared WHERE key IN (SELECT key FROM shared WHERE value = '' AND revision < ? ORDER BY revision LIMIT +?)`
  )
  const page = db.prepare('SELECT key, revision, value FROM shared WHERE revision > ? ORDER BY revision LIMIT +?')

  return {
    put: (records, after) =>
      groups.keep(() => () => {
        if (Number(newest.get()?.['revision']) !== after) return null
        // Revisions are times where possible, so that those of a store that was emptied are larger than all before.
        const first = Math.max(now(), after + 1)
        records.forEach(({ key, value }, place) => insert.run(key, first + place, value ?? ''))
        sweep.run(now() - DELETED_LASTS_MS, SWEEP_DELETED)
        return first + records.length - 1
      }),
    list: (after) =>
      reading(() => {
        const rows = page.all(after, TABLE_PAGE).map(({ key, revision, value }) => ({
          key: String(key),
          revision: Number(revision),
          value: String(value) || null
        }))
        return { records: rows, more: rows.length === TABLE_PAGE }
      })
  }
}
