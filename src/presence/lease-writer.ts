// When the store of leases is asked: one errand at a time, changes at once but a storm once a second, renewals and readings
// only while somebody is here, and a patient retry when it doesn't answer.
import { nextBeat } from './tick.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { PresenceTiming } from './timing.ts'

export interface Errands {
  /** Asking costs nothing, so a storm needs no slowing down. */
  isFree: boolean
  /** Somebody is here, or hears who is: the lease has to live, and the world has to be known. */
  isNeeded(): boolean
  /** Tells the store what is so here. False when there was nothing to tell; when `renewing`, there is. @throws when the store did not answer */
  write(renewing: boolean): Promise<boolean>
  /** Asks the store what is so elsewhere. @throws when the store did not answer */
  read(): Promise<void>
  /** Called once at the start of each outage. */
  onError(cause: unknown): void
}

export type LeaseKeeper = ReturnType<typeof createLeaseKeeper>

export function createLeaseKeeper({
  clock,
  timing,
  errands
}: {
  clock: Clock
  timing: PresenceTiming
  errands: Errands
}) {
  const { renewMs, leaseMs, readMs, retryMs } = timing
  const gapMs = errands.isFree ? 0 : timing.writeGapMs
  let timer: Cancel | null = null
  let running: Promise<void> | null = null
  let changed = false
  let behind = false
  let early = false
  let failing = false
  let renewing = true
  let closed = false
  let writtenAt = -Infinity
  let answeredAt = -Infinity
  let retryAt = -Infinity
  /** When the last writing began. */
  let triedAt = -Infinity

  return {
    /** What is so here has changed. */
    change() {
      changed = true
      steer()
    },

    /** Renews the lease with the next beat though it isn't time to: that shows whether the store still takes what it is told. */
    renewSoon() {
      early = true
      steer()
    },

    /** Reads the world as it is from now on. Resolves when it was read or could not be. */
    async look(): Promise<void> {
      const before = running
      behind = true
      steer()
      await before
      await running
    },

    /** Resolves when what runs now has come to an end. */
    settled: async (): Promise<void> => running ?? undefined,

    /** Somebody's arrival or departure may bring the next errand forward. */
    steer,

    /** Changes are still written; the lease is not kept alive any more. */
    stopRenewing() {
      renewing = false
      steer()
    },

    /** Milliseconds since the store last answered. */
    sinceAnswer: (): number => clock.now() - answeredAt,

    /** Milliseconds since the store last took a write. */
    sinceWritten: (): number => clock.now() - writtenAt,

    /** The store is being asked again and again without an answer. */
    isAway: (): boolean => failing && (running !== null || clock.now() < retryAt),

    get failing() {
      return failing
    },

    /** Ends all errands. `last`: after saying once more what is so here. */
    async close({ last }: { last: boolean }): Promise<void> {
      closed = true
      timer?.()
      await running
      if (last) await errands.write(false).catch(() => false)
    }
  }

  /** Does what is due, or sets the alarm for it. */
  function steer() {
    timer?.()
    timer = null
    if (running || closed) return
    const now = clock.now()
    // By a clock that was set back nothing would be due until it is where it was.
    writtenAt = Math.min(writtenAt, now)
    answeredAt = Math.min(answeredAt, now)
    triedAt = Math.min(triedAt, now)
    retryAt = Math.min(retryAt, now + retryMs)
    const writeAt = whenToWrite()
    const readAt = whenToRead(now)
    if (writeAt <= now) return run(write)
    if (readAt <= now) return run(read)
    const next = Math.min(writeAt, readAt)
    if (next < Infinity) timer = clock.after(next - now, steer)
  }

  function whenToWrite(): number {
    const renewAt = renewing && errands.isNeeded() ? writtenAt + renewMs : Infinity
    if (failing) return changed || renewAt < Infinity ? retryAt : Infinity
    return changed || early ? Math.min(nextBeat(triedAt, gapMs), renewAt) : renewAt
  }

  function whenToRead(now: number): number {
    if (behind) return failing ? retryAt : now
    if (!errands.isNeeded()) return Infinity
    return failing ? retryAt : answeredAt + readMs
  }

  function run(errand: () => Promise<boolean>) {
    running = errand()
      .then(
        (asked) => {
          if (!asked) return
          failing = false
          answeredAt = clock.now()
        },
        (cause: unknown) => {
          retryAt = clock.now() + retryMs
          // With nobody here it is no use to insist, but for the time that an abandoned lease still lives.
          if (!errands.isNeeded()) {
            behind = false
            changed &&= clock.now() - writtenAt < leaseMs
          }
          if (failing) return
          failing = true
          errands.onError(cause)
        }
      )
      .finally(() => {
        running = null
        steer()
      })
  }

  async function write(): Promise<boolean> {
    const wasBehind = behind
    const due = failing || early || clock.now() >= writtenAt + renewMs
    triedAt = clock.now()
    changed = false
    behind = false
    early = false
    try {
      const asked = await errands.write(due)
      if (asked) writtenAt = clock.now()
      else behind ||= wasBehind
      return asked
    } catch (cause) {
      changed = true
      behind ||= wasBehind
      throw cause
    }
  }

  async function read(): Promise<boolean> {
    behind = false
    try {
      await errands.read()
      return true
    } catch (cause) {
      behind = true
      throw cause
    }
  }
}
