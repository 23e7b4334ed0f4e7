// Read positions in the embedded store's file.
import { asStoreError } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import type { ReadsStore } from './store.ts'

// Beside the schema and not in it: the previous version opens the same file and leaves alone what it doesn't know. People who are
// dropped take their positions with them, whichever build drops them.
const TABLE = `
  CREATE TABLE IF NOT EXISTS reads (
    person TEXT NOT NULL, room TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, back INTEGER NOT NULL,
    PRIMARY KEY (person, room)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS reads_of_dropped AFTER DELETE ON people BEGIN
    DELETE FROM reads WHERE person = OLD.id;
  END;
`
const MOVE = `INSERT INTO reads
  SELECT :person, r.id, r.epoch, min(:seq, r.seq), :back FROM rooms r WHERE r.id = :room AND r.epoch = :epoch
  ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, back = excluded.back
  WHERE excluded.epoch <> epoch OR (excluded.back, excluded.seq) > (back, seq)`
/** Others' messages: all that are left after a seq, less the person's own. Both are read from indexes. */
const UNREAD = `SELECT p.room, p.epoch, p.seq, p.back, r.seq AS head, CASE WHEN r.seq = p.seq THEN 0 ELSE
    (SELECT count(*) FROM messages m WHERE m.room = r.n AND m.removed = 0 AND m.seq > p.seq) -
    (SELECT count(*) FROM messages m WHERE m.room = r.n AND m.by = p.person AND m.seq > p.seq AND m.removed = 0)
  END AS unread
  FROM reads p JOIN rooms r ON r.id = p.room AND r.epoch = p.epoch WHERE p.person = ?`

/** Needs the table of people. @throws StoreUnavailable, StoreDamaged */
export function openSqliteReads({ db, groups }: SqliteStoreFile): ReadsStore {
  try {
    db.exec(TABLE)
  } catch (cause) {
    throw asStoreError(cause)
  }
  const move = db.prepare(MOVE)
  const unread = db.prepare(UNREAD)
  const remove = db.prepare('DELETE FROM reads WHERE person = ?')

  return {
    move: (readings) =>
      groups.keep(() => () => {
        for (const { person, positions } of readings)
          for (const { room, epoch, seq, back } of positions) move.run({ person, room, epoch, seq, back })
      }),
    async unread(person) {
      try {
        return unread.all(person).map(({ room, epoch, seq, back, head, unread }) => ({
          room: String(room),
          epoch: String(epoch),
          seq: Number(seq),
          back: Number(back),
          head: Number(head),
          unread: Number(unread)
        }))
      } catch (cause) {
        throw asStoreError(cause)
      }
    },
    remove: (person) => groups.keep(() => () => void remove.run(person))
  }
}
