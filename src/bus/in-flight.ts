// Own messages on their way through Redis and back, which show whether this instance receives.
import type { Clock } from '../clock.ts'

/** An own message that has not come back by then shows that this instance does not receive. */
const OVERDUE_AFTER_MS = 5_000

export function createInFlight(clock: Clock) {
  /** When each number was sent, the oldest first. */
  const sentAt = new Map<number, number>()
  let newestBack = 0
  return {
    add(number: number, at = clock.now()) {
      if (number > newestBack) sentAt.set(number, at)
    },
    /** It is back, and so are all before it. Returns the milliseconds since it was sent, if that is known. */
    back(number: number): number | undefined {
      const at = sentAt.get(number)
      newestBack = Math.max(newestBack, number)
      for (const earlier of sentAt.keys()) if (earlier <= number) sentAt.delete(earlier)
      return at === undefined ? undefined : clock.now() - at
    },
    /** Whether one is overdue. Then all are forgotten. */
    takeOverdue(): boolean {
      const [oldest = Infinity] = sentAt.values()
      const isOverdue = clock.now() - oldest > OVERDUE_AFTER_MS
      if (isOverdue) sentAt.clear()
      return isOverdue
    }
  }
}
