// All intervals of presence. The bounds in the README follow from them; tests run with shorter ones.

/** All values are milliseconds. */
export const presenceTiming = {
  /**
   * Interval of renewals while somebody is here or listens. The answer to a renewal contains the leases of all. Twice this bounds how
   * long it takes until an idle person is shown as idle elsewhere.
   */
  renewMs: 6_000,
  /**
   * Lifetime of a lease without renewal, by the store's own clock. Together with the interval of renewals it bounds how long the people of
   * a killed instance stay visible.
   */
  leaseMs: 13_000,
  /** Grace period after a page was closed: a reload is back by then. */
  closedGraceMs: 2_000,
  /** Grace period after a connection was lost: a blip is over by then. */
  lostGraceMs: 6_000,
  /** The same for a guest: the libraries of compatible clients try again after 1, 2 and 4 s, each by half more or less. */
  lostGuestGraceMs: 10_000,
  /**
   * A grace period ends in a departure only if the store took a write this recently: otherwise the person may be elsewhere. Covers one
   * tick and one answer. Anybody back within the rest of the grace period is never shown as gone, whatever happens to the store.
   */
  provenMs: 1_250,
  /** Interval of write ticks. The first change after a tick is written at once; the changes of a storm wait for the next tick. */
  writeGapMs: 1_000,
  /** Delay before the next call to a store that did not answer. Fixed: the bounds depend on it. */
  retryMs: 1_000,
  /** A person without activity for this long is idle. */
  idleAfterMs: 5 * 60_000,
  /**
   * Interval at which native clients are sent joins and leaves; half a tick after the writes, so that each tick carries what was just
   * written.
   */
  announceEveryMs: 1_000
}
export type PresenceTiming = typeof presenceTiming

/** Where no other instance has to be informed. Nobody notices such a wait, and joins of a storm still share what is written to all. */
export const aloneTiming = { writeGapMs: 200 } satisfies Partial<PresenceTiming>

/**
 * The first tick after a moment, in milliseconds since 1970. Ticks are aligned to the clock, so all instances tick together as far as
 * their clocks agree: a change that waits for one instance's write tick waits for half a tick more at the others, not for a whole one.
 */
export function nextTick(after: number, everyMs: number, offsetMs = 0): number {
  return everyMs === 0 ? after : (Math.floor((after - offsetMs) / everyMs) + 1) * everyMs + offsetMs
}
