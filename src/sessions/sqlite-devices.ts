// Devices in the embedded store's file.
import { withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { DEVICE_LASTS_MS, DEVICES_MAX, type DeviceStore } from './device-store.ts'

// Beside the schema and not in it, as `revocations`.
const TABLE = `
  CREATE TABLE IF NOT EXISTS devices (
    person TEXT NOT NULL, session TEXT NOT NULL, device TEXT NOT NULL, region TEXT NOT NULL,
    started INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (person, session)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS devices_by_use ON devices (seen);
`

/** @throws StoreUnavailable, StoreDamaged */
export function openSqliteDevices({ db, groups, now }: SqliteStoreFile): DeviceStore {
  withStoreErrors(() => db.exec(TABLE))
  const put = db.prepare(`INSERT INTO devices VALUES (:person, :session, :device, :region, :started, :now)
    ON CONFLICT (person, session) DO UPDATE SET device = ifnull(nullif(:device, ''), device), region = :region, seen = :now`)
  const dropExpired = db.prepare('DELETE FROM devices WHERE seen <= ?')
  const dropBeyond = db.prepare(`DELETE FROM devices WHERE person = :person AND session IN
    (SELECT session FROM devices WHERE person = :person ORDER BY seen DESC LIMIT -1 OFFSET ${DEVICES_MAX})
    RETURNING session`)
  const all = db.prepare('SELECT * FROM devices WHERE person = ? AND seen > ? ORDER BY seen DESC')
  const drop = db.prepare('DELETE FROM devices WHERE person = ? AND session = ?')

  return {
    used({ person, session, device, region, startedAt }) {
      // The commit may wait for others.
      const seen = now()
      return groups.keep(
        () => () => {
          put.run({ person, session, device, region, started: startedAt, now: seen })
          dropExpired.run(seen - DEVICE_LASTS_MS)
          return dropBeyond.all({ person }).map((row) => String(row['session']))
        },
        person
      )
    },
    // After what was written before, as in every other store: the session that asks is among them.
    list: (person) =>
      groups.keep(
        () => () =>
          all.all(person, now() - DEVICE_LASTS_MS).map((row) => ({
            session: String(row['session']),
            device: String(row['device']),
            region: String(row['region']),
            startedAt: Number(row['started']),
            seenAt: Number(row['seen'])
          }))
      ),
    remove: (person, sessions) =>
      groups.keep(() => () => {
        for (const session of sessions) drop.run(person, session)
      })
  }
}
