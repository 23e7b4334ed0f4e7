// A copy of the open store while it is in use. The copy follows what is written meanwhile, so what was removed is not in it.
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { newId } from '../../contract.ts'
import { checkWhole } from './check.ts'

const ATTEMPTS = 100

/** Someone named a file that exists. The message is a sentence for the operator. */
export class FileExists extends Error {
  override name = 'FileExists'
}

/**
 * Copies the store into a new file, for this user alone. The copy has new epochs: clients that have seen more notice.
 * @throws FileExists, StoreDamaged; the errors of the file system and of SQLite. Then there is no new file.
 */
export async function backUp(db: DatabaseSync, to: string): Promise<void> {
  const draft = `${to}.unfinished`
  for (const file of [to, draft])
    if (existsSync(file)) throw new FileExists(`${file} exists already: name another file, or remove it.`)
  closeSync(openSync(draft, 'wx', 0o600))
  try {
    await copied(db, draft)
    const copy = new DatabaseSync(draft)
    copy.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE')
    newEpochs(copy)
    copy.close()
    await checkWhole(draft)
    renameSync(draft, to)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A copy can't begin in the middle of a commit of this process. Node reports that as a SQLite error without a code. */
async function copied(db: DatabaseSync, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await backup(db, to)
      return
    } catch (cause) {
      const isMidCommit = cause instanceof Error && 'errcode' in cause && cause.errcode === 0
      if (attempt === ATTEMPTS || !isMidCommit) throw cause
    }
  }
}

/** Another history: clients that have seen more than is in a copy must not take its next events for those they know. */
export function newEpochs(db: DatabaseSync): void {
  for (const table of ['rooms', 'hidden_rooms']) {
    const set = db.prepare(`UPDATE ${table} SET epoch = ? WHERE n = ?`)
    for (const { n } of db.prepare(`SELECT n FROM ${table}`).all()) set.run(newId(), Number(n))
  }
}
