import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { newFolder } from '../../../infra/testing/folder.ts'
import { LOBBY, newId } from '../../contract.ts'
import { openSqliteLog } from './sqlite-log.ts'
import { messageLogContract } from '../message-log.contract.ts'
import { ana, START } from '../log.fixture.ts'
import type { MessageLog } from '../message-log.ts'
import { storedBytes } from '../limits.ts'

const HISTORY = 10_000
let folder: string
let path: string
beforeEach(() => {
  folder = newFolder()
  path = join(folder, 'chat.sqlite')
})

messageLogContract('SQLite', async ({ historyLimit, now, ...bytes }) => {
  // Not the folder above: this contract opens more than one store per test.
  const own = newFolder()
  const file = join(own, 'chat.sqlite')
  let log = await openSqliteLog({ path: file, historyLimit, now, ...bytes })
  const reopen = async (limit = historyLimit, limits = bytes) => {
    await log.close()
    log = await openSqliteLog({ path: file, historyLimit: limit, now, ...limits })
  }
  return {
    get log() {
      return log
    },
    get other() {
      return log
    },
    reopen,
    // An empty one, nearly.
    bytesUsed: async () => 200_000,
    async copy() {
      await log.close()
      copyFileSync(file, `${file}.copy`)
      await reopen()
      return async () => {
        await log.close()
        copyFileSync(`${file}.copy`, file)
        await reopen()
      }
    },
    close: () => log.close()
  }
})

const open = () => openSqliteLog({ path, historyLimit: HISTORY })
const send = (log: MessageLog, text: string, id = newId()) =>
  log.append({ room: LOBBY, id, by: ana, at: START, kind: 'sent', text })
const edit = (log: MessageLog, message: string, text: string) =>
  log.append({ room: LOBBY, id: newId(), by: ana, at: START, kind: 'edited', message, text })
const remove = (log: MessageLog, message: string): Promise<unknown> =>
  log.append({ room: LOBBY, id: newId(), by: ana, at: START, kind: 'removed', message, asModerator: false })

/** How often the write-ahead log was committed to since it was last emptied: frames that carry a database size. */
function commits(): number {
  const HEADER_BYTES = 32
  const FRAME_HEADER_BYTES = 24
  const wal = readFileSync(`${path}-wal`)
  const frame = FRAME_HEADER_BYTES + wal.readUInt32BE(8)
  let count = 0
  for (let at = HEADER_BYTES; at + frame <= wal.length; at += frame) if (wal.readUInt32BE(at + 4) > 0) count += 1
  return count
}

/** Keys of the texts stored now: without its key a text is gone. The log must be closed. */
function keys(): Map<string, Buffer> {
  const db = new DatabaseSync(path)
  const rows = db.prepare('SELECT m.id, k.key FROM messages m JOIN masks k ON k.n = m.mask').all()
  db.close()
  return new Map(rows.map(({ id, key }) => [String(id), Buffer.from(key as Uint8Array)]))
}

function indexes(table: string) {
  const db = new DatabaseSync(path)
  const rows = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? ORDER BY 1").all(table)
  db.close()
  return rows.map(({ name }) => name)
}

const everyByte = () => Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))))

describe('group commit', () => {
  test('appends of one turn are one commit', async () => {
    const log = await open()
    await Promise.all(Array.from({ length: 50 }, (_, n) => send(log, `${n}`)))
    expect(commits()).toBe(1)
    await send(log, 'in a turn of its own')
    expect(commits()).toBe(2)
    await log.close()
  })

  test('pending appends are stored at closing', async () => {
    const log = await open()
    const waiting = send(log, 'last words')
    await log.close()
    expect((await waiting).event.seq).toBe(1)
    const again = await open()
    expect(await again.sync(LOBBY, null, 1)).toMatchObject({ messages: [{ text: 'last words' }] })
    await again.close()
  })
})

