// What people want to be notified of, in the embedded store's file.
import { reading, withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { ALL, DEVICE, levelField, type AlertsStore } from './store.ts'

// Beside the schema and not in it, as the table of read positions.
const TABLE = `
  CREATE TABLE IF NOT EXISTS alerts (
    person TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (person, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS alerts_by_name ON alerts (name, value);
  CREATE TRIGGER IF NOT EXISTS alerts_of_dropped AFTER DELETE ON people BEGIN
    DELETE FROM alerts WHERE person = OLD.id;
  END;
`
/** In place of a person: the whole chat. */
const CHAT = ''

/** Needs the table of people. @throws StoreUnavailable, StoreDamaged */
export function openSqliteAlerts({ db, groups }: SqliteStoreFile): AlertsStore {
  withStoreErrors(() => db.exec(TABLE))
  const fields = db.prepare('SELECT name, value FROM alerts WHERE person = ?')
  const put = db.prepare('INSERT OR REPLACE INTO alerts (person, name, value) VALUES (?, ?, ?)')
  const drop = db.prepare('DELETE FROM alerts WHERE person = ? AND name = ?')
  const wanting = db.prepare('SELECT person FROM alerts WHERE name = ? AND value = ?')
  const withDevices = db.prepare(`SELECT DISTINCT person FROM alerts WHERE name GLOB '${DEVICE}*'`)
  const remove = db.prepare('DELETE FROM alerts WHERE person = ?')
  const read = (person: string) => new Map(fields.all(person).map(({ name, value }) => [String(name), String(value)]))

  return {
    fields: (people) => reading(() => people.map(read)),
    set: (person, changed) =>
      groups.keep(() => () => {
        for (const [name, value] of changed)
          if (value === null) drop.run(person, name)
          else put.run(person, name, value)
      }),
    wantAll: (room) => reading(() => wanting.all(levelField(room), ALL).map(({ person }) => String(person))),
    withDevices: () => reading(() => withDevices.all().map(({ person }) => String(person))),
    once: (name, value) =>
      groups.keep(() => () => {
        const stored = read(CHAT).get(name)
        if (stored === undefined) put.run(CHAT, name, value)
        return stored ?? value
      }),
    remove: (person) => groups.keep(() => () => void remove.run(person))
  }
}
