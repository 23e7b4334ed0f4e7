// Group commit: what is asked in one turn of the event loop is kept in one transaction, and answered after its commit.
// A commit is a sync of the disk, so ten messages in a turn cost what one does.
import type { DatabaseSync } from 'node:sqlite'
import { ChatError, StoreUnavailable } from '../../errors.ts'

/** Steps in one transaction: about 5 ms. More wait for the next turn. */
export const GROUP_STEPS = 100

/** First looks and refuses by throwing, without writing; then `keep` writes. So a refused step spoils no other. */
export type Step<T> = () => () => T

interface Waiting {
  step: Step<unknown>
  settle: { resolve(value: unknown): void; reject(error: unknown): void }
}

export interface Groups {
  keep<T>(step: Step<T>): Promise<T>
  /** Keeps what waits, now. */
  flush(): void
}

/** `committed` runs after each commit and before its answers; when it throws, the group was kept but isn't acknowledged. */
export function openGroups(db: DatabaseSync, committed: () => void): Groups {
  let waiting: Waiting[] = []
  let due: NodeJS.Immediate | undefined

  function run() {
    due = undefined
    const group = waiting.splice(0, GROUP_STEPS)
    if (waiting.length) due = setImmediate(run)
    const answers: (() => void)[] = []
    try {
      db.exec('BEGIN IMMEDIATE')
      for (const { step, settle } of group) {
        const looked = look(step)
        if ('refused' in looked) answers.push(() => settle.reject(looked.refused))
        else {
          const value = looked.keep()
          answers.push(() => settle.resolve(value))
        }
      }
      db.exec('COMMIT')
      committed()
      for (const answer of answers) answer()
    } catch (cause) {
      undo()
      const error = away(cause)
      for (const { settle } of group) settle.reject(error)
    }
  }

  function undo() {
    try {
      if (db.isTransaction) db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, or is closed.
    }
  }

  return {
    keep<T>(step: Step<T>) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ step, settle: { resolve, reject } })
        due ??= setImmediate(run)
      })
    },
    flush() {
      while (waiting.length) run()
      clearImmediate(due)
    }
  }
}

function look(step: Step<unknown>): { keep: () => unknown } | { refused: unknown } {
  try {
    return { keep: step() }
  } catch (error) {
    return { refused: away(error) }
  }
}

/** A refusal as it is; anything else says that the store is away. */
export function away(error: unknown): Error {
  if (error instanceof ChatError || error instanceof StoreUnavailable) return error
  return new StoreUnavailable('the file of the chat could not be read or written', { cause: error })
}
