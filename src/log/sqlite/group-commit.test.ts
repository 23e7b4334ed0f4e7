import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { newFolder } from '../../../infra/testing/folder.ts'
import { ChatError, StoreUnavailable } from '../../errors.ts'
import { LIST_WINDOW_MS } from '../event-lists.ts'
import { openFile } from './file.ts'
import { GROUP_STEPS, openGroups, type Groups } from './group-commit.ts'

let db: DatabaseSync
let groups: Groups
let commits: number
let failAfterCommit: Error | null

beforeEach(() => {
  db = openFile(join(newFolder(), 'chat.sqlite'))
  db.exec('CREATE TABLE texts (text TEXT)')
  commits = 0
  failAfterCommit = null
  groups = openGroups(db, () => {
    commits += 1
    if (failAfterCommit) throw failAfterCommit
  })
})
afterEach(() => {
  if (db.isOpen) db.close()
})

const store = (text: string, writer?: string) =>
  groups.keep(() => () => db.prepare('INSERT INTO texts VALUES (?)').run(text), writer)
const stored = () => db.prepare('SELECT text FROM texts').all().length
const outcomes = async (steps: Promise<unknown>[]) => {
  const settled = await Promise.allSettled(steps)
  return settled.map((one) => (one.status === 'fulfilled' ? 'stored' : (one.reason as Error).name))
}

test('steps of one turn are committed once, up to a size', async () => {
  await Promise.all(Array.from({ length: GROUP_STEPS }, (_, n) => store(`${n}`)))
  expect(commits).toBe(1)
  await Promise.all(Array.from({ length: GROUP_STEPS + 1 }, (_, n) => store(`${n}`)))
  expect(commits).toBe(3)
})

test('people who write at the same time share a commit per window; nobody else waits', async () => {
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  for (const text of ['alone', 'and again']) await store(text, 'ana')
  expect(commits).toBe(2)
  const shared = [store('one', 'bo')]
  vi.advanceTimersByTime(LIST_WINDOW_MS / 2)
  shared.push(store('two', 'ana'), store('three', 'bo'))
  await new Promise(setImmediate)
  expect(commits).toBe(2)
  vi.advanceTimersByTime(LIST_WINDOW_MS / 2)
  await Promise.all(shared)
  expect(commits).toBe(3)
  // A room's title is no message, and takes with it what waits.
  await Promise.all([store('four', 'ana'), store('a title')])
  expect(commits).toBe(4)
  await Promise.all(Array.from({ length: GROUP_STEPS }, (_, n) => store('many', `${n}`)))
  expect(commits).toBe(5)
  // After a quiet time.
  vi.advanceTimersByTime(LIST_WINDOW_MS)
  await store('five', 'cy')
  expect(commits).toBe(6)
})

test('a full disk refuses the whole group, stores none of it, and recovers when there is space', async () => {
  await store('before')
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count'])
  db.exec(`PRAGMA max_page_count = ${pages + 2}`)
  const big = 'x'.repeat(50_000)
  expect(new Set(await outcomes([store('small'), store(big), store('small too')]))).toEqual(
    new Set(['StoreUnavailable'])
  )
  expect([stored(), commits]).toEqual([1, 1])
  await expect(store(big)).rejects.toMatchObject({ cause: { errcode: 13 } })
  db.exec(`PRAGMA max_page_count = ${pages + 1_000}`)
  expect(await outcomes([store('small'), store(big)])).toEqual(['stored', 'stored'])
  expect(stored()).toBe(3)
})

test('a bug is reported as itself, never as an unavailable store, and fails only its own step', async () => {
  const bug = () => {
    throw new TypeError('a bug')
  }
  const looking = groups.keep(bug)
  const writing = groups.keep(() => () => {
    db.exec("INSERT INTO texts VALUES ('half a step')")
    bug()
  })
  expect(await outcomes([store('one'), looking, store('two'), writing, store('three')])).toEqual([
    'stored',
    'TypeError',
    'stored',
    'TypeError',
    'stored'
  ])
  expect([stored(), db.isTransaction]).toEqual([3, false])
})

test('a step that breaks the commit fails alone and stores nothing', async () => {
  db.exec('CREATE TABLE own (n INTEGER PRIMARY KEY)')
  db.exec('CREATE TABLE child (own INTEGER REFERENCES own (n) DEFERRABLE INITIALLY DEFERRED)')
  const orphan = groups.keep(() => () => db.exec('INSERT INTO child VALUES (7)'))
  expect(await outcomes([store('one'), orphan, store('two')])).toEqual(['stored', 'Error', 'stored'])
  expect([stored(), db.prepare('SELECT * FROM child').all().length, db.isTransaction]).toEqual([2, 0, false])
})

test('a refused step does not affect the others of its group', async () => {
  const refused = groups.keep(() => {
    throw new ChatError('no-message')
  })
  expect(await outcomes([store('one'), refused, store('two')])).toEqual(['stored', 'ChatError', 'stored'])
  expect([stored(), commits]).toEqual([2, 1])
})

test.each([
  ['is malformed', 11],
  ['has an odd index', 779],
  ['cannot be read by the disk', 266]
])('a file that %s is no unavailable store', async (_, errcode) => {
  const damaged = groups.keep(() => {
    throw Object.assign(new Error('database disk image is malformed'), { code: 'ERR_SQLITE_ERROR', errcode })
  })
  expect(await outcomes([damaged])).toEqual(['StoreDamaged'])
})

test('a failure between commit and acknowledgement is reported, and nothing runs twice', async () => {
  failAfterCommit = new StoreUnavailable('the log could not be emptied')
  expect(await outcomes([store('one'), store('two')])).toEqual(['StoreUnavailable', 'StoreUnavailable'])
  failAfterCommit = new TypeError('a bug')
  expect(await outcomes([store('three'), store('four')])).toEqual(['TypeError', 'TypeError'])
  expect(stored()).toBe(4)
})

test('a closed file is unavailable', async () => {
  db.close()
  expect(await outcomes([store('too late')])).toEqual(['StoreUnavailable'])
})
