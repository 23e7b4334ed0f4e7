// Which open rooms have titles that look alike. In memory, as a part of every transaction: the file may be written by a build that
// would not keep it.
import type { DatabaseSync } from 'node:sqlite'
import { skeletonsOf } from '../../names.ts'
import { authorId, text, type Row } from './row-shapes.ts'

const SCHEMA = `
  CREATE TEMP TABLE title_forms (form TEXT NOT NULL, room INTEGER NOT NULL, PRIMARY KEY (form, room)) WITHOUT ROWID;
  CREATE INDEX temp.title_forms_by_room ON title_forms (room);
`

export function openTitles(db: DatabaseSync) {
  db.exec(SCHEMA)
  const add = db.prepare('INSERT INTO title_forms VALUES (?, ?)')
  const drop = db.prepare('DELETE FROM title_forms WHERE room = ?')
  const alike = db.prepare('SELECT id, title, by FROM rooms JOIN title_forms ON room = n WHERE form = ?')

  const titles = {
    /** Rooms whose titles look like this one. */
    alike: (title: string) =>
      skeletonsOf(title)
        .flatMap((form) => alike.all(form))
        .map(toTitle),
    set(room: number, title: string) {
      drop.run(room)
      for (const form of skeletonsOf(title)) add.run(form, room)
    },
    drop: (room: number) => void drop.run(room)
  }
  for (const row of db.prepare('SELECT n, title FROM rooms').all()) titles.set(Number(row['n']), text(row['title']))
  return titles
}

const toTitle = (row: Row) => ({ id: text(row['id']), title: text(row['title']), by: authorId(row) })
