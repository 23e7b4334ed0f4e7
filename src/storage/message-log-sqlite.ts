// The embedded message log: one SQLite file, held by one process. Reads are answered from what is committed; whatever is
// kept goes through a group (sqlite-group.ts) and is on the disk before it is acknowledged.
import { ChatError } from '../chat/chat-error.ts'
import {
  CATCH_UP_EVENTS,
  CATCH_UP_MAX_EVENTS,
  LOBBY,
  newId,
  type Cursor,
  type Message,
  type Page,
  type Room,
  type Sync
} from '../contract.ts'
import { joined } from './fold.ts'
import type { MessageLog } from './message-log.ts'
import { appending, reminding } from './sqlite-append.ts'
import { FolderTaken, FolderTooNew, forget, openFile } from './sqlite-file.ts'
import { away, openGroups, type Step } from './sqlite-group.ts'
import { openRows, type RoomRow, type Rows } from './sqlite-rows.ts'
import { lobbyMadeAt } from './stored.ts'

export { FolderTaken, FolderTooNew }

/** Trimmed texts leave the write-ahead log this soon; removed ones before their removal is acknowledged. */
const FORGET_TRIMMED_AFTER_MS = 1_000
/** One page is read in steps of this many messages, and ends early when its texts are longer than this together: reading stops everything else. */
const READ_STEP = 50
const READ_MAX_BYTES = 2_000_000

export interface SqliteLogOptions {
  /** The file, or ':memory:'. Its folder is made when missing. */
  path: string
  /** Messages kept per room. */
  historyLimit: number
  /** Milliseconds since 1970, for the age of idempotency records. */
  now?: () => number
}

/** @throws FolderTaken, FolderTooNew: sentences for the operator; StoreAway when the file can't be read or written. */
export async function openSqliteLog({ path, historyLimit, now = Date.now }: SqliteLogOptions): Promise<MessageLog> {
  const { db, rows } = open(path, now())
  let owed = false
  let urgent = false
  let due: NodeJS.Timeout | undefined

  function settleDebt() {
    clearTimeout(due)
    due = undefined
    forget(db)
    owed = false
  }

  const groups = openGroups(db, () => {
    const atOnce = urgent && owed
    urgent = false
    if (atOnce) settleDebt()
    else if (owed) due ??= setTimeout(trySettling, FORGET_TRIMMED_AFTER_MS).unref()
  })

  function trySettling() {
    due = undefined
    try {
      settleDebt()
    } catch {
      // Still owed: the next commit tries again.
    }
  }

  const wiped = (atOnce: boolean) => {
    owed = true
    urgent ||= atOnce
  }
  const known = (id: string) => {
    const room = rows.room(id)
    if (!room) throw new ChatError('no-room')
    return room
  }

  return {
    append: (change) => groups.keep(appending({ rows, historyLimit, now, wiped }, change)),
    sync: (room, cursor, pageSize) =>
      reading(() => (cursor && eventsSince(rows, known(room), cursor)) ?? fresh(rows, known(room), pageSize)),
    before: (id, before, limit, { removed }) =>
      reading(() => {
        const room = rows.room(id)
        const bySeq = before && 'seq' in before ? before.seq : null
        const seq = before && 'id' in before ? rows.messageById(room?.n ?? 0, before.id)?.message.seq : bySeq
        if (!room || seq === undefined) return { messages: [], older: false }
        return page(rows, room, seq ?? room.head.seq + 1, limit, removed)
      }),
    heads: () => reading(() => new Map(rows.rooms().map(({ room, head }) => [room.id, head]))),
    remind: (room, known) => groups.keep(reminding(rows, room, known)),
    createRoom: (room, limit) => groups.keep(makingRoom(rows, room, limit)),
    rooms: () => reading(() => rows.rooms().map(({ room }) => room)),
    // A transaction is kept or it isn't; there is no answer on its way.
    onLate() {},
    async close() {
      groups.flush()
      clearTimeout(due)
      if (!db.isOpen) return
      trySettling()
      db.close()
    }
  }
}

function open(path: string, at: number) {
  try {
    const db = openFile(path)
    const rows = openRows(db)
    if (!rows.room(LOBBY)) rows.addRoom(lobbyMadeAt(at), newId())
    // What a crash left unforgotten.
    forget(db)
    return { db, rows }
  } catch (error) {
    throw error instanceof FolderTaken || error instanceof FolderTooNew ? error : away(error)
  }
}

async function reading<T>(read: () => T): Promise<T> {
  try {
    return read()
  } catch (error) {
    throw away(error)
  }
}

/** The events after a cursor, or null when the log does not hold it. */
function eventsSince(rows: Rows, { n, head, trimmed }: RoomRow, cursor: Cursor): Sync | null {
  const behind = head.seq - cursor.seq
  if (cursor.epoch !== head.epoch || behind < 0 || behind > CATCH_UP_MAX_EVENTS || cursor.seq < trimmed) return null
  const id = cursor.seq === 0 ? '' : rows.eventBySeq(n, cursor.seq)?.id
  if (id !== cursor.id) return null
  const events = rows
    .eventsAfter(n, cursor.seq, CATCH_UP_EVENTS)
    .map((envelope) => joined(envelope, rows.messageBySeq(n, envelope.of)?.message ?? null))
  if (events.length < Math.min(behind, CATCH_UP_EVENTS)) return null
  const last = events.at(-1)
  const end: Cursor = last ? { epoch: head.epoch, seq: last.seq, id: last.id } : cursor
  return { kind: 'events', cursor: end, events, more: end.seq < head.seq }
}

function fresh(rows: Rows, room: RoomRow, pageSize: number): Sync {
  return { kind: 'fresh', cursor: room.head, ...page(rows, room, room.head.seq + 1, pageSize, true) }
}

function page(rows: Rows, { n }: RoomRow, before: number, limit: number, removed: boolean): Page {
  const newest: Message[] = []
  let bytes = 0
  for (let from = before; ;) {
    const wanted = Math.min(READ_STEP, limit + 1 - newest.length)
    const step = rows.messagesBefore(n, from, wanted, removed)
    newest.push(...step)
    bytes += step.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    const last = step.at(-1)
    if (!last || step.length < wanted || newest.length > limit)
      return { messages: newest.slice(0, limit).toReversed(), older: newest.length > limit }
    if (bytes > READ_MAX_BYTES) return { messages: newest.toReversed(), older: true }
    from = last.seq
  }
}

function makingRoom(rows: Rows, room: Room, limit: number): Step<Room> {
  return () => {
    const there = rows.room(room.id)?.room
    if (there) {
      if (there.by !== room.by || there.title !== room.title) throw new ChatError('room-exists')
      return () => there
    }
    if (rows.rooms().length >= limit) throw new ChatError('rooms-full')
    const made = { ...room, title: room.title.toWellFormed(), at: Math.trunc(room.at) }
    return () => {
      rows.addRoom(made, newId())
      return made
    }
  }
}
