// The embedded message log: one SQLite file, opened by one process. Reads see committed data; every write goes through a group
// (group-commit.ts) and is on the disk before it is acknowledged.
import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '../../errors.ts'
import { LOBBY, newId } from '../../contract.ts'
import { ANSWER_MAX_BYTES } from '../answer-bytes.ts'
import type { MessageLog } from '../message-log.ts'
import { createSlowMode } from '../room-rules.ts'
import { appending, reminding } from './append.ts'
import { bytesUsed, compact, FolderTaken, FolderTooNew, forget, markVersion, openFile } from './file.ts'
import { reading, withStoreErrors } from './errors.ts'
import { forgettingAuthors } from './former.ts'
import { openGroups, type Groups } from './group-commit.ts'
import { changingMembers, creatingHidden, recordOf, silencing } from './members.ts'
import { endOf, eventsSince, fresh, page } from './reading.ts'
import { changingRoom, creatingRoom, pinning, removingRooms } from './room-steps.ts'
import { openRows } from './rows.ts'
import { openSizes } from './sizes.ts'
import { relieve, shrink } from './trim.ts'
import { MESSAGE_OVERHEAD_BYTES, ROOM_BYTES_MAX, STORE_BYTES_MAX } from '../limits.ts'
import { createPressure } from '../pressure.ts'
import { workInSlices } from '../slices.ts'
import { lobbyMadeAt } from '../stored.ts'

export { FolderTaken, FolderTooNew }

/** Trimmed texts leave the write-ahead log this soon; removed ones before their removal is acknowledged. */
const FORGET_TRIMMED_AFTER_MS = 1_000

export interface SqliteLogOptions {
  /** The file, or ':memory:'. A missing folder is created. */
  path: string
  /** Most messages per room. */
  historyLimit: number
  /** Most bytes per room. */
  roomBytesMax?: number
  /** Bytes of the file from which on the store counts as full. */
  storeBytesMax?: number
  /** Milliseconds since 1970, for the age of idempotency records. */
  now?: () => number
  /** Called once when messages are removed because a limit was lowered. */
  onShrink?: () => void
}

/** The open file, for other stores with tables beside the log's, which commit in its groups. */
export interface SqliteStoreFile {
  db: DatabaseSync
  groups: Groups
  now(): number
  /** Writes one page, and reads. @throws StoreUnavailable, StoreDamaged */
  check(): Promise<void>
}

/** The message log alone. @throws as `openSqliteStores` */
export const openSqliteLog = async (options: SqliteLogOptions): Promise<MessageLog> =>
  (await openSqliteStores(options)).log

/**
 * What the one file holds. Closing the log closes the file.
 * @throws FolderTaken, FolderTooNew: sentences for the operator; StoreDamaged; StoreUnavailable when the file can't be read or written.
 */
