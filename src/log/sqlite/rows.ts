// The rows of the embedded store, written and read by statements that are prepared once. row-shapes.ts says what they mean.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import * as v from 'valibot'
import { isOpen, type FormerText, type Message, type Room } from '../../contract.ts'
import { encodeFormer } from '../former-texts.ts'
import { storedSettings, type Envelope } from '../stored.ts'
import { openHiddenRows } from './hidden-rows.ts'
import { openMasks } from './masking.ts'
import { columns, ifAny, text, toEnvelope, toMessage, toOldest, toRoom } from './row-shapes.ts'
import type { OldestRow, RoomRow } from './row-shapes.ts'
import { bytesOf } from './sizes.ts'
import { openTitles } from './titles.ts'

const OLDEST = `SELECT m.seq, m.mask, m.by, ${bytesOf('m')} AS bytes FROM messages m WHERE m.room = ?`
const MESSAGE = 'SELECT m.*, k.key FROM messages m LEFT JOIN masks k ON k.n = m.mask WHERE m.room = ?'
const LIVING = 'AND m.removed = 0'

export type Rows = ReturnType<typeof openRows>

/** Every statement of the store, prepared once. For each value of a bare `LIMIT ?` SQLite would prepare it again: `LIMIT +?`. */
export function openRows(db: DatabaseSync) {
  const masks = openMasks(db)
  const hidden = openHiddenRows(db)
  const roomById = db.prepare('SELECT * FROM rooms WHERE id = ?')
  const hiddenById = db.prepare('SELECT * FROM hidden_rooms WHERE id = ?')
  const allRooms = db.prepare('SELECT * FROM rooms ORDER BY n')
  const titles = openTitles(db)
  const countRooms = db.prepare(
    'SELECT (SELECT count(*) FROM rooms) AS total, (SELECT count(*) FROM rooms WHERE by = ?) AS own'
  )
  const everyRoom = db.prepare('SELECT id FROM all_rooms')
  const largeRooms = db.prepare('SELECT id FROM all_rooms WHERE messages > ? OR bytes > ?')
  const addRoom = db.prepare(
    "INSERT INTO rooms (id, title, by, at, epoch, seq, head, messages, trimmed) VALUES (?, ?, ?, ?, ?, 0, '', 0, 0)"
  )
  const [raiseRoom, raiseHidden] = ['rooms', 'hidden_rooms'].map((table) =>
    db.prepare(`UPDATE ${table} SET epoch = ?, seq = ?, head = ?, messages = ?, bytes = ?, trimmed = ? WHERE n = ?`)
  ) as [StatementSync, StatementSync]
  const [changeRoom, changeHidden] = ['rooms', 'hidden_rooms'].map((table) =>
    db.prepare(`UPDATE ${table} SET title = ?, by = ?, settings = ? WHERE n = ?`)
  ) as [StatementSync, StatementSync]
  const eventById = db.prepare('SELECT * FROM events WHERE room = ? AND id = ?')
  const eventId = db.prepare('SELECT id FROM events WHERE room = ? AND seq = ?')
  const eventsAfter = db.prepare('SELECT * FROM events WHERE room = ? AND seq > ? ORDER BY seq LIMIT +?')
  const addEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const oldestEvents = db.prepare('SELECT seq, kept FROM events WHERE room = ? AND seq <= ? ORDER BY seq LIMIT +?')
  const dropEvents = db.prepare('DELETE FROM events WHERE room = ? AND seq <= ?')
  const messageById = db.prepare(`${MESSAGE} AND m.id = ?`)
  const messageBySeq = db.prepare(`${MESSAGE} AND m.seq = ?`)
  const pageOfAll = db.prepare(`${MESSAGE} AND m.seq < ? ORDER BY m.seq DESC LIMIT +?`)
  const pageOfLiving = db.prepare(`${MESSAGE} ${LIVING} AND m.seq < ? ORDER BY m.seq DESC LIMIT +?`)
  const oldestMessage = db.prepare(`${OLDEST} ORDER BY m.seq LIMIT 1`)
  // How far each author's messages were let go. In memory, as a part of every transaction: no index has the authors of messages.
  db.exec('CREATE TEMP TABLE oldest (room INTEGER, author TEXT, seq INTEGER, PRIMARY KEY (room, author)) WITHOUT ROWID')
  const setOldest = db.prepare('INSERT OR REPLACE INTO oldest VALUES (?, ?, ?)')
  const oldestMessageBy = db.prepare(
    `${OLDEST} AND m.by IS ? AND m.seq >= ifnull((SELECT seq FROM oldest WHERE room = ? AND author = ?), 0) ORDER BY m.seq LIMIT 1`
  )
  const tables = [
    'messages WHERE room',
    'events WHERE room',
    'sizes WHERE room',
    'oldest WHERE room',
    'rooms WHERE n',
    'hidden_rooms WHERE n'
  ]
  const roomDrops = tables.map((what) => db.prepare(`DELETE FROM ${what} = ?`))
  const livingMessage = db.prepare(`SELECT 1 FROM messages m WHERE m.room = ? ${LIVING} LIMIT 1`)
  const dropMessage = db.prepare('DELETE FROM messages WHERE room = ? AND seq = ?')
  const addMessage = db.prepare(
    `INSERT INTO messages (rev, at, by, name, mask, body, replyTo, editedAt, removed, reactions, mentions, room, seq, id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
  )
  const writeMessage = db.prepare(
    `UPDATE messages SET rev = ?, at = ?, by = ?, name = ?, mask = ?, body = ?, replyTo = ?, editedAt = ?, removed = ?,
       reactions = ?, mentions = ?, former = ? WHERE room = ? AND seq = ?`
  )

  return {
    hidden,
    room: (id: string) => ifAny((isOpen(id) ? roomById : hiddenById).get(id), toRoom),
    /** The open ones. */
    rooms: () => allRooms.all().map(toRoom),
    /** Open rooms whose titles look like this one. */
    alike: titles.alike,
    /** How many open rooms there are, and how many of them this person owns. */
    countRooms(by: string | null) {
      const row = countRooms.get(by)
      return { total: Number(row?.['total']), own: Number(row?.['own']) }
    },
    everyRoom: () => everyRoom.all().map((row) => text(row['id'])),
    /** Ids of those with more messages or bytes than this, open or not. */
    largeRooms: (messages: number, bytes: number) => largeRooms.all(messages, bytes).map((row) => text(row['id'])),
    addRoom: ({ id, title, by, at }: Room, epoch: string) =>
      titles.set(Number(addRoom.run(id, title, by, at, epoch).lastInsertRowid), title),
    changeRoom(n: number, room: Room) {
      const isForAll = isOpen(room.id)
      const settings = JSON.stringify(v.parse(storedSettings, room))
      ;(isForAll ? changeRoom : changeHidden).run(room.title, room.by, settings, n)
      if (isForAll) titles.set(n, room.title)
    },
    /** A room without texts, and all that is known of it. */
    removeRoom(room: number) {
      for (const drop of roomDrops) drop.run(room)
      titles.drop(room)
      hidden.drop(room)
    },
    raiseRoom: ({ n, head, messages, bytes, trimmed }: RoomRow) =>
      void (n > 0 ? raiseRoom : raiseHidden).run(head.epoch, head.seq, head.id, messages, bytes, trimmed, n),

    eventById: (room: number, id: string) => ifAny(eventById.get(room, id), toEnvelope),
    /** The id of the event at this place; null when there is none. */
    eventId: (room: number, seq: number) => ifAny(eventId.get(room, seq), ({ id }) => text(id)),
    /** One by one, oldest first: a caller that stops early reads no further. */
    *eventsAfter(room: number, seq: number, limit: number) {
      for (const row of eventsAfter.iterate(room, seq, limit)) yield toEnvelope(row)
    },
    addEvent: (room: number, { v, seq, kind, id, at, by, message, of }: Envelope, kept: number) =>
      void addEvent.run(room, seq, v, kind, id, at, by.id, by.name, message, of, kept),
    /** Drops the oldest events up to `seq`, as far as they were kept before `time`, milliseconds since 1970, or are not after `beyond`. */
    dropOldEvents(room: number, seq: number, time: number, beyond: number, limit: number) {
      let last = 0
      for (const row of oldestEvents.iterate(room, seq, limit)) {
        if (Number(row['kept']) >= time && Number(row['seq']) > beyond) break
        last = Number(row['seq'])
      }
      if (last > 0) dropEvents.run(room, last)
    },

    messageById: (room: number, id: string) => ifAny(messageById.get(room, id), toMessage),
    /** Whether a message is there and not removed. */
    isThere: (room: number, id: string) => messageById.get(room, id)?.['removed'] === 0,
    messageBySeq: (room: number, seq: number) => ifAny(messageBySeq.get(room, seq), toMessage),
    /** One by one, newest first: a caller that stops early reads no further. */
    *messagesBefore(room: number, seq: number, limit: number, removed: boolean) {
      for (const row of (removed ? pageOfAll : pageOfLiving).iterate(room, seq, limit)) yield toMessage(row).message
    },
    addMessage(room: number, message: Message) {
      addMessage.run(...columns(message, masks.cover(message.text)), room, message.seq, message.id)
    },
    /** A text that changed gets a new key in the old one's place; a removed one's key is wiped. `former`: its texts before. */
    writeMessage(room: number, message: Message, mask: number | null, former: readonly FormerText[]) {
      if (mask === null) throw new Error('a message without text does not change')
      if (message.removed) masks.wipe(mask)
      const more = former.length > 0 ? encodeFormer(former) : undefined
      const masked = message.removed ? null : masks.cover(message.text, mask, more)
      writeMessage.run(...columns(message, masked), (more && masked?.more) ?? null, room, message.seq)
    },
    /** Whether a message is left that was not removed. */
    holdsMessages: (room: number) => livingMessage.get(room) !== undefined,
    oldestMessage: (room: number) => ifAny(oldestMessage.get(room), toOldest),
    /** An author's oldest message; '' are all guests. */
    oldestMessageBy(room: number, author: string) {
      const oldest = ifAny(oldestMessageBy.get(room, author || null, room, author), toOldest)
      if (oldest) setOldest.run(room, author, oldest.seq)
      return oldest
    },
    /** The key of its text is wiped. */
    dropMessage(room: number, { seq, mask }: OldestRow) {
      if (mask !== null) masks.wipe(mask)
      dropMessage.run(room, seq)
    }
  }
}
