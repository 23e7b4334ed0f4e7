// How long presence waits for what. One place, so that the bounds of the README can be read off and tests can run faster than life.
import { LEASE_MS } from './store.ts'

export interface PresenceTiming {
  /** A lease is written again this long after the last time, while somebody is here or hears who is. */
  renewMs: number
  /** And lives this long without it. */
  leaseMs: number
  /**
   * The world is read this long after the store's last answer, while somebody is here. With the lease's life this is how long a
   * killed instance's people are still seen. Half of `renewMs`, a renewal being an answer too: so it costs one reading for each.
   */
  readMs: number
  /** A closed page is back by then when it was a reload. */
  closedHoldMs: number
  /** A lost connection is back by then when it was a blip. */
  lostHoldMs: number
  /**
   * Somebody who is waited for is believed to be gone if the store took a write so shortly before: one that answers and takes nothing
   * may be hiding where they are now. Long enough for a beat and an answer; and who is back within the rest of the hold is never
   * thought gone, whatever becomes of the store.
   */
  provenMs: number
  /** From one beat of writing to the next. The first change after a beat is written at once; those of a storm go together with the next. */
  writeGapMs: number
  /** A store that did not answer is asked again after this long. */
  retryMs: number
  /** Who has given no sign of life for this long is idle. */
  idleAfterMs: number
  /** The same for telling native clients who came to a room and left it. Half a beat later, so that what was written is told with the next. */
  toldEveryMs: number
}

export const presenceTiming: PresenceTiming = {
  renewMs: 6_000,
  leaseMs: LEASE_MS,
  readMs: 3_000,
  closedHoldMs: 2_000,
  lostHoldMs: 6_000,
  provenMs: 1_250,
  writeGapMs: 1_000,
  retryMs: 1_000,
  idleAfterMs: 5 * 60_000,
  toldEveryMs: 1_000
}
