// What an operator learns of errors. A store that can't be used is one line when that begins and one when it ends, whichever interface
// met it and however many calls fail.
import type { Cancel, Clock } from '../clock.ts'
import { StoreDamaged, StoreUnavailable } from '../errors.ts'
import { diskSentence } from '../process/disk-errors.ts'
import type { Log } from '../process/logger.ts'
import { createOutageLog } from '../process/outage-log.ts'
import { refusalSentence } from '../redis/error-sentence.ts'

/** How often a file that can't be used is tried again. Nobody else may do it: an instance that isn't ready gets no visitors. */
export const TRY_EVERY_MS = 2_000

/** The file of the embedded store. */
export interface EmbeddedFile {
  path: string
  /** Reads and writes a little. @throws when the file can't be used */
  check(): Promise<void>
}

export interface ErrorReport {
  onError(cause: unknown): void
  /** The store has answered, with a result or a refusal. */
  onStoreAnswer(): void
  /** `ok` for Redis whatever it does: its outage must not take every instance out of service. */
  storeState(): 'ok' | 'unavailable' | 'damaged'
  close(): void
}

/** `embedded`: null with Redis. `isReported`: that Redis can't be reached is in the log already, with its cause. */
export function createErrorReport(
  log: Log,
  clock: Clock,
  embedded: EmbeddedFile | null,
  isReported = () => false
): ErrorReport {
  const outage = createOutageLog({
    name: 'The store',
    log,
    now: clock.now,
    ...(embedded && { repeatEveryMs: Infinity })
  })
  /** Never ended: a Redis that stores nothing still answers reads. */
  const refusals = createOutageLog({ name: 'Redis', log, now: clock.now })
  let state: ReturnType<ErrorReport['storeState']> = 'ok'
  let cancel: Cancel = () => {}
  let closed = false

  async function tryAgain(file: EmbeddedFile, before: unknown) {
    const found: unknown = await file.check().then(
      () => null,
      (cause: unknown) => cause
    )
    if (closed) return
    if (found instanceof StoreDamaged) {
      onError(found)
      return
    }
    const cause = found ?? before
    const why = diskSentence(cause) ?? (cause instanceof Error ? cause.message : String(cause))
    outage.failed(`${file.path} can't be used: ${why}. Nothing is acknowledged, and messages wait.`, cause)
    if (found !== null) {
      cancel = clock.after(TRY_EVERY_MS, () => void tryAgain(file, cause))
      return
    }
    if (state === 'unavailable') state = 'ok'
    outage.ended()
  }

  function onError(cause: unknown) {
    if (cause instanceof StoreDamaged) {
      if (state === 'damaged') return
      state = 'damaged'
      log.error({ err: cause }, damageSentence(embedded?.path ?? 'Redis', cause))
    } else if (!(cause instanceof StoreUnavailable)) {
      log.warn({ err: cause }, 'error')
    } else if (!embedded) {
      if (isReported()) return
      const refusal = refusalSentence(cause)
      if (refusal) refusals.failed(refusal, cause)
      else outage.failed('The store does not answer: nothing is acknowledged, and messages wait.', cause)
    } else if (state === 'ok') {
      state = 'unavailable'
      void tryAgain(embedded, cause)
    }
  }

  return {
    onError,
    onStoreAnswer() {
      if (!embedded) outage.ended()
    },
    storeState: () => state,
    close() {
      closed = true
      cancel()
    }
  }
}

/** What an operator reads of a damaged file, with what SQLite says about it. */
export function damageSentence(path: string, { message, cause }: StoreDamaged): string {
  const found = cause instanceof Error ? cause.message : message
  return `${path} is damaged (${found}). Stop the chat, and restore a backup; or run npm run rescue, which copies every readable row into a new file. If it is no file of Taifas, set DATA_DIR to another folder.`
}
