// Group commit: steps submitted in one turn of the event loop are stored in one transaction and acknowledged after its commit.
// A commit syncs the disk, so ten messages in a turn cost as much as one. People who write at the same time share a commit for each
// window in which their messages are delivered anyway.
import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../../errors.ts'
import { LIST_WINDOW_MS } from '../event-lists.ts'
import { asStoreError } from './errors.ts'

/** Steps in one transaction: about 5 ms. Further steps wait for the next turn. */
export const GROUP_STEPS = 100
/** So many steps are worth a commit of their own within the window. */
const FULL_GROUP_STEPS = 32

/** Reads and refuses by throwing; the function it returns writes. So a refused step does not affect the others of its group. */
export type Step<T> = () => () => T

interface Pending {
  step: Step<unknown>
  writer: string | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface Groups {
  /**
   * Resolves once the step is durable. The step of a `writer` may wait until `LIST_WINDOW_MS` after the commit before; any other step,
   * and the steps of somebody who writes alone, are committed in this turn.
   * @throws ChatError from the step; StoreUnavailable when it may succeed later; any other error is a bug or a damaged file
   */
  keep<T>(step: Step<T>, writer?: string): Promise<T>
  /** Commits all pending steps before it returns. */
  flush(): void
}

/** `committed` runs after each commit and before its acknowledgements. If it throws, the group is stored but not acknowledged. */
export function openGroups(db: DatabaseSync, committed: () => void): Groups {
  let pending: Pending[] = []
  let due: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  /** When the last commit was, and whose steps it had if they were of one writer. */
  let last: { at: number; writer: string | undefined } = { at: -Infinity, writer: undefined }

  function run() {
    clearImmediate(due)
    clearTimeout(later)
    due = later = undefined
    const group = pending.splice(0, GROUP_STEPS)
    if (pending.length) due = setImmediate(run)
    commit(group)
    const [first] = group
    last = { at: performance.now(), writer: group.every(({ writer }) => writer === first?.writer) ? first?.writer : '' }
  }

  /** Milliseconds that the pending steps may wait for others. */
  function mayWait(writer: string | undefined): number {
    const isAlone = pending.length === 1 && writer === last.writer
    if (writer === undefined || isAlone || pending.length >= FULL_GROUP_STEPS) return 0
    return last.at + LIST_WINDOW_MS - performance.now()
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
    keep<T>(step: Step<T>, writer?: string) {
      return new Promise<T>((resolve, reject) => {
        pending.push({ step, writer, resolve, reject })
        const waitMs = mayWait(writer)
        if (waitMs > 0) later ??= setTimeout(run, waitMs)
        else due ??= setImmediate(run)
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
