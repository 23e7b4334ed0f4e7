// Slows down guessing of the moderator token and of the owner link: each wrong guess from an address doubles the time until its next one
// is checked.
import type { Clock } from '../clock.ts'
import { backoffMs } from '../backoff.ts'

/** After the first wrong guess. Doubling from here allows five guesses in the first minute, and fewer in every later one. */
const FIRST_WAIT_MS = 2_000
const WAIT_MAX_MS = 15 * 60_000
/** An address without a wrong guess for this long starts anew. */
const FORGET_AFTER_MS = 60 * 60_000
const ADDRESSES_MAX = 10_000

export interface ModeratorAttempts {
  /** Milliseconds until a guess from this address is checked; 0 for now. */
  wait(address: string): number
  wrong(address: string): void
}

export function createModeratorAttempts(clock: Pick<Clock, 'now'>): ModeratorAttempts {
  /** In the order of the last wrong guess. */
  const addresses = new Map<string, { guesses: number; at: number }>()

  function recent(address: string) {
    const known = addresses.get(address)
    return known && clock.now() - known.at < FORGET_AFTER_MS ? known : null
  }

  return {
    wait(address) {
      const known = recent(address)
      if (!known) return 0
      const wait = backoffMs(known.guesses - 1, { minMs: FIRST_WAIT_MS, maxMs: WAIT_MAX_MS })
      return Math.max(0, known.at + wait - clock.now())
    },
    wrong(address) {
      const guesses = (recent(address)?.guesses ?? 0) + 1
      addresses.delete(address)
      addresses.set(address, { guesses, at: clock.now() })
      const [oldest] = addresses.keys()
      if (addresses.size > ADDRESSES_MAX && oldest !== undefined) addresses.delete(oldest)
    }
  }
}
