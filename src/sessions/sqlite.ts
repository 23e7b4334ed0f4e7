// Revoked sessions in the embedded store's file.
import { REVOCATIONS_KEPT_MS, REVOCATIONS_MAX, REVOCATIONS_PAGE, type RevocationStore } from './store.ts'
import { reading, withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'

// Beside the schema and not in it: the previous version opens the same file and leaves a table alone that it doesn't know.
const TABLE = `CREATE TABLE IF NOT EXISTS revocations (
  n INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, before INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT`

/** @throws StoreUnavailable, StoreDamaged */
export function openSqliteRevocations({ db, groups, now }: SqliteStoreFile): RevocationStore {
  withStoreErrors(() => db.exec(TABLE))
  const insert = db.prepare('INSERT INTO revocations (session, before, at) VALUES (?, ?, ?)')
  const dropExpired = db.prepare('DELETE FROM revocations WHERE at < ?')
  const dropOldest = db.prepare('DELETE FROM revocations WHERE n <= ?')
  const page = db.prepare('SELECT n, session, before FROM revocations WHERE n > ? ORDER BY n LIMIT +?')

  return {
    add: ({ session, before }) =>
      groups.keep(() => () => {
        const { lastInsertRowid } = insert.run(session, before, now())
        dropExpired.run(now() - REVOCATIONS_KEPT_MS)
        dropOldest.run(Number(lastInsertRowid) - REVOCATIONS_MAX)
      }),
    list: (after) =>
      reading(() => {
        const rows = page.all(Number(after ?? 0), REVOCATIONS_PAGE)
        return {
          revocations: rows.map(({ session, before }) => ({ session: String(session), before: Number(before) })),
          place: rows.at(-1) ? String(rows.at(-1)?.['n']) : after,
          more: rows.length === REVOCATIONS_PAGE
        }
      })
  }
}
