// Read positions in the embedded store's file, and counts of what is left to read.
import { isOpen, type UnreadRoom } from '../contract.ts'
import { reading, withStoreErrors } from '../log/sqlite/errors.ts'
import type { SqliteStoreFile } from '../log/sqlite/sqlite-log.ts'
import { MENTIONS_LISTED_MAX, type ReadsStore } from './store.ts'

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
/** A mention, in a message of somebody else whom the person has not blocked. */
const MENTION = `mentions x JOIN messages m ON m.room = x.room AND m.seq = x.seq AND m.by IS NOT :person
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = :person AND other = m.by)`
const OPENED = 'SELECT 1 FROM reads p WHERE p.person = :person AND p.room = r.id AND p.epoch = r.epoch'

/** `rooms`: the table of the open rooms or of the hidden ones. */
const statements = (rooms: string) => ({
  move: `INSERT INTO reads
    SELECT :person, r.id, r.epoch, min(:seq, r.seq), :back FROM ${rooms} r WHERE r.id = :room AND r.epoch = :epoch
    ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, back = excluded.back
    WHERE excluded.epoch <> epoch OR (excluded.back, excluded.seq) > (back, seq)`,
  /** Others' messages: all that are left after a seq, less the person's own. Both are read from indexes. */
  unread: `SELECT p.room, p.epoch, p.seq, p.back, r.seq AS head, CASE WHEN r.seq = p.seq THEN 0 ELSE
      (SELECT count(*) FROM messages m WHERE m.room = r.n AND m.removed = 0 AND m.seq > p.seq) -
      (SELECT count(*) FROM messages m WHERE m.room = r.n AND m.by = p.person AND m.seq > p.seq AND m.removed = 0)
    END AS unread, CASE WHEN r.seq = p.seq THEN 0 ELSE (SELECT count(DISTINCT x.seq)
      FROM ${MENTION} WHERE x.person IN (:person, '*') AND x.room = r.n AND x.seq > p.seq) END
    AS mentions FROM reads p JOIN ${rooms} r ON r.id = p.room AND r.epoch = p.epoch WHERE p.person = :person`,
  upTo: `SELECT p.seq FROM reads p JOIN ${rooms} r ON r.id = p.room AND r.epoch = p.epoch
    WHERE p.person = :person AND p.room = :room`,
  neverOpened: `SELECT r.id AS room, '' AS epoch, 0 AS seq, 0 AS back, r.seq AS head, 0 AS unread, count(*) AS mentions
    FROM ${MENTION} JOIN ${rooms} r ON r.n = x.room WHERE x.person = :person AND NOT EXISTS (${OPENED}) GROUP BY r.n`,
  mentions: `SELECT r.id AS room, m.id AS message, m.at FROM ${MENTION} JOIN ${rooms} r
    WHERE (x.person = :person OR x.person = '*' AND EXISTS (${OPENED})) AND x.room = r.n
    GROUP BY m.n ORDER BY m.at DESC, m.seq DESC LIMIT ${MENTIONS_LISTED_MAX}`
})

/** Needs the tables of people and of the log. @throws StoreUnavailable, StoreDamaged */
export function openSqliteReads({ db, groups }: SqliteStoreFile): ReadsStore {
  withStoreErrors(() => db.exec(TABLE))
  const [open, hidden] = ['rooms', 'hidden_rooms'].map((rooms) => {
    const { move, unread, upTo, neverOpened, mentions } = statements(rooms)
    return {
      move: db.prepare(move),
      upTo: db.prepare(upTo),
      counts: [unread, neverOpened].map((sql) => db.prepare(sql)),
      mentions: db.prepare(mentions)
    }
  }) as [TableStatements, TableStatements]
  const remove = db.prepare('DELETE FROM reads WHERE person = ?')

  return {
    move: (readings) =>
      groups.keep(() => () => {
        for (const { person, positions } of readings)
          for (const { room, epoch, seq, back } of positions)
            (isOpen(room) ? open : hidden).move.run({ person, room, epoch, seq, back })
      }),
    unread: (person) =>
      reading(() =>
        [open, hidden].flatMap(({ counts }) => counts.flatMap((each) => each.all({ person }).map(toUnread)))
      ),
    upTo: (person, room) =>
      reading(() => {
        const found = (isOpen(room) ? open : hidden).upTo.get({ person, room })
        return found ? Number(found['seq']) : null
      }),
    mentions: (person) =>
      reading(() =>
        [open, hidden]
          .flatMap(({ mentions }) => mentions.all({ person }))
          .toSorted((a, b) => Number(b['at']) - Number(a['at']))
          .slice(0, MENTIONS_LISTED_MAX)
          .map(({ room, message }) => ({ room: String(room), message: String(message) }))
      ),
    remove: (person) => groups.keep(() => () => void remove.run(person))
  }
}

type Row = ReturnType<Prepared['all']>[number]
type Prepared = ReturnType<SqliteStoreFile['db']['prepare']>
interface TableStatements {
  move: Prepared
  upTo: Prepared
  counts: Prepared[]
  mentions: Prepared
}

const toUnread = ({ room, epoch, seq, back, head, unread, mentions }: Row): UnreadRoom => ({
  room: String(room),
  epoch: String(epoch),
  seq: Number(seq),
  back: Number(back),
  head: Number(head),
  unread: Number(unread),
  mentions: Number(mentions)
})
