import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFile } from './file.ts'
import { GROUP_STEPS, openGroups, type Groups } from './group-commit.ts'

const folder = mkdtempSync(join(tmpdir(), 'taifas-group-'))
let db: DatabaseSync
let groups: Groups
let commits: number
let failAfterCommit: Error | null

beforeEach(() => {
  db = openFile(join(folder, 'chat.sqlite'))
  db.exec('CREATE TABLE said (text TEXT)')
  commits = 0
  failAfterCommit = null
  groups = openGroups(db, () => {
    commits += 1
    if (failAfterCommit) throw failAfterCommit
  })
})
afterEach(() => {
  if (db.isOpen) db.close()
  rmSync(folder, { recursive: true, force: true })
})

const say = (text: string) => groups.keep(() => () => db.prepare('INSERT INTO said VALUES (?)').run(text))
const said = () => db.prepare('SELECT text FROM said').all().length
const outcomes = async (asked: Promise<unknown>[]) => {
  const settled = await Promise.allSettled(asked)
  return settled.map((one) => (one.status === 'fulfilled' ? 'kept' : (one.reason as Error).name))
}

test('what is asked in one turn is committed once, up to a size', async () => {
  await Promise.all(Array.from({ length: GROUP_STEPS }, (_, n) => say(`${n}`)))
  expect(commits).toBe(1)
  await Promise.all(Array.from({ length: GROUP_STEPS + 1 }, (_, n) => say(`${n}`)))
  expect(commits).toBe(3)
})

test('a full disk refuses the whole group, shows none of it, and is over when there is room', async () => {
  await say('before')
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count'])
  db.exec(`PRAGMA max_page_count = ${pages + 2}`)
  const big = 'x'.repeat(50_000)
  expect(await outcomes([say('small'), say(big), say('small too')])).toEqual([
    'StoreUnavailable',
    'StoreUnavailable',
    'StoreUnavailable'
  ])
  expect([said(), commits]).toEqual([1, 1])
  await expect(say(big)).rejects.toMatchObject({ cause: { errcode: 13 } })
  db.exec(`PRAGMA max_page_count = ${pages + 1_000}`)
  expect(await outcomes([say('small'), say(big)])).toEqual(['kept', 'kept'])
  expect(said()).toBe(3)
})

test('a commit that fails keeps nothing of its group and acknowledges nobody', async () => {
  db.exec('CREATE TABLE own (n INTEGER PRIMARY KEY)')
  db.exec('CREATE TABLE child (own INTEGER REFERENCES own (n) DEFERRABLE INITIALLY DEFERRED)')
  const orphan = groups.keep(() => () => db.exec('INSERT INTO child VALUES (7)'))
  expect(await outcomes([say('one'), orphan, say('two')])).toEqual([
    'StoreUnavailable',
    'StoreUnavailable',
    'StoreUnavailable'
  ])
  expect([said(), commits, db.isTransaction]).toEqual([0, 0, false])
  expect(await outcomes([say('three')])).toEqual(['kept'])
})

test('a step that fails while it looks fails alone', async () => {
  const broken = groups.keep(() => {
    throw new Error('unreadable row')
  })
  expect(await outcomes([say('one'), broken, say('two')])).toEqual(['kept', 'StoreUnavailable', 'kept'])
})

test('what must be done before the answer, and is not, leaves the outcome open', async () => {
  failAfterCommit = new Error('the log could not be emptied')
  expect(await outcomes([say('kept, but who knows')])).toEqual(['StoreUnavailable'])
  failAfterCommit = null
  expect(said()).toBe(1)
})

test('a closed file is away', async () => {
  db.close()
  expect(await outcomes([say('too late')])).toEqual(['StoreUnavailable'])
})
