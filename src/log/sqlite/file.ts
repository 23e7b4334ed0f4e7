// The one file of the embedded store: opened for this process alone, brought to the schema of this version, and able to
// forget. Removed bytes are in neither the database nor its write-ahead log once `forget` has returned.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../../errors.ts'
import { isBusy } from './errors.ts'
import { addMentions } from './mentions.ts'
import { addSizes } from './sizes.ts'

/** Another process has the folder. The message is a sentence for the operator. */
export class FolderTaken extends Error {
  override name = 'FolderTaken'
}

/** A newer version of this server has written the folder. The message is a sentence for the operator. */
export class FolderTooNew extends Error {
  override name = 'FolderTooNew'
}

const SCHEMA_VERSION = 1

/** Has a file return free pages in slices. Takes effect in an empty one, and in one of an earlier version with the next VACUUM. */
const RETURN_PAGES = 'PRAGMA auto_vacuum = INCREMENTAL'
const INCREMENTAL = 2
/** Pages that one slice returns to the file system: about 5 ms. */
const COMPACT_PAGES = 256
/** Free pages that stay for new messages. */
const FREE_PAGES = 256
/** A file of an earlier version is compacted as a whole, once, if it holds no more than this: everything waits for less than 0.5 s. */
const COMPACT_WHOLE_BYTES = 32_000_000

// `events` is the log, and while a row is there its id is the idempotency record. `messages` are folded; see masking.ts
// for how their texts are kept. `trimmed` is the seq of the newest message that history has let go.
const SCHEMA = `
  CREATE TABLE rooms (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, by TEXT, at INTEGER NOT NULL,
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, head TEXT NOT NULL, messages INTEGER NOT NULL, trimmed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, by TEXT, name TEXT NOT NULL, message TEXT NOT NULL, of INTEGER NOT NULL, kept INTEGER NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX events_by_id ON events (room, id);
  CREATE TABLE messages (
    n INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, by TEXT, name TEXT NOT NULL, mask INTEGER, body BLOB, replyTo TEXT, editedAt INTEGER,
    removed INTEGER NOT NULL, reactions TEXT
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_id ON messages (room, id);
  CREATE TABLE masks (n INTEGER PRIMARY KEY, free INTEGER NOT NULL, key BLOB NOT NULL) STRICT;
  CREATE INDEX masks_free ON masks (n) WHERE free = 1;
`

/**
 * Every index of messages is another page that each message changes. `removed` is in this one, so a page of a room is found beside
 * thousands of removed messages without reading them. Earlier builds had three indexes in its place; they work with this one.
 */
const IN_ORDER = `
  CREATE UNIQUE INDEX IF NOT EXISTS messages_in_order ON messages (room, seq, removed);
  DROP INDEX IF EXISTS messages_by_seq;
  DROP INDEX IF EXISTS messages_living;
  DROP INDEX IF EXISTS messages_by_author;
`

/**
 * Private rooms and direct conversations have a table of their own, which an earlier build neither lists nor opens. Their numbers are
 * below zero. `members` is JSON; it comes early, so that a rescued row can't be taken for an open room.
 */
const HIDDEN_ROOMS = `
  CREATE TABLE IF NOT EXISTS hidden_rooms (
    n INTEGER PRIMARY KEY, members TEXT NOT NULL, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, by TEXT, at INTEGER NOT NULL,
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, head TEXT NOT NULL, messages INTEGER NOT NULL, trimmed INTEGER NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`

/**
 * Opens the file, or memory for ':memory:', and holds it until the process ends, however it ends.
 * @throws FolderTaken, FolderTooNew; SQLite's own errors
 */
export function openFile(path: string): DatabaseSync {
  if (path !== ':memory:') keepPrivate(path)
  const db = new DatabaseSync(path)
  try {
    // Exclusive before anything else: then the write-ahead log needs no shared memory file either.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    if (pragma(db, 'page_count') === 0) db.exec(RETURN_PAGES)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
    bringUpToDate(db)
    db.exec(HIDDEN_ROOMS)
    db.exec('CREATE INDEX IF NOT EXISTS rooms_by_owner ON rooms (by)')
    addSizes(db)
    addSettings(db)
    addMentions(db)
    db.exec(IN_ORDER)
    db.exec('COMMIT')
    db.exec(`CREATE TEMP VIEW all_rooms AS
      SELECT n, id, epoch, seq, messages, bytes FROM rooms UNION ALL
      SELECT n, id, epoch, seq, messages, bytes FROM hidden_rooms`)
    return db
  } catch (error) {
    db.close()
    if (isBusy(error)) {
      const sentence = `${path} is in use by another running server. Stop that one, or give this one a DATA_DIR of its own.`
      throw new FolderTaken(sentence, { cause: error })
    }
    throw error
  }
}

/**
 * For this user alone. SQLite gives its other files the rights of the database; those of an earlier version were readable by
 * everyone. What another user owns stays as it is, and a file that can't be made is reported when SQLite opens it.
 */
function keepPrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'a', 0o600))
    for (const file of [path, `${path}-wal`]) if (existsSync(file)) chmodSync(file, 0o600)
  } catch {
    return
  }
}

/** Empties the write-ahead log into the database, both synced to the disk. @throws StoreUnavailable when that is not done */
export function forget(db: DatabaseSync): void {
  const done = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (done?.['busy'] !== 0) throw new StoreUnavailable('the write-ahead log could not be emptied')
}

/** Bytes of the file that contain something. */
export const bytesUsed = (db: DatabaseSync): number =>
  (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size')

/** Returns a slice of the free pages to the file system. False when there are few, or the file is too large for that. */
export function compact(db: DatabaseSync): boolean {
  if (pragma(db, 'freelist_count') <= FREE_PAGES) return false
  if (pragma(db, 'auto_vacuum') === INCREMENTAL) db.exec(`PRAGMA incremental_vacuum(${COMPACT_PAGES})`)
  else if (bytesUsed(db) <= COMPACT_WHOLE_BYTES) db.exec(`${RETURN_PAGES}; VACUUM`)
  else return false
  forget(db)
  return true
}

const pragma = (db: DatabaseSync, name: string) => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])

/** A room's settings as JSON. Earlier builds open the same file and leave the column alone. */
function addSettings(db: DatabaseSync): void {
  for (const table of ['rooms', 'hidden_rooms']) {
    const has = db.prepare(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = 'settings'`).get()
    if (!has) db.exec(`ALTER TABLE ${table} ADD COLUMN settings TEXT NOT NULL DEFAULT ''`)
  }
}

function bringUpToDate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION) {
    throw new FolderTooNew(
      `This folder was written by a newer version (schema ${version}, known here: ${SCHEMA_VERSION}). Start that version.`
    )
  }
  if (version > 0) return
  db.exec(SCHEMA)
  markVersion(db)
}

/** Always a write, even if the file has this version already. */
export const markVersion = (db: DatabaseSync): void => db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
