// Time, handed in, so that tests move it instead of waiting.

export type Cancel = () => void

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `work` once after `ms`; the returned function calls it off. Never keeps the process alive. */
  after(ms: number, work: () => void): Cancel
}

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms)
    timer.unref()
    return () => clearTimeout(timer)
  }
}

/** A clock for tests: stands still until `advance` moves it, running what falls due in order and letting promises settle between. */
export function standingClock(start = 1_000_000): Clock & { advance(ms: number): Promise<void> } {
  let now = start
  const due: { at: number; work: () => void }[] = []
  return {
    now: () => now,
    after(ms, work) {
      const entry = { at: now + ms, work }
      due.push(entry)
      return () => {
        const place = due.indexOf(entry)
        if (place >= 0) due.splice(place, 1)
      }
    },
    async advance(ms) {
      const end = now + ms
      await settled()
      for (;;) {
        const next = due.filter((entry) => entry.at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (!next) break
        due.splice(due.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.work()
        await settled()
      }
      now = end
    }
  }
}

/** Turns of the loop that anything started by a timer may take to come to rest; an embedded store answers within one or two. */
const TURNS_TO_SETTLE = 10

async function settled() {
  for (let turn = 0; turn < TURNS_TO_SETTLE; turn += 1) await new Promise<void>((done) => setImmediate(done))
}
