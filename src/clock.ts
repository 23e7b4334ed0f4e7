// Time as a dependency, so that tests advance it instead of waiting.

export type Cancel = () => void

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `work` once after `ms` milliseconds unless the returned function is called. Never keeps the process alive. */
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
