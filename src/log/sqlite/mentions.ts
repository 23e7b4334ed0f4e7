// Who is mentioned where, in the embedded store. Triggers keep the table, so it is right whichever build writes to the file.
import type { DatabaseSync } from 'node:sqlite'

const KEEP = `INSERT OR IGNORE INTO mentions SELECT value ->> 'id', NEW.room, NEW.seq FROM json_each(NEW.mentions)`
const DROP = 'DELETE FROM mentions WHERE room = OLD.room AND seq = OLD.seq'

const SCHEMA = `
  ALTER TABLE messages ADD COLUMN mentions TEXT NOT NULL DEFAULT '';
  CREATE TABLE mentions (
    person TEXT NOT NULL, room INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (person, room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mentions_by_message ON mentions (room, seq);
  CREATE TRIGGER mentions_added AFTER INSERT ON messages WHEN NEW.mentions <> '' BEGIN ${KEEP}; END;
  CREATE TRIGGER mentions_changed AFTER UPDATE OF mentions ON messages WHEN NEW.mentions <> OLD.mentions BEGIN
    ${DROP};
    ${KEEP} WHERE NEW.mentions <> '';
  END;
  CREATE TRIGGER mentions_removed AFTER UPDATE OF removed ON messages WHEN NEW.removed = 1 AND OLD.mentions <> '' BEGIN
    ${DROP};
  END;
  CREATE TRIGGER mentions_dropped AFTER DELETE ON messages WHEN OLD.mentions <> '' BEGIN ${DROP}; END;
`

export function addMentions(db: DatabaseSync): void {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mentions'").get()) db.exec(SCHEMA)
}
