// Group commit: steps submitted in one turn of the event loop are stored in one transaction and acknowledged after its commit.
// A commit syncs the disk, so ten messages in a turn cost as much as one.
import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../../errors.ts'
import { asStoreError } from './errors.ts'

/** Steps in one transaction: about 5 ms. Further steps wait for the next turn. */
export const GROUP_STEPS = 100

/** Reads and refuses by throwing; the function it returns writes. So a refused step does not affect the others of its group. */
export type Step<T> = () => () => T

interface Pending {
  step: Step<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface Groups {
  /**
   * Resolves once the step is durable.
   * @throws ChatError from the step; StoreUnavailable when it may succeed later; any other error is a bug or a damaged file
   */
  keep<T>(step: Step<T>): Promise<T>
  /** Commits all pending steps before it returns. */
  flush(): void
}

/** `committed` runs after each commit and before its acknowledgements. If it throws, the group is stored but not acknowledged. */
export function openGroups(db: DatabaseSync, committed: () => void): Groups {
  let pending: Pending[] = []
  let due: NodeJS.Immediate | undefined

  function run() {
    due = undefined
    const group = pending.splice(0, GROUP_STEPS)
    if (pending.length) due = setImmediate(run)
    commit(group)
  }

  function commit(group: Pending[]) {
    const acknowledge: (() => void)[] = []
    let isStored = false
    try {
      db.exec('BEGIN IMMEDIATE')
      for (const { step, resolve, reject } of group) {
        const { write, refusal } = look(step)
        if (write) {
          const value = write()
          acknowledge.push(() => resolve(value))
        } else acknowledge.push(() => reject(refusal))
      }
      db.exec('COMMIT')
      isStored = true
      committed()
      for (const each of acknowledge) each()
    } catch (cause) {
      rollBack()
      const error = asStoreError(cause)
      // A bug in one step must not fail the others: nothing was stored yet, so each runs again in a transaction of its own.
      if (!isStored && group.length > 1 && !(error instanceof StoreUnavailable)) {
        for (const each of group) commit([each])
      } else {
        for (const { reject } of group) reject(error)
      }
    }
  }

  function rollBack() {
    try {
      if (db.isTransaction) db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, or is closed.
    }
  }

  return {
    keep<T>(step: Step<T>) {
      return new Promise<T>((resolve, reject) => {
        pending.push({ step, resolve, reject })
        due ??= setImmediate(run)
      })
    },
    flush() {
      while (pending.length) run()
      clearImmediate(due)
    }
  }
}

function look(step: Step<unknown>): { write?: () => unknown; refusal?: unknown } {
  try {
    return { write: step() }
  } catch (error) {
    return { refusal: asStoreError(error) }
  }
}
