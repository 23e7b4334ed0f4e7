// How many bytes each author holds in each room of the embedded store, and what each person changed today. Triggers keep the
// counts, so they are right whichever build writes to the file.
import type { DatabaseSync } from 'node:sqlite'
import { MESSAGE_OVERHEAD_BYTES, REACTION_BYTES } from '../limits.ts'

/** Who stores less than this in a room counts as storing nothing when the store is nearly full. */
export const BLOCK_BYTES = 16_384

/** The same as `storedBytes`, and `formerBytes`. A masked text is as long as the text. */
export const bytesOf = (row: string) => `(
  ${MESSAGE_OVERHEAD_BYTES} + octet_length(${row}.name) + ifnull(length(${row}.body), 0) + ifnull(length(${row}.former), 0) + CASE WHEN ${row}.reactions IS NULL
  THEN 0 ELSE ${REACTION_BYTES} * (SELECT count(*) FROM json_tree(${row}.reactions) WHERE type = 'text') END)`

const SCHEMA = `
  ALTER TABLE rooms ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE sizes (
    room INTEGER NOT NULL, author TEXT NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE changes (
    person TEXT NOT NULL PRIMARY KEY, day INTEGER NOT NULL, changes INTEGER NOT NULL, removals INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sizes SELECT m.room, ifnull(m.by, ''), count(*), sum(${bytesOf('m')}) FROM messages m GROUP BY m.room, m.by;
`

const TRIGGERS = `
  DROP TRIGGER IF EXISTS sizes_added;
  DROP TRIGGER IF EXISTS sizes_changed;
  DROP TRIGGER IF EXISTS sizes_dropped;
  CREATE TRIGGER sizes_added AFTER INSERT ON messages BEGIN
    INSERT INTO sizes VALUES (NEW.room, ifnull(NEW.by, ''), 1, ${bytesOf('NEW')})
      ON CONFLICT (room, author) DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER sizes_changed AFTER UPDATE OF name, body, reactions, former ON messages BEGIN
    UPDATE sizes SET bytes = bytes + ${bytesOf('NEW')} - ${bytesOf('OLD')}
      WHERE room = NEW.room AND author = ifnull(NEW.by, '');
  END;
  CREATE TRIGGER sizes_dropped AFTER DELETE ON messages BEGIN
    UPDATE sizes SET messages = messages - 1, bytes = bytes - ${bytesOf('OLD')}
      WHERE room = OLD.room AND author = ifnull(OLD.by, '');
  END;
`

/**
 * Adds the counts to a file that has none. Earlier builds leave them alone: their writes are counted by author, and added up here
 * by room.
 */
export function addSizes(db: DatabaseSync): void {
  const has = (sql: string) => db.prepare(sql).get() !== undefined
  const isNew = !has("SELECT 1 FROM sqlite_schema WHERE name = 'sizes'")
  const lacksFormer = !has("SELECT 1 FROM pragma_table_info('messages') WHERE name = 'former'")
  // Earlier builds leave the column alone. What they change gets another key, so what is in it is noise then.
  if (lacksFormer) db.exec('ALTER TABLE messages ADD COLUMN former BLOB')
  if (isNew) db.exec(SCHEMA)
  if (isNew || lacksFormer) db.exec(TRIGGERS)
  db.exec('DELETE FROM sizes WHERE messages <= 0')
  for (const table of ['rooms', 'hidden_rooms'])
    db.exec(`UPDATE ${table} SET bytes = ifnull((SELECT sum(bytes) FROM sizes WHERE room = n), 0)`)
}

export type Sizes = ReturnType<typeof openSizes>

export function openSizes(db: DatabaseSync) {
  const one = db.prepare('SELECT messages, bytes FROM sizes WHERE room = ? AND author = ?')
  const blocks = db.prepare(`SELECT sum(bytes / ${BLOCK_BYTES}) AS blocks FROM sizes WHERE author = ?`)
  const authors = db.prepare(`SELECT count(DISTINCT author) AS authors FROM sizes WHERE bytes >= ${BLOCK_BYTES}`)
  const heaviest = db.prepare(
    `SELECT r.id, s.author FROM sizes s JOIN all_rooms r ON r.n = s.room
     WHERE s.bytes >= ${BLOCK_BYTES} ORDER BY s.bytes DESC LIMIT 1`
  )
  const above = db.prepare(
    'SELECT author FROM sizes WHERE room = ? AND (messages > ? OR bytes > ?) ORDER BY bytes DESC LIMIT 1'
  )
  const changes = db.prepare('SELECT changes, removals FROM changes WHERE person = ? AND day = ?')
  const setChanges = db.prepare(
    `INSERT INTO changes VALUES (?, ?, ?, ?) ON CONFLICT (person)
     DO UPDATE SET day = excluded.day, changes = excluded.changes, removals = excluded.removals`
  )
  const dropChanges = db.prepare('DELETE FROM changes WHERE day < ?')

  return {
    /** Messages and bytes of an author in a room. */
    of(room: number, author: string) {
      const row = one.get(room, author)
      return { messages: Number(row?.['messages'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
    },
    /** Bytes of an author in all rooms, in whole blocks. */
    inAll: (author: string) => Number(blocks.get(author)?.['blocks'] ?? 0) * BLOCK_BYTES,
    /** How many authors have a block or more. */
    authors: () => Number(authors.get()?.['authors'] ?? 0),
    /** Who has most in one room; null when nobody has a block. */
    heaviest() {
      const row = heaviest.get()
      return row ? { room: String(row['id']), author: String(row['author']) } : null
    },
    /** Who holds most among those above these numbers in a room; null when nobody is. */
    heaviestAbove(room: number, messages: number, bytes: number): string | null {
      const row = above.get(room, messages, bytes)
      return row ? String(row['author']) : null
    },
    changes(person: string, day: number) {
      const row = changes.get(person, day)
      return { changes: Number(row?.['changes'] ?? 0), removals: Number(row?.['removals'] ?? 0) }
    },
    setChanges(person: string, day: number, counts: { changes: number; removals: number }) {
      // Once a day for each person, which is often enough.
      if (counts.changes + counts.removals === 1) dropChanges.run(day)
      setChanges.run(person, day, counts.changes, counts.removals)
    }
  }
}
