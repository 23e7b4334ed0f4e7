// Two checks of the embedded store's file: is it whole, and can it be written now?
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { StoreDamaged } from '../../errors.ts'

/** Enough for a few gigabytes. */
export const CHECK_WITHIN_MS = 5_000
/** More than any write needs, so that a disk with a few free bytes counts as full. */
const SAMPLE = Buffer.alloc(1_000_000)

/** What a process needs to start. A file that is checked sooner is checked in this one. */
const PROCESS_STARTS_AFTER_MS = 40
/** At the least. */
const CHECKED_BYTES_PER_MS = 100_000

/**
 * What SQLite's quick check finds. Says nothing about a file that it can't open (another process has it, missing rights): opening it for
 * good names the cause. Another process runs its source, so it uses nothing from outside.
 */
function quickCheck(path: string): string {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  let db
  try {
    db = new DatabaseSync(path)
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    return String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']).split('\n').at(-1) ?? ''
  } catch (cause) {
    const { errcode, message } = cause as { errcode: number; message: string }
    const [SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB] = [1, 11, 26]
    return [SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode & 0xff) ? message : 'ok'
  } finally {
    db?.close()
  }
}

/**
 * SQLite's quick check, before this process opens the file. A large file is checked in a process of its own, which can be stopped. False
 * when it was too large for the time.
 * @throws StoreDamaged with what was found
 */
export async function checkWhole(path: string, withinMs = CHECK_WITHIN_MS): Promise<boolean> {
  if (!existsSync(path)) return true
  const isSmall = statSync(path).size / CHECKED_BYTES_PER_MS < Math.min(PROCESS_STARTS_AFTER_MS, withinMs)
  const found = isSmall ? quickCheck(path) : await checkElsewhere(path, withinMs)
  if (found !== null && found !== 'ok') throw new StoreDamaged(found)
  return found !== null
}

/** Null when the time is over. */
function checkElsewhere(path: string, withinMs: number): Promise<string | null> {
  const limits = { timeout: withinMs, killSignal: 'SIGKILL' } as const
  return new Promise((done) => {
    execFile(process.execPath, ['-p', `(${quickCheck.toString()})(process.argv[1])`, path], limits, (error, printed) =>
      done(error ? null : printed.trim())
    )
  })
}

/** Writes a sample beside the file; with `flush` onto the disk itself. @throws the file system's error, which says more than SQLite's */
export async function checkWritable(path: string, { flush }: { flush: boolean }): Promise<void> {
  const sample = `${path}-sample`
  try {
    await writeFile(sample, SAMPLE, { mode: 0o600, flush })
  } finally {
    await rm(sample, { force: true })
  }
}
