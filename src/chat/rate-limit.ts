// How fast anyone may speak: token buckets by key, in bounded memory.
import type { Clock } from './clock.ts'

export interface Buckets {
  /** Milliseconds until `key` has a token; 0 when it has one. */
  wait(key: string): number
  /** Takes one token of `key`. Returns 0, or the milliseconds until the next token when there is none. */
  take(key: string): number
}

/** More keys than this and the longest unused are forgotten: a forgotten key is a full bucket, which is what an unused one is. */
const KEYS_MAX = 50_000

/** Buckets that hold `burst` tokens and gain `perSecond`. */
export function createBuckets({
  burst,
  perSecond,
  clock
}: {
  burst: number
  perSecond: number
  clock: Clock
}): Buckets {
  const buckets = new Map<string, { tokens: number; at: number }>()

  function tokensOf(key: string): number {
    const known = buckets.get(key)
    if (!known) return burst
    // A clock that is set back takes nothing away.
    const elapsed = Math.max(0, clock.now() - known.at)
    return Math.min(burst, known.tokens + (elapsed / 1_000) * perSecond)
  }
  const waitFor = (tokens: number) => (tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000))

  return {
    wait: (key) => waitFor(tokensOf(key)),
    take(key) {
      const now = clock.now()
      const tokens = tokensOf(key)
      // Deleting first keeps the map in order of last use.
      buckets.delete(key)
      const left = tokens >= 1 ? tokens - 1 : tokens
      buckets.set(key, { tokens: left, at: now })
      if (buckets.size > KEYS_MAX)
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest)
          break
        }
      return waitFor(tokens)
    }
  }
}
