// Appends one verb to the embedded log, as a step of a group: first all checks that may refuse it, then the writes.
import { ChatError } from '../../errors.ts'
import { newId, STORED_VERSION, type Cursor } from '../../contract.ts'
import { afterEdit, formerBytes } from '../former-texts.ts'
import { fold, isRepeat, joined, sending, tidied } from '../fold.ts'
import type { Appended, Change } from '../message-log.ts'
import type { Step } from './group-commit.ts'
import { pinned, type SlowMode } from '../room-rules.ts'
import type { MessageRow, RoomRow } from './row-shapes.ts'
import type { Rows } from './rows.ts'
import { trim, type Trimming } from './trim.ts'
import { AUTHORS_MIN, authorKey, CHANGES_PER_DAY, DAY_MS, REMOVALS_PER_DAY, storedBytes } from '../limits.ts'
import type { Envelope } from '../stored.ts'

export interface Appending extends Trimming {
  slowMode: SlowMode
  /** Bytes that all authors may share while the store is nearly full; null while there is space. */
  fair: () => number | null
}

export function appending(to: Appending, given: Change): Step<Appended> {
  const { rows } = to
  const change = tidied(given)
  return () => {
    const room = rows.room(change.room)
    if (!room) throw new ChatError('no-room')
    const earlier = recorded(rows, room, change)
    if (earlier) return () => repeated(to, room, earlier)
    const isEverywhere = change.kind === 'removed' && change.asModerator === 'everywhere'
    if (room.members && !isEverywhere && !room.members.some(({ id }) => id === change.by.id))
      throw new ChatError('no-room')
    if (change.kind !== 'removed' && room.members?.some(({ silent }) => silent)) throw new ChatError('blocked')

    const noteWriting = to.slowMode(room.room, change)
    const target = change.kind === 'sent' ? null : rows.messageById(room.n, change.message)
    const outcome = fold(change, target?.message ?? null)
    if (typeof outcome === 'string') throw new ChatError(outcome)
    const author = authorKey(change.by)
    const today = change.kind === 'sent' ? null : countToday(to, author, change.kind === 'removed')
    if (change.kind !== 'removed') refuseHeavy(to, author)

    return () => {
      const epoch = hasLost(rows, room, change.known) ? newId() : room.head.epoch
      const before: Cursor = { ...room.head, epoch }
      const seq = before.seq + 1
      const { kind, id, at, by } = change
      const message = outcome(seq)
      const envelope: Envelope = { v: STORED_VERSION, seq, kind, id, at, by, message: message.id, of: message.seq }
      rows.addEvent(room.n, envelope, to.now())
      const former =
        !target || kind === 'removed'
          ? []
          : kind === 'edited'
            ? afterEdit(target.former, target.message)
            : target.former
      if (target) rows.writeMessage(room.n, message, target.mask, former)
      else rows.addMessage(room.n, message)
      noteWriting()
      if (today) to.sizes.setChanges(author, today.day, today)
      if (kind === 'removed') to.wiped(true)
      const unpinned =
        kind === 'removed' && room.room.pins?.includes(change.message)
          ? pinned(room.room, change.message, false, () => true)
          : null
      if (unpinned) rows.changeRoom(room.n, unpinned)
      const messages = room.messages + (target ? 0 : 1)
      const bytesBefore = target ? storedBytes(target.message) + formerBytes(target.former) : 0
      const bytes = room.bytes + storedBytes(message) + formerBytes(former) - bytesBefore
      trim(to, { ...room, head: { epoch, seq, id }, messages, bytes }, author, message.seq)
      return {
        event: joined(envelope, message),
        before,
        repeated: false,
        published: false,
        ...(unpinned && { room: unpinned })
      }
    }
  }
}

function recorded(rows: Rows, room: RoomRow, change: Change): Envelope | null {
  const sent = (found: MessageRow | null) => found && sending(found.message)
  const record = rows.eventById(room.n, change.id) ?? sent(rows.messageById(room.n, change.id))
  if (record && !isRepeat(record, change)) throw new ChatError('id-taken')
  return record
}

export function repeated(to: Pick<Appending, 'rows' | 'wiped'>, room: RoomRow, envelope: Envelope): Appended {
  const { rows } = to
  // The first attempt may be stored but not acknowledged, because the write-ahead log could not be emptied.
  if (envelope.kind === 'removed') to.wiped(true)
  const message = rows.messageBySeq(room.n, envelope.of)?.message ?? null
  const seq = envelope.seq - 1
  const id = (seq >= room.trimmed && rows.eventId(room.n, seq)) || ''
  const before = { epoch: room.head.epoch, seq, id }
  return { event: joined(envelope, message), before, repeated: true, published: false }
}

/** The room's head, under a new epoch if the log no longer holds the known event. */
export function reminding(rows: Rows, id: string, known: Cursor): Step<Cursor> {
  return () => {
    const room = rows.room(id)
    if (!room) throw new ChatError('no-room')
    return () => {
      if (!hasLost(rows, room, known)) return room.head
      const head = { ...room.head, epoch: newId() }
      rows.raiseRoom({ ...room, head })
      return head
    }
  }
}

/** Whether the log has lost an event that the caller has seen. A trimmed event is no loss, nor is another epoch. */
function hasLost(rows: Rows, { n, head }: RoomRow, known: Cursor | undefined): boolean {
  if (!known || known.epoch !== head.epoch || known.seq === 0) return false
  if (known.seq > head.seq) return true
  const id = known.seq === head.seq ? head.id : rows.eventId(n, known.seq)
  return id !== null && id !== known.id
}

/** The author's changes of today with this one. @throws ChatError too-fast, until tomorrow */
function countToday({ sizes, now }: Appending, author: string, removal: boolean) {
  const day = Math.floor(now() / DAY_MS)
  const before = sizes.changes(author, day)
  const changes = before.changes + (removal ? 0 : 1)
  const removals = before.removals + (removal ? 1 : 0)
  if (changes > CHANGES_PER_DAY || removals > REMOVALS_PER_DAY)
    throw new ChatError('too-fast', (day + 1) * DAY_MS - now())
  return { day, changes, removals }
}

/** @throws ChatError store-full while the store is nearly full, and the author holds more than their share */
function refuseHeavy({ sizes, fair }: Appending, author: string): void {
  const shared = fair()
  if (shared === null) return
  if (sizes.inAll(author) > shared / Math.max(AUTHORS_MIN, sizes.authors())) throw new ChatError('store-full')
}
