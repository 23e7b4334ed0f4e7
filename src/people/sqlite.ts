// People in the embedded store's file.
import { reading, withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { folded } from '../contract.ts'
import { FOREVER } from './account-store.ts'
import { ACCOUNT_TABLES } from './sqlite-accounts.ts'
import {
  AFTER_ALL,
  BLOCKED_MAX,
  FOUND_PEOPLE_MAX,
  PEOPLE_MAX,
  SEEN_EVERY_MS,
  SWEEP_PEOPLE,
  UNUSED_NAME_LASTS_MS,
  placeOf,
  type Claim,
  type PeopleStore
} from './store.ts'

// Beside the schema and not in it: the previous version opens the same file and leaves tables alone that it doesn't know. `forms` is a
// JSON list, to find a person's rows of `names`. `role` is reserved. Without rowid, as `rescue` expects of text keys. `places` is in
// memory: it is made at the start from what any version has written.
const TABLES = `
  CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, forms TEXT NOT NULL, secret TEXT,
    created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, role TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS people_by_expiry ON people (expires);
  CREATE TABLE IF NOT EXISTS names (form TEXT PRIMARY KEY, person TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blocks (
    person TEXT NOT NULL, other TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (person, other)
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE places (person TEXT PRIMARY KEY, name TEXT NOT NULL, place TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX temp.people_by_place ON places (place);
`

/** @throws StoreUnavailable, StoreDamaged */
export function openSqlitePeople({ db, groups, now }: SqliteStoreFile): PeopleStore {
  withStoreErrors(() => db.exec(TABLES + ACCOUNT_TABLES))
  const byId = db.prepare('SELECT name, forms, created, seen, expires, secret FROM people WHERE id = ? AND expires > ?')
  const ownerOf = db.prepare(
    'SELECT p.id, p.secret FROM names n JOIN people p ON p.id = n.person WHERE n.form = ? AND p.expires > ?'
  )
  const insert = db.prepare(`INSERT INTO people (id, name, forms, secret, created, seen, expires)
    VALUES (:id, :name, :forms, :secret, :now, :now, :expires) ON CONFLICT (id) DO UPDATE SET
    name = :name, forms = :forms, secret = ifnull(:secret, secret), seen = :now, expires = max(expires, :expires)`)
  const prolong = db.prepare('UPDATE people SET seen = :now, expires = max(expires, :expires) WHERE id = :id')
  const addName = db.prepare('INSERT OR REPLACE INTO names (form, person) VALUES (?, ?)')
  const dropNames = db.prepare(`DELETE FROM names WHERE person = :id
    AND form IN (SELECT value FROM json_each((SELECT forms FROM people WHERE id = :id)))`)
  const dropPerson = db.prepare('DELETE FROM people WHERE id = ?')
  const setPlace = db.prepare('INSERT OR REPLACE INTO places (person, name, place) VALUES (?, ?, ?)')
  const dropPlace = db.prepare('DELETE FROM places WHERE person = ?')
  const placesFrom = db.prepare(`SELECT q.person AS id, q.name, q.place FROM places q JOIN people p ON p.id = q.person
    WHERE q.place > ? AND q.place < ? AND p.expires > ? ORDER BY q.place LIMIT ${FOUND_PEOPLE_MAX}`)
  const forgetSecret = db.prepare('UPDATE people SET secret = NULL WHERE id = ?')
  const expired = db.prepare('SELECT id FROM people WHERE expires <= ? ORDER BY expires LIMIT +?')
  const least = db.prepare(`SELECT id FROM people WHERE expires < ${FOREVER} ORDER BY expires LIMIT +?`)
  const account = db.prepare('SELECT 1 FROM accounts WHERE person = ?')
  let count = Number(db.prepare('SELECT count(*) AS count FROM people').get()?.['count'])

  const addBlock = db.prepare(`INSERT OR IGNORE INTO blocks SELECT :person, :other, :at
    WHERE (SELECT count(*) FROM blocks WHERE person = :person) < ${BLOCKED_MAX}`)
  const dropBlock = db.prepare('DELETE FROM blocks WHERE person = ? AND other = ?')
  const dropBlocks = db.prepare('DELETE FROM blocks WHERE person = ?')
  const blockedOf = db.prepare('SELECT other FROM blocks WHERE person = ?')
  const isBlocked = db.prepare('SELECT 1 FROM blocks WHERE person = ? AND other = ?')

  function drop(id: string) {
    dropBlocks.run(id)
    dropNames.run({ id })
    dropPlace.run(id)
    count -= Number(dropPerson.run(id).changes)
  }
  const place = (id: string, name: string) => setPlace.run(id, name, placeOf({ id, name }))
  for (const { id, name } of db.prepare('SELECT id, name FROM people').all()) place(String(id), String(name))
  const dropAll = (rows: { id?: unknown }[]) => rows.forEach(({ id }) => drop(String(id)))

  /** Whose claim it is: of the one owner with this secret, or of the claim's own id when nobody owns a form. */
  function claimant({ id, forms, secret = '' }: Claim): string | null {
    let own = id
    for (const form of forms) {
      const owner = ownerOf.get(form, now())
      if (!owner || owner['id'] === own) continue
      if (own !== id || secret === '' || owner['secret'] !== secret) return null
      own = String(owner['id'])
    }
    return own
  }

  function write(claim: Claim): string | null {
    dropAll(expired.all(now(), SWEEP_PEOPLE))
    const id = claimant(claim)
    if (id === null) return null
    const { name, forMs } = claim
    const [secret, forms, expires] = [claim.secret ?? null, JSON.stringify(claim.forms), now() + forMs]
    const stored = byId.get(id, now())
    const isNews = stored?.['name'] !== name || (secret !== null && stored['secret'] !== secret)
    if (!isNews && Number(stored['expires']) > expires - SEEN_EVERY_MS) return id
    if (!isNews && stored['forms'] === forms) {
      prolong.run({ id, now: now(), expires })
      return id
    }
    // Their time is over, and so is what was stored of them.
    if (!stored) drop(id)
    dropNames.run({ id })
    insert.run({ id, name, forms, secret, now: now(), expires })
    for (const form of claim.forms) addName.run(form, id)
    place(id, name)
    if (!stored) count += 1
    if (count > PEOPLE_MAX) dropAll(least.all(Math.min(count - PEOPLE_MAX, SWEEP_PEOPLE)))
    return id
  }

  return {
    // Nobody waits for a name to be kept, so a crowd that comes in shares commits.
    claim: (claim) => groups.keep(() => () => write(claim), claim.forMs > UNUSED_NAME_LASTS_MS ? claim.id : undefined),
    free: (names) => reading(() => names.map((forms) => forms.every((form) => !ownerOf.get(form, now())))),
    owners: (forms) =>
      reading(() => forms.map((form) => (ownerOf.get(form, now())?.['id'] as string | undefined) ?? null)),
    person: (id) =>
      reading(() => {
        const row = byId.get(id, now())
        return row
          ? {
              name: String(row['name']),
              createdAt: Number(row['created']),
              seenAt: Number(row['seen']),
              expiresAt: Number(row['expires'])
            }
          : null
      }),
    search: (prefix, from) =>
      reading(() => {
        const rows = placesFrom.all(from ?? folded(prefix), folded(prefix) + AFTER_ALL, now())
        const people = rows.map(({ id, name }) => ({ id: String(id), name: String(name) }))
        const last = rows[FOUND_PEOPLE_MAX - 1]
        return { people, ...(last && { next: String(last['place']) }) }
      }),
    names: (ids) =>
      reading(() =>
        ids.flatMap((id) => {
          const row = byId.get(id, now())
          return row ? [{ id, name: String(row['name']) }] : []
        })
      ),
    forgetSecret: (id) => groups.keep(() => () => void forgetSecret.run(id)),
    block: (person, other, on) =>
      groups.keep(() => () => {
        if (on) addBlock.run({ person, other, at: now() })
        else dropBlock.run(person, other)
      }),
    blocked: (person) => reading(() => blockedOf.all(person).map((row) => String(row['other']))),
    blockedBy: (people, other) => reading(() => people.filter((person) => isBlocked.get(person, other))),
    remove: (id) =>
      groups.keep(() => () => {
        if (account.get(id)) return false
        drop(id)
        return true
      })
  }
}