describe('the file', () => {
  test('is whole after a crash, and the next start empties its write-ahead log', async () => {
    const log = await open()
    await send(log, 'acknowledged')
    const crashed = join(folder, 'crashed')
    for (const end of ['', '-wal']) copyFileSync(path + end, crashed + end)
    await log.close()
    expect(readFileSync(`${crashed}-wal`).length).toBeGreaterThan(0)
    const again = await openSqliteLog({ path: crashed, historyLimit: HISTORY })
    expect(await again.sync(LOBBY, null, 1)).toMatchObject({ messages: [{ text: 'acknowledged' }] })
    expect(readFileSync(`${crashed}-wal`)).toHaveLength(0)
    await again.close()
  })

  test('of a newer version stays unchanged, and the error is a sentence', async () => {
    await (await open()).close()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const before = readFileSync(path)
    await expect(open()).rejects.toThrow(/written by a newer version \(schema 99, known here: 1\)/)
    expect(readFileSync(path)).toEqual(before)
  })

  test('of an earlier version is counted at the next start, and so are that version’s later writes', async () => {
    let log = await open()
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => send(log, `${n}`.repeat(n + 1))))
    const message = sent[3]?.event.id ?? ''
    for (const emoji of ['👍', '1'])
      await log.append({ room: LOBBY, id: newId(), by: ana, at: START, kind: 'reacted', message, emoji, on: true })
    await remove(log, sent[7]?.event.id ?? '')
    const { messages } = await log.before(LOBBY, null, 100, { removed: true })
    const bytes = messages.reduce((sum, one) => sum + storedBytes(one), 0)
    await log.close()
    const counted = (change = '') => {
      const db = new DatabaseSync(path)
      db.exec(change)
      const counts = ['SELECT bytes FROM rooms', 'SELECT sum(bytes) AS bytes FROM sizes'].map(
        (query) => db.prepare(query).get()?.['bytes']
      )
      db.close()
      return counts
    }
    expect(counted()).toEqual([bytes, bytes])
    // What the earlier version leaves: none of it.
    const db = new DatabaseSync(path)
    for (const name of ['added', 'changed', 'dropped']) db.exec(`DROP TRIGGER sizes_${name}`)
    db.exec('DROP TABLE sizes; DROP TABLE changes; ALTER TABLE rooms DROP COLUMN bytes')
    db.exec('CREATE UNIQUE INDEX messages_by_seq ON messages (room, seq); DROP INDEX messages_in_order')
    db.exec('CREATE INDEX messages_living ON messages (room, seq) WHERE removed = 0')
    db.exec('CREATE INDEX messages_by_author ON messages (room, by, seq)')
    db.close()
    log = await open()
    await log.close()
    expect(counted()).toEqual([bytes, bytes])
    // Each of them is a page that every message changes.
    expect(indexes('messages')).toEqual(['messages_by_id', 'messages_in_order'])
    // It lets go of the oldest message, and the next start adds up.
    const oldest = storedBytes(sent[0]?.event.message ?? { text: '', by: ana })
    counted('DELETE FROM messages WHERE seq = 1')
    log = await open()
    await log.close()
    expect(counted()).toEqual([bytes - oldest, bytes - oldest])
  })

  test.each([
    ['', 'INCREMENTAL'],
    [' of an earlier version', 'NONE']
  ])('%s shrinks on the disk after the limit was lowered, and a text removed then is in no file', async (_, vacuum) => {
    let log = await open()
    const texts = Array.from({ length: 1_200 }, (_, n) => `${n} `.padEnd(4_000, 'x'))
    await Promise.all(texts.map((text) => send(log, text)))
    await log.close()
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA auto_vacuum = ${vacuum}; VACUUM`)
    db.close()
    expect(statSync(path).size).toBeGreaterThan(4_800_000)
    log = await openSqliteLog({ path, historyLimit: 100 })
    await expect.poll(() => statSync(path).size, { interval: 20 }).toBeLessThan(2_000_000)
    const { messages } = await log.before(LOBBY, null, 500, { removed: true, maxBytes: 1e9 })
    expect(messages.map(({ text }) => text)).toEqual(texts.slice(-100))
    await log.close()
    const known = keys()
    log = await open()
    await Promise.all(messages.slice(0, 50).map(({ id }) => remove(log, id)))
    const files = everyByte()
    expect(messages.map(({ id }) => files.includes(known.get(id) ?? ''))).toEqual(messages.map((_, n) => n >= 50))
    await log.close()
  })

  test('that is no database is damaged, with the cause', async () => {
    writeFileSync(path, 'not a database, but long enough to be taken for one '.repeat(100))
    await expect(open()).rejects.toMatchObject({ name: 'StoreDamaged', cause: { errcode: 26 } })
  })
})

describe('a removed text', () => {
  test('is in no file once the removal is acknowledged', async () => {
    let log = await open()
    const [one, two] = await Promise.all([send(log, 'the secret word'), send(log, 'another word')])
    await Promise.all([edit(log, one.event.id, 'edited'), edit(log, two.event.id, 'edited')])
    await log.close()
    const known = keys()
    const gone = known.get(one.event.id) ?? Buffer.alloc(0)
    const kept = known.get(two.event.id) ?? Buffer.alloc(0)
    log = await open()
    expect([everyByte().includes(gone), everyByte().includes(kept)]).toEqual([true, true])
    await remove(log, one.event.id)
    expect([everyByte().includes(gone), everyByte().includes(kept)]).toEqual([false, true])
    expect(everyByte().includes('the secret word')).toBe(false)
    expect(await log.former(LOBBY, two.event.id)).toMatchObject([{ text: 'another word' }])
    await log.close()
    // An earlier build edits: the text has another key, and the former one is unknown.
    const db = new DatabaseSync(path)
    db.exec('UPDATE masks SET key = randomblob(16) WHERE free = 0')
    db.close()
    log = await open()
    expect(await log.former(LOBBY, two.event.id)).toEqual([])
    await log.close()
  })

  test('is in no file even if it was sent a moment ago', async () => {
    const log = await open()
    const { event } = await send(log, 'slip of the tongue')
    expect(commits()).toBe(1)
    await remove(log, event.id)
    expect(readFileSync(`${path}-wal`)).toHaveLength(0)
    await log.close()
    expect(keys().size).toBe(0)
  })

  test('leaves the write-ahead log soon after it was trimmed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const log = await openSqliteLog({ path, historyLimit: 1 })
      await send(log, 'short-lived')
      await send(log, 'its successor')
      expect(commits()).toBe(2)
      vi.advanceTimersByTime(1_000)
      expect(readFileSync(`${path}-wal`)).toHaveLength(0)
      await log.close()
    } finally {
      vi.useRealTimers()
    }
  })
})

test('a log in memory needs no folder', async () => {
  const log = await openSqliteLog({ path: ':memory:', historyLimit: 2 })
  const { event } = await send(log, 'fleeting')
  await remove(log, event.id)
  const { messages } = await log.before(LOBBY, null, 1, { removed: true })
  expect(messages).toMatchObject([{ id: event.id, removed: true }])
  await log.close()
})
