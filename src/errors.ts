import type { CeremonyFailure } from './contract/accounts.ts'
import type { Reason } from './contract.ts'

/** A refused verb. Each protocol reports it in its own way. Any other error, except StoreUnavailable, is a bug. */
export class ChatError extends Error {
  override name = 'ChatError'
  readonly reason: Reason
  /** Wait this many milliseconds before trying again. */
  readonly retryAfterMs: number | undefined
  /** With `name-taken`: a name that is free. */
  readonly suggestion: string | undefined

  /** With `muted` and `banned`: the reason that a moderator gave. */
  readonly why: string | undefined

  constructor(reason: Reason, retryAfterMs?: number, suggestion?: string, why?: string) {
    // Under a flood the stack trace would cost more than all checks, and nobody reads it: a refusal is no bug.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(reason)
    Error.stackTraceLimit = stackTraceLimit
    this.reason = reason
    this.retryAfterMs = retryAfterMs
    this.suggestion = suggestion
    this.why = why || undefined
  }
}

/** A ceremony of signing in, or of a credential, that came to nothing. Nothing has changed. */
export class CeremonyFailed extends ChatError {
  override name = 'CeremonyFailed'
  readonly failure: CeremonyFailure

  constructor(failure: CeremonyFailure) {
    super(failure === 'provider-unavailable' ? 'unavailable' : 'not-allowed')
    this.failure = failure
  }
}

/** The store did not answer in time, could not do the work, or is closed. The operation may or may not have taken effect. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** The store has something that it can't read. Trying again does not help. */
export class StoreDamaged extends Error {
  override name = 'StoreDamaged'
}
