// Copies every readable row of a damaged store into a new file. A message whose text is lost is shown as removed; counts and heads are
// made anew, and every room takes a new epoch, so that clients start fresh.
import { rmSync } from 'node:fs'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import * as v from 'valibot'
import { LOBBY, newId } from '../contract.ts'
import { newEpochs } from '../log/sqlite/backup.ts'
import { uncovered } from '../log/sqlite/masking.ts'
import { readRows } from '../log/sqlite/pages.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { storedReactions } from '../log/stored.ts'
import { openSqlitePeople } from '../people/sqlite.ts'
import { openSqliteAlerts } from '../alerts/sqlite.ts'
import { openSqliteReads } from '../reads/sqlite.ts'
import { openSqliteDevices } from '../sessions/sqlite-devices.ts'
import { openSqliteTable } from '../people/table-sqlite.ts'
import { openSqliteRevocations } from '../sessions/sqlite.ts'

/** The store counts what is in its other tables by itself. */
const TABLES =
  'rooms hidden_rooms events messages masks revocations people names accounts blocks devices reads alerts shared'.split(
    ' '
  )
const TYPE_CODES = new Map([
  ['INTEGER', 'i'],
  ['TEXT', 't'],
  ['BLOB', 'b']
])
/** A new store gives the lobby the first number. */
const LOBBY_NUMBER = 1

const REMOVE = `UPDATE messages SET removed = 1, mask = NULL, body = NULL, replyTo = NULL, editedAt = NULL, reactions = NULL,
  mentions = '', former = NULL
  WHERE n = ?`
const count = (rooms: string) => `
  UPDATE ${rooms} SET messages = (SELECT count(*) FROM messages WHERE room = ${rooms}.n), seq = max(seq,
    ifnull((SELECT max(seq) FROM events WHERE room = ${rooms}.n), 0), ifnull((SELECT max(seq) FROM messages WHERE room = ${rooms}.n), 0));
  UPDATE ${rooms} SET head = ifnull((SELECT id FROM events WHERE room = ${rooms}.n AND events.seq = ${rooms}.seq), '');`
/** Messages of a private room whose members are lost are for nobody. */
const COUNT = `
  DELETE FROM messages WHERE room < 0 AND room NOT IN (SELECT n FROM hidden_rooms);
  UPDATE masks SET free = 1, key = zeroblob(16) WHERE n NOT IN (SELECT mask FROM messages WHERE mask IS NOT NULL);
  ${count('rooms')} ${count('hidden_rooms')}`
const LIVING = `SELECT m.n, m.body, m.reactions, k.key FROM messages m LEFT JOIN masks k ON k.n = m.mask
  WHERE removed = 0 AND m.n > ? ORDER BY m.n LIMIT 1000`
const ROOMS_LOST = `SELECT DISTINCT room FROM messages WHERE room > 0 AND room NOT IN (SELECT n FROM rooms)`

export interface Rescued {
  rooms: number
  messages: number
  /** Messages whose texts are lost. */
  withoutText: number
}

/** @param to a file that does not exist; it is removed again when this throws */
export async function rescue(from: string, to: string): Promise<Rescued> {
  const { log, file } = await openSqliteStores({ path: to, historyLimit: Infinity })
  const { db } = file
  try {
    openSqliteRevocations(file)
    openSqlitePeople(file)
    openSqliteDevices(file)
    openSqliteReads(file)
    openSqliteAlerts(file)
    openSqliteTable(file)
    db.exec('BEGIN; DELETE FROM rooms')
    copyRows(db, from)
    const withoutText = removeUnreadable(db)
    for (const { room } of db.prepare(ROOMS_LOST).all()) {
      const [id, title] = room === LOBBY_NUMBER ? [LOBBY, 'Lobby'] : [newId(), `Rescued room ${String(room)}`]
      const add =
        "INSERT INTO rooms (n, id, title, at, epoch, seq, head, messages, trimmed) VALUES (?, ?, ?, ?, '', 0, '', 0, 0)"
      db.prepare(add).run(Number(room), id, title, file.now())
    }
    db.exec(COUNT)
    newEpochs(db)
    db.exec('COMMIT')
    const count = (table: string) => Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'])
    return { rooms: count('all_rooms'), messages: count('messages'), withoutText }
  } catch (cause) {
    rmSync(to)
    throw cause
  } finally {
    await log.close()
  }
}

function copyRows(db: DatabaseSync, from: string) {
  const tables = TABLES.map((name) => describe(db, name))
  const inserts = new Map<string, StatementSync>()
  for (const { rowid, values } of readRows(from)) {
    const shape = values.map(typeCode).join('')
    const table = tables.find((one) => one.shape.test(shape) && (one.key === null) === (rowid === null))
    if (!table) continue
    if (table.key !== null) values[table.key] = rowid
    const columns = table.columns.slice(0, values.length)
    const into = `INSERT OR IGNORE INTO ${table.name} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`
    const insert = inserts.get(into) ?? db.prepare(into)
    inserts.set(into, insert)
    insert.run(...values)
  }
}

/** What a table's rows look like, as one character for the type of each value. The numeric key of a table is null in its rows. */
function describe(db: DatabaseSync, name: string) {
  const columns = db.prepare('SELECT * FROM pragma_table_info(?)').all(name)
  const keys = columns.filter(({ pk }) => pk !== 0)
  const key = keys.length === 1 && keys[0]?.['type'] === 'INTEGER' ? Number(keys[0]['cid']) : null
  const shape = columns.map(({ cid, type, notnull, dflt_value }) => {
    if (cid === key) return 'n'
    const code = TYPE_CODES.get(String(type)) ?? ''
    // Rows from before a column was added lack it.
    return `${notnull ? code : `[${code}n]`}${dflt_value === null ? '' : '?'}`
  })
  return { name, key, columns: columns.map((one) => String(one['name'])), shape: new RegExp(`^${shape.join('')}$`) }
}

function typeCode(value: SQLOutputValue): string {
  if (value === null) return 'n'
  if (typeof value === 'string') return 't'
  return typeof value === 'bigint' ? 'i' : value instanceof Uint8Array ? 'b' : '?'
}

/** Returns how many messages are shown as removed because their texts or keys are lost. Reactions may be lost alone. */
function removeUnreadable(db: DatabaseSync): number {
  const remove = db.prepare(REMOVE)
  const dropReactions = db.prepare('UPDATE messages SET reactions = NULL WHERE n = ?')
  const living = db.prepare(LIVING)
  let count = 0
  for (let rows = living.all(0); rows.length > 0; rows = living.all(Number(rows.at(-1)?.['n']))) {
    for (const { n, body, key, reactions } of rows) {
      const isWhole = body instanceof Uint8Array && key instanceof Uint8Array
      // Another key makes noise of a text, which is no UTF-8.
      if (!isWhole || Buffer.byteLength(uncovered(body, key)) !== body.length) {
        remove.run(Number(n))
        count += 1
      } else if (typeof reactions === 'string' && !isReactions(reactions)) dropReactions.run(Number(n))
    }
  }
  return count
}

function isReactions(text: string): boolean {
  try {
    return v.is(storedReactions, JSON.parse(text))
  } catch {
    return false
  }
}
