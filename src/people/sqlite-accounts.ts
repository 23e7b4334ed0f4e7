// Accounts in the embedded store's file.
import * as v from 'valibot'
import { reading } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { FOREVER, type AccountChange, type AccountStore } from './account-store.ts'
import { NAME_LASTS_MS } from './store.ts'

// As the tables of people. The index of subjects has a second column so that `rescue` does not take its rows for names.
export const ACCOUNT_TABLES = `
  CREATE TABLE IF NOT EXISTS accounts (
    person TEXT PRIMARY KEY, account TEXT NOT NULL, subject TEXT, changed INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS accounts_by_subject ON accounts (subject, changed);
  CREATE TABLE IF NOT EXISTS once (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS once_by_expiry ON once (expires);
`

const text = (value: unknown) => (typeof value === 'string' ? value : null)
const withSubject = v.pipe(v.string(), v.parseJson(), v.object({ subject: v.optional(v.string()) }))

/** Of a file in which `openSqlitePeople` has made the tables. */
export function openSqliteAccounts({ db, groups, now }: SqliteStoreFile): AccountStore {
  const byPerson = db.prepare('SELECT account FROM accounts WHERE person = ?')
  const ofSubject = db.prepare('SELECT person FROM accounts WHERE subject = ?')
  const living = db.prepare('SELECT 1 FROM people WHERE id = ? AND expires > ?')
  const write = db.prepare('INSERT OR REPLACE INTO accounts (person, account, subject, changed) VALUES (?, ?, ?, ?)')
  const drop = db.prepare('DELETE FROM accounts WHERE person = ?')
  const keepName = db.prepare('UPDATE people SET expires = ? WHERE id = ?')
  const put = db.prepare('INSERT OR REPLACE INTO once (key, value, expires) VALUES (?, ?, ?)')
  const dropExpired = db.prepare('DELETE FROM once WHERE expires <= ?')
  const take = db.prepare('DELETE FROM once WHERE key = ? RETURNING value, expires')

  function replace({ person, before, after }: AccountChange) {
    if (text(byPerson.get(person)?.['account']) !== before) return 'changed'
    if (after === null) {
      drop.run(person)
      keepName.run(now() + NAME_LASTS_MS, person)
      return 'done'
    }
    if (!living.get(person, now())) return 'gone'
    const { subject = null } = v.parse(withSubject, after)
    const owner = subject === null ? null : text(ofSubject.get(subject)?.['person'])
    if (owner !== null && owner !== person) return 'taken'
    write.run(person, after, subject, now())
    keepName.run(FOREVER, person)
    return 'done'
  }

  return {
    read: (person) => reading(() => text(byPerson.get(person)?.['account'])),
    bySubject: (subject) => reading(() => text(ofSubject.get(subject)?.['person'])),
    replace: (change) => groups.keep(() => () => replace(change)),
    put: (key, value, forMs) =>
      groups.keep(() => () => {
        dropExpired.run(now())
        put.run(key, value, now() + forMs)
      }),
    take: (key) =>
      groups.keep(() => () => {
        const row = take.get(key)
        return Number(row?.['expires']) > now() ? text(row?.['value']) : null
      })
  }
}
