import type { Reason } from './contract.ts'

/** The one kind of refusal. Each door turns it into its own manner of saying no; anything else thrown is a fault of ours. */
export class ChatError extends Error {
  override name = 'ChatError'
  readonly reason: Reason
  /** With `too-fast` and `unavailable`: when to try again, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(reason: Reason, retryAfterMs?: number) {
    super(reason)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** The store did not answer in time, refused for reasons of its own, or is closed. Nothing is known of what was asked. */
export class StoreAway extends Error {
  override name = 'StoreAway'
}
