// How instances share buckets: an instance reports what the heaviest keys have spent here since its last report, and the others take
// it from their own buckets. While no key is heavy nothing is sent.
import { STORED_VERSION } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { SPENT_KEYS_MAX, type Bus } from '../bus/messages.ts'
import { dropOldest } from './rate-limit.ts'

/** From the first heavy spending to the message about it. */
const SHARE_AFTER_MS = 500
/** A key is heavy when it has spent this part of a burst, beyond a sustained rate of that part of its refill. */
const HEAVY_PART = 0.25
const LIGHT_PART = 0.1
/** Keys whose spending is remembered. */
const NOTED_KEYS_MAX = 10_000

export interface BudgetSharing {
  /** `key` has spent `cost` here. */
  note(key: string, cost: number): void
}

/** `burst`, `perSecond`: of the buckets that are shared. */
export function createBudgetSharing(options: {
  burst: number
  perSecond: number
  clock: Clock
  bus: Bus
}): BudgetSharing {
  const { burst, perSecond, clock, bus } = options
  /** What was spent since it was last shared, less what is too slow to matter; in order of last use. */
  const noted = new Map<string, { cost: number; at: number }>()
  const heavy = new Set<string>()

  function share() {
    const spent = [...heavy].flatMap((key) => {
      const cost = noted.get(key)?.cost ?? 0
      noted.delete(key)
      return cost > 0 ? [{ key, cost }] : []
    })
    heavy.clear()
    if (spent.length > 0) bus.send({ v: STORED_VERSION, kind: 'spent', spent })
  }

  return {
    note(key, cost) {
      const now = clock.now()
      const known = noted.get(key)
      const light = known ? (Math.max(0, now - known.at) / 1_000) * perSecond * LIGHT_PART : 0
      const sum = Math.max(0, (known?.cost ?? 0) - light) + cost
      noted.delete(key)
      noted.set(key, { cost: sum, at: now })
      dropOldest(noted, NOTED_KEYS_MAX)
      if (sum < burst * HEAVY_PART || heavy.size >= SPENT_KEYS_MAX) return
      if (heavy.size === 0) clock.after(SHARE_AFTER_MS, share)
      heavy.add(key)
    }
  }
}
