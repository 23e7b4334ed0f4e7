// When the store is called, as a state machine: one call at a time; the first change at once and a storm once per tick; renewals only
// while they are needed; another try after a delay when the store does not answer.
import type { Cancel, Clock } from '../clock.ts'
import { nextTick, type PresenceTiming } from './timing.ts'

type State =
  | { name: 'idle' }
  | { name: 'calling'; done: Promise<void>; afterFailure: boolean }
  /** The store did not answer; the next try is at `until`, or never if nothing is needed any more. */
  | { name: 'backing off'; until: number }
  | { name: 'closed' }

export function createLeaseWriter(options: {
  clock: Clock
  timing: PresenceTiming
  /** Somebody is here or listens: the lease has to live, and the others' leases have to be known. */
  isNeeded(): boolean
  /**
   * Writes what changed here; a lease without changes only if `renewing`. False when there was nothing to write. @throws without an
   * answer
   */
  write(renewing: boolean): Promise<boolean>
  /** Called once, at the start of each outage. */
  onError(cause: unknown): void
}) {
  const { clock, timing, isNeeded, write, onError } = options
  const { renewMs, leaseMs, retryMs, writeGapMs } = timing
  let state: State = { name: 'idle' }
  let timer: Cancel | null = null
  let isChanged = false
  /** A renewal while it is needed; `isAsked`: one at once, needed or not. */
  let renewAt = -Infinity
  let isAsked = false
  /** Start of the last call. */
  let triedAt = -Infinity
  let answeredAt = -Infinity
  /** Since when the store has answered every call and forgotten nothing. */
  let soundSince = -Infinity

  const running = () => (state.name === 'calling' ? state : null)
  const isFailing = () => state.name === 'backing off' || (running()?.afterFailure ?? false)
  const tick = () => nextTick(triedAt, writeGapMs)

  return {
    /** Something changed here. */
    change() {
      isChanged = true
      schedule()
    },

    /** Renews the lease at the next tick: that shows whether the store still takes writes. */
    renewSoon() {
      renewAt = Math.min(renewAt, tick())
      schedule()
    },

    /** Resolves when a renewal that starts from now on has ended, with or without an answer. */
    async renew(): Promise<void> {
      const before = running()?.done
      isAsked = true
      schedule()
      await before
      await running()?.done
    },

    /** Resolves when the running call has ended. */
    settled: async (): Promise<void> => running()?.done,

    sinceAnswer: (): number => clock.now() - answeredAt,

    /** Milliseconds for which the store has answered every call and forgotten nothing. */
    soundFor: (): number => (isFailing() ? 0 : clock.now() - soundSince),

    /** The store answered, but had forgotten what it had confirmed. */
    forgotten() {
      soundSince = clock.now()
    },

    /** The store did not answer the last call that has ended. */
    isFailing,
    /** No answer is near: the store did not answer last, and the next try is running or not due yet. */
    isWaiting: (): boolean => isFailing() && !(state.name === 'backing off' && clock.now() >= state.until),

    /** Ends all calls; `last`: after one more write. */
    async close({ last }: { last: boolean }): Promise<void> {
      const { done } = running() ?? {}
      state = { name: 'closed' }
      timer?.()
      await done
      if (last) await write(false).catch(() => false)
    }
  }

  /** Makes the call that is due, or sets a timer for it. */
  function schedule() {
    timer?.()
    timer = null
    if (state.name === 'calling' || state.name === 'closed') return
    const now = clock.now()
    // After the clock was set back, nothing would be due for as long.
    answeredAt = Math.min(answeredAt, now)
    triedAt = Math.min(triedAt, now)
    renewAt = Math.min(renewAt, now + renewMs)
    if (state.name === 'backing off') state.until = Math.min(state.until, now + retryMs)
    const dueAt = isAsked ? now : Math.min(isChanged ? tick() : Infinity, isNeeded() ? renewAt : Infinity)
    if (dueAt === Infinity) return
    const nextAt = state.name === 'backing off' ? state.until : dueAt
    if (nextAt > now) timer = clock.after(nextAt - now, schedule)
    else call()
  }

  function call() {
    const afterFailure = state.name === 'backing off'
    triedAt = clock.now()
    const isRenewing = afterFailure || isAsked || triedAt >= renewAt
    isChanged = isAsked = false
    const done = write(isRenewing).then(
      (isAnswered) => {
        if (isAnswered) answeredAt = clock.now()
        if (isAnswered) renewAt = answeredAt + renewMs
        if (isAnswered && afterFailure) soundSince = answeredAt
        end({ name: 'idle' })
      },
      (cause: unknown) => {
        // With nobody here it is no use to insist, except while an abandoned lease still lives.
        isChanged = isNeeded() || clock.now() - answeredAt < leaseMs
        end({ name: 'backing off', until: clock.now() + retryMs })
        if (!afterFailure) onError(cause)
      }
    )
    state = { name: 'calling', done, afterFailure }
  }

  function end(next: State) {
    if (state.name === 'closed') return
    state = next
    schedule()
  }
}
