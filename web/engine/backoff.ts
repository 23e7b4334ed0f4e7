// When the browser and the client try again, and after which refusals.
import type { Reason } from '../../src/contract.ts'

export interface BackoffLimits {
  firstMs: number
  maxMs: number
}

/**
 * Between attempts that the store did not answer. The server waits for the store itself, 3 s, before it refuses an attempt, so
 * attempts are rare, and one comes soon after the store is back.
 */
export const STORE_RETRY: BackoffLimits = { firstMs: 500, maxMs: 1_500 }

/**
 * The delay before the next attempt: doubled after each failure, up to `maxMs`, and spread evenly between half of that and one and
 * a half times that, so that many clients do not come at once. With `afterMs` the server has named how long to wait at least.
 */
export function retryDelayMs(
  attempt: number,
  { firstMs, maxMs }: BackoffLimits,
  { afterMs, random = Math.random }: { afterMs?: number | undefined; random?: (() => number) | undefined } = {}
): number {
  const ms = Math.min(maxMs, firstMs * 2 ** attempt)
  return (afterMs ?? ms / 2) + random() * ms
}

const TEMPORARY: readonly Reason[] = ['unavailable', 'too-fast', 'slow-mode', 'not-joined', 'sign-in', 'too-old']

/** Whether the same request may succeed later. Any other refusal is final. */
export const isTemporary = (reason: Reason): boolean => TEMPORARY.includes(reason)
