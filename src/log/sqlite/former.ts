// Forgets the name of somebody who has left, in the embedded store: it is overwritten with as many spaces. A row that keeps its length
// keeps its place, so no copy of the name stays in the file, and the counts of bytes stay right.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import * as v from 'valibot'
import type { MessageLog } from '../message-log.ts'
import { memberChangeText, readMemberChange, storedMembers, storedMentions } from '../stored.ts'
import type { Groups } from './group-commit.ts'

const blank = (name: SQLOutputValue | undefined) => ' '.repeat(Buffer.byteLength(String(name ?? '')))

/** Names of an author in one table, and how each is overwritten. */
interface Named {
  names: StatementSync
  overwrite: StatementSync
}

export function forgettingAuthors(options: {
  db: DatabaseSync
  groups: Groups
  wiped(atOnce: boolean): void
}): Pick<MessageLog, 'forgetAuthor'> {
  const { db, groups, wiped } = options
  const rooms = ['rooms', 'hidden_rooms'].map((table) => db.prepare(`SELECT n FROM ${table}`))
  const [messages, events] = ['messages', 'events'].map((table) => ({
    names: db.prepare(`SELECT DISTINCT name FROM ${table} WHERE room = ? AND by = ? AND trim(name) <> ''`),
    overwrite: db.prepare(`UPDATE ${table} SET name = ? WHERE room = ? AND by = ? AND name = ?`)
  })) as [Named, Named]
  /** No index has the authors of messages, so they are looked through only where there are some. */
  const writes = db.prepare('SELECT 1 FROM sizes WHERE room = ? AND author = ?')
  const mentioning = db.prepare(
    'SELECT m.n, m.mentions FROM mentions q JOIN messages m USING (room, seq) WHERE q.person = ? AND q.room = ?'
  )
  const setMentions = db.prepare('UPDATE messages SET mentions = ? WHERE n = ?')
  const memberEvents = db.prepare(
    "SELECT seq, message FROM events WHERE room = ? AND kind = 'member' AND instr(message, ?) > 0"
  )
  const setMember = db.prepare('UPDATE events SET message = ? WHERE room = ? AND seq = ?')

  const memberOf = db.prepare('SELECT n, members FROM hidden_rooms WHERE n = ? AND instr(members, ?) > 0')
  const setMembers = db.prepare('UPDATE hidden_rooms SET members = ? WHERE n = ?')

  function forgetIn(room: number, person: string) {
    for (const { names, overwrite } of writes.get(room, person) ? [messages, events] : [events])
      for (const { name } of names.all(room, person)) overwrite.run(blank(name), room, person, name ?? '')
    for (const { n, mentions } of mentioning.all(person, room)) {
      const all = v.parse(storedMentions, JSON.parse(String(mentions)))
      const next = all.map((one) => (one.id === person ? { ...one, name: blank(one.name) } : one))
      setMentions.run(JSON.stringify(next), Number(n))
    }
    for (const { n, members } of memberOf.all(room, person)) {
      const all = Object.entries(v.parse(storedMembers, JSON.parse(String(members))))
      const next = all.map(([id, one]) => [id, id === person ? { ...one, name: blank(one.name) } : one] as const)
      setMembers.run(JSON.stringify(Object.fromEntries(next)), Number(n))
    }
    for (const { seq, message } of memberEvents.all(room, person)) {
      const change = readMemberChange(String(message))
      if (change?.person.id !== person) continue
      setMember.run(
        memberChangeText({ ...change, person: { id: person, name: blank(change.person.name) } }),
        room,
        Number(seq)
      )
    }
  }

  return {
    async forgetAuthor(person) {
      // A step for each room: others write in between.
      for (const { n } of rooms.flatMap((room) => room.all()))
        await groups.keep(() => () => {
          forgetIn(Number(n), person)
          wiped(true)
        })
    }
  }
}
