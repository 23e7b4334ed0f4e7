// Rows of private rooms and direct conversations. Who is in which room is in each room's row, and in memory by person.
import type { DatabaseSync } from 'node:sqlite'
import * as v from 'valibot'
import { StoreDamaged } from '../../errors.ts'
import type { Room } from '../../contract.ts'
import type { Member } from '../message-log.ts'
import { storedMembers } from '../stored.ts'

const stored = v.pipe(v.string(), v.parseJson(), storedMembers)

export function openHiddenRows(db: DatabaseSync) {
  db.exec(`CREATE TEMP TABLE memberships (person TEXT, room INTEGER, PRIMARY KEY (person, room)) WITHOUT ROWID;
    CREATE INDEX temp.memberships_by_room ON memberships (room)`)
  const add =
    db.prepare(`INSERT INTO hidden_rooms (n, members, id, title, by, at, epoch, settings, seq, head, messages, trimmed)
    VALUES ((SELECT ifnull(min(n), 0) - 1 FROM hidden_rooms), '{}', ?, ?, ?, ?, ?, ?, 0, '', 0, 0) RETURNING n`)
  const setMembers = db.prepare('UPDATE hidden_rooms SET members = ?, by = ? WHERE n = ?')
  const count = db.prepare('SELECT count(*) AS count FROM hidden_rooms')
  const join = db.prepare('INSERT INTO memberships VALUES (?, ?)')
  const leave = db.prepare('DELETE FROM memberships WHERE room = ?')
  const roomsOf = db.prepare('SELECT h.id FROM memberships m JOIN hidden_rooms h ON h.n = m.room WHERE m.person = ?')

  function index(n: number, members: readonly Member[]) {
    leave.run(n)
    for (const { id } of members) join.run(id, n)
  }

  for (const row of db.prepare('SELECT n, members FROM hidden_rooms').all()) index(Number(row['n']), readMembers(row))

  function change(n: number, { by }: Room, members: readonly Member[]) {
    setMembers.run(JSON.stringify(Object.fromEntries(members.map(({ id, ...member }) => [id, member]))), by, n)
    index(n, members)
  }

  return {
    count: () => Number(count.get()?.['count']),
    add(room: Room, members: readonly Member[], epoch: string) {
      const row = add.get(
        room.id,
        room.title,
        room.by,
        room.at,
        epoch,
        room.history ? JSON.stringify({ history: true }) : ''
      )
      change(Number(row?.['n']), room, members)
    },
    change,
    /** Nobody is in it any more. */
    drop: (n: number) => void leave.run(n),
    /** Ids of the rooms that the person is a member of. */
    of: (person: string) => roomsOf.all(person).map(({ id }) => String(id))
  }
}

/** The longest there first. @throws StoreDamaged */
export function readMembers(row: { members?: unknown }): Member[] {
  const read = v.safeParse(stored, row.members)
  if (!read.success) throw new StoreDamaged('the members of a room are damaged')
  return Object.entries(read.output)
    .map(([id, member]) => ({ id, ...member }))
    .toSorted((a, b) => a.since - b.since)
}