export async function openSqliteStores(options: SqliteLogOptions): Promise<{
  log: MessageLog
  file: SqliteStoreFile
}> {
  const { path, historyLimit, roomBytesMax = ROOM_BYTES_MAX, storeBytesMax = STORE_BYTES_MAX, now = Date.now } = options
  const { db, rows, sizes } = open(path, now())
  /** The write-ahead log holds wiped texts. */
  let mustEmpty = false
  let urgent = false
  let due: NodeJS.Timeout | undefined

  function empty() {
    clearTimeout(due)
    due = undefined
    forget(db)
    mustEmpty = false
  }

  const groups = openGroups(db, () => {
    const atOnce = urgent && mustEmpty
    urgent = false
    if (atOnce) empty()
    else if (mustEmpty) due ??= setTimeout(tryEmptying, FORGET_TRIMMED_AFTER_MS).unref()
  })

  function tryEmptying() {
    due = undefined
    try {
      empty()
    } catch {
      // The next commit tries again.
    }
  }

  const wiped = (atOnce: boolean) => {
    mustEmpty = true
    urgent ||= atOnce
  }
  const trimming = { rows, sizes, heavy: new Map<number, string>(), historyLimit, roomBytesMax, now, wiped }
  const pressure = createPressure({
    measure: async () => ({ used: bytesUsed(db), max: storeBytesMax }),
    relieve: () => groups.keep(() => () => relieve(trimming))
  })
  let { onShrink } = options
  const stopShrinking = workInSlices(async () => {
    const shrinks = await groups.keep(() => () => shrink(trimming))
    if (!shrinks) return compact(db)
    onShrink?.()
    onShrink = undefined
    return true
  })
  const to = { ...trimming, fair: () => pressure.fair, slowMode: createSlowMode(now) }
  const known = (id: string) => {
    const room = rows.room(id)
    if (!room) throw new ChatError('no-room')
    return room
  }

  const log: MessageLog = {
    append(change) {
      pressure.wrote('text' in change ? change.text.length + MESSAGE_OVERHEAD_BYTES : MESSAGE_OVERHEAD_BYTES)
      return groups.keep(appending(to, change), change.by.id ?? change.by.name)
    },
    sync: (room, cursor, pageSize, maxBytes = ANSWER_MAX_BYTES) =>
      reading(
        () =>
          (cursor && eventsSince(rows, known(room), cursor, maxBytes)) ?? fresh(rows, known(room), pageSize, maxBytes)
      ),
    before: (id, before, limit, { removed, maxBytes = ANSWER_MAX_BYTES }) =>
      reading(() => {
        const room = rows.room(id)
        const end = room && endOf(rows, room, before)
        return end ? page(rows, room, end, { limit, removed, maxBytes }) : { messages: [], older: false }
      }),
    former: (room, message) =>
      reading(() => {
        const found = rows.messageById(known(room).n, message)
        if (!found || found.message.removed) throw new ChatError('no-message')
        return found.former
      }),
    room: (id) => reading(() => recordOf(known(id))),
    heads: (others = []) =>
      reading(() => {
        const all = [...rows.rooms(), ...others.flatMap((id) => rows.room(id) ?? [])]
        return new Map(all.map(({ room, head }) => [room.id, head]))
      }),
    createHidden: (room, members, limit) => groups.keep(creatingHidden(rows, room, members, limit)),
    changeMembers: (change) => groups.keep(changingMembers(to, change)),
    silence: (room, person, on) => groups.keep(silencing(rows, room, person, on)),
    roomsOf: (person) => reading(() => rows.hidden.of(person).map((id) => recordOf(known(id)))),
    remind: (room, known) => groups.keep(reminding(rows, room, known)),
    createRoom: (room, limit) => groups.keep(creatingRoom(rows, room, limit)),
    changeRoom: (id, change) => groups.keep(changingRoom(rows, id, change)),
    pin: (id, message, on) => groups.keep(pinning(rows, id, message, on)),
    removeRooms: (ids, which) => groups.keep(removingRooms(to, ids, which === 'deserted')),
    ...forgettingAuthors({ db, groups, wiped }),
    everyRoom: () => reading(() => rows.everyRoom()),
    rooms: () => reading(() => rows.rooms().map(({ room }) => room)),
    // Never called: the outcome of a transaction is always known.
    onLate() {},
    async close() {
      pressure.close()
      stopShrinking()
      groups.flush()
      clearTimeout(due)
      if (!db.isOpen) return
      tryEmptying()
      db.close()
    }
  }
  // The write-ahead log starts empty, so it holds nothing from before the start.
  forget(db)
  async function check() {
    await groups.keep(() => () => markVersion(db))
    await log.heads()
  }
  return { log, file: { db, groups, now, check } }
}

function open(path: string, at: number) {
  return withStoreErrors(() => {
    const db = openFile(path)
    const rows = openRows(db)
    if (!rows.room(LOBBY)) rows.addRoom(lobbyMadeAt(at), newId())
    // Removed texts that a crash left in the write-ahead log.
    forget(db)
    return { db, rows, sizes: openSizes(db) }
  })
}
