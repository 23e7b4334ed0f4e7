// Two checks of the embedded store's file: is it whole, and can it be written now?
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { StoreDamaged } from '../../errors.ts'

/** Enough for a few gigabytes. */
export const CHECK_WITHIN_MS = 5_000
/** More than any write needs, so that a disk with a few free bytes counts as full. */
const SAMPLE = Buffer.alloc(1_000_000)

/** Says nothing about a file that it can't open (another process has it, missing rights): opening it for good names the cause. */
const QUICK_CHECK = `
  const { DatabaseSync } = require('node:sqlite')
  try {
    const db = new DatabaseSync(process.argv[1])
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    console.log(db.prepare('PRAGMA quick_check(1)').get().quick_check.split('\\n').at(-1))
  } catch ({ errcode, message }) {
    const SQLITE_ERROR = 1, SQLITE_CORRUPT = 11, SQLITE_NOTADB = 26
    console.log([SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode & 0xff) ? message : 'ok')
  }`

/**
 * SQLite's quick check, before this process opens the file, and in a process of its own, which can be stopped. False when the file was
 * too large for the time.
 * @throws StoreDamaged with what was found
 */
export function checkWhole(path: string, withinMs = CHECK_WITHIN_MS): Promise<boolean> {
  return new Promise((done, failed) => {
    if (!existsSync(path)) return done(true)
    const limits = { timeout: withinMs, killSignal: 'SIGKILL' } as const
    execFile(process.execPath, ['-e', QUICK_CHECK, path], limits, (error, printed) => {
      const found = printed.trim()
      if (error) done(false)
      else if (found === 'ok') done(true)
      else failed(new StoreDamaged(found))
    })
  })
}

/** Writes a sample beside the file. @throws the file system's error, which says more than SQLite's */
export async function checkWritable(path: string): Promise<void> {
  const sample = `${path}-sample`
  try {
    await writeFile(sample, SAMPLE, { mode: 0o600, flush: true })
  } finally {
    await rm(sample, { force: true })
  }
}
