// Private rooms of the embedded log: steps of a group that create them and change their members.
import { ChatError } from '../../errors.ts'
import { HIDDEN_ROOMS_PER_PERSON, newId, STORED_VERSION, type Room } from '../../contract.ts'
import { joined } from '../fold.ts'
import { changedMembers, isSameChange, silenced } from '../membership.ts'
import type { Appended, Member, MemberVerb, RoomRecord } from '../message-log.ts'
import { memberChangeText, type Envelope } from '../stored.ts'
import { repeated, type Appending } from './append.ts'
import type { Step } from './group-commit.ts'
import type { RoomRow } from './row-shapes.ts'
import type { Rows } from './rows.ts'

export const recordOf = ({ room, head, members = [] }: RoomRow): RoomRecord => ({ room, head, members })

export function creatingHidden(
  rows: Rows,
  given: Room,
  first: readonly Omit<Member, 'since'>[],
  limit: number
): Step<RoomRecord> {
  return () => {
    const there = rows.room(given.id)
    if (there) return () => recordOf(there)
    const room = { ...given, title: given.title.toWellFormed(), at: Math.trunc(given.at) }
    const members = first.map(({ id, name }) => ({ id, name: name.toWellFormed(), since: 0 }))
    if (rows.hidden.count() >= limit || members.some(({ id }) => isFull(rows, id))) throw new ChatError('rooms-full')
    return () => {
      const epoch = newId()
      rows.hidden.add(room, members, epoch)
      return { room, head: { epoch, seq: 0, id: '' }, members }
    }
  }
}

export function changingMembers(to: Pick<Appending, 'rows' | 'wiped' | 'now'>, change: MemberVerb): Step<Appended> {
  const { rows, now } = to
  return () => {
    const row = rows.room(change.room)
    if (!row?.members) throw new ChatError('no-room')
    const { id, at, by, person, what } = change
    const earlier = rows.eventById(row.n, id)
    if (earlier) {
      const appended = repeated(to, row, earlier)
      if (!isSameChange(appended.event, change)) throw new ChatError('id-taken')
      return () => appended
    }
    if (rows.messageById(row.n, id)) throw new ChatError('id-taken')
    const after = changedMembers(recordOf(row), change)
    if (what === 'joined' && isFull(rows, person.id)) throw new ChatError('rooms-full')
    return () => {
      const before = row.head
      const seq = before.seq + 1
      const author = { id: by.id, name: by.name.toWellFormed() }
      const common = { v: STORED_VERSION, seq, kind: 'member' as const, id, at: Math.trunc(at), by: author }
      const envelope: Envelope = { ...common, message: memberChangeText(change), of: 0 }
      rows.addEvent(row.n, envelope, now())
      rows.raiseRoom({ ...row, head: { ...before, seq, id } })
      const members = after.members.map((each) => ({
        ...each,
        name: each.name.toWellFormed(),
        since: each.since ?? seq
      }))
      if (after.room !== row.room) rows.changeRoom(row.n, after.room)
      rows.hidden.change(row.n, after.room, members)
      return { event: joined(envelope, null), before, repeated: false, published: false }
    }
  }
}

export const silencing =
  (rows: Rows, room: string, person: string, on: boolean): Step<void> =>
  () =>
  () => {
    const row = rows.room(room)
    if (row?.members) rows.hidden.change(row.n, row.room, silenced(row.members, person, on))
  }

const isFull = (rows: Rows, person: string) => rows.hidden.of(person).length >= HIDDEN_ROOMS_PER_PERSON
