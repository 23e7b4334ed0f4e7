// A clock for tests: it stands still until a test advances it.
import type { Clock } from '../../src/clock.ts'

/** Turns of the event loop that work started by a timer may take to finish; an embedded store answers within two. */
const TURNS_TO_SETTLE = 10

/** `advance` runs due timers in order and lets promises settle between them. `start` is in milliseconds since 1970. */
export function standingClock(start = 1_000_000): Clock & { advance(ms: number): Promise<void> } {
  let now = start
  const timers: { at: number; work: () => void }[] = []
  return {
    now: () => now,
    after(ms, work) {
      const timer = { at: now + ms, work }
      timers.push(timer)
      return () => {
        const index = timers.indexOf(timer)
        if (index >= 0) timers.splice(index, 1)
      }
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (!next) break
        timers.splice(timers.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.work()
        await settle()
      }
      now = end
    }
  }
}

async function settle() {
  for (let turn = 0; turn < TURNS_TO_SETTLE; turn += 1) await new Promise<void>((done) => setImmediate(done))
}
