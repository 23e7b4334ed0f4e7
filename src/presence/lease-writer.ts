// When the store is called, as a state machine: one call at a time; the first change at once and a storm once per tick; renewals and
// reads only while they are needed; another try after a delay when the store does not answer.
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
  /** Calls cost nothing, so a storm needs no ticks. */
  isFree: boolean
  /** Somebody is here or listens: the lease has to live, and the others' leases have to be known. */
  isNeeded(): boolean
  /** Writes what changed here; a lease without changes only if `renewing`. False when there was nothing to write. @throws without an answer */
  write(renewing: boolean): Promise<boolean>
  /** @throws without an answer */
  read(): Promise<void>
  /** Called once, at the start of each outage. */
  onError(cause: unknown): void
}) {
  const { clock, timing, isFree, isNeeded, write, read, onError } = options
  const { renewMs, leaseMs, readMs, retryMs } = timing
  const gapMs = isFree ? 0 : timing.writeGapMs
  let state: State = { name: 'idle' }
  let timer: Cancel | null = null
  let wanted = { write: false, read: false }
  let renews = true
  let renewAt = -Infinity
  let writtenAt = -Infinity
  let answeredAt = -Infinity
  /** Since when the store has answered every call and forgotten nothing. */
  let soundSince = -Infinity
  /** Start of the last write. */
  let triedAt = -Infinity

  const running = () => (state.name === 'calling' ? state : null)
  const isFailing = () => state.name === 'backing off' || (running()?.afterFailure ?? false)
  const tick = () => nextTick(triedAt, gapMs)

  return {
    /** Something changed here. */
    change() {
      wanted.write = true
      schedule()
    },

    /** Renews the lease at the next tick: that shows whether the store still takes writes. */
    renewSoon() {
      renewAt = Math.min(renewAt, tick())
      schedule()
    },

    /** Resolves when a read that starts from now on has ended, with or without an answer. */
    async read(): Promise<void> {
      const before = running()?.done
      wanted.read = true
      schedule()
      await before
      await running()?.done
    },

    /** Resolves when the running call has ended. */
    settled: async (): Promise<void> => running()?.done,

    /** From now on only changes are written, beginning with one that was made just now. */
    stopRenewing() {
      renews = false
      wanted.write = true
      schedule()
    },

    sinceAnswer: (): number => clock.now() - answeredAt,
    sinceWritten: (): number => clock.now() - writtenAt,

    /** Milliseconds for which the store has answered every call and forgotten nothing. */
    soundFor: (): number => (isFailing() ? 0 : clock.now() - soundSince),

    /** The store answered, but has forgotten what it had confirmed: it has to be written again. */
    forgotten() {
      soundSince = clock.now()
      wanted.write = true
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
    writtenAt = Math.min(writtenAt, now)
    answeredAt = Math.min(answeredAt, now)
    triedAt = Math.min(triedAt, now)
    renewAt = Math.min(renewAt, now + renewMs)
    if (state.name === 'backing off') state.until = Math.min(state.until, now + retryMs)
    const changeAt = wanted.write ? tick() : Infinity
    const writeAt = Math.min(changeAt, renews && isNeeded() ? renewAt : Infinity)
    const readAt = wanted.read ? now : isNeeded() ? answeredAt + readMs : Infinity
    if (Math.min(writeAt, readAt) === Infinity) return
    const next = state.name === 'backing off' ? state.until : Math.min(writeAt, readAt)
    if (next > now) timer = clock.after(next - now, schedule)
    else if (state.name === 'backing off' ? writeAt < Infinity : writeAt <= now) call('write')
    else call('read')
  }

  function call(kind: 'write' | 'read') {
    const afterFailure = state.name === 'backing off'
    const isRenewing = afterFailure || clock.now() >= renewAt
    const before = wanted
    // The answer to a write says what a read would.
    wanted = { write: kind === 'read' && wanted.write, read: false }
    if (kind === 'write') triedAt = clock.now()
    const answer = kind === 'write' ? write(isRenewing) : read().then(() => true)
    const done = answer.then(
      (isAnswered) => {
        if (isAnswered) answeredAt = clock.now()
        else wanted.read ||= before.read
        if (isAnswered && afterFailure) soundSince = answeredAt
        if (isAnswered && kind === 'write') [writtenAt, renewAt] = [answeredAt, answeredAt + renewMs]
        end(afterFailure && !isAnswered ? { name: 'backing off', until: clock.now() } : { name: 'idle' })
      },
      (cause: unknown) => {
        wanted.read ||= before.read
        wanted[kind] = true
        // With nobody here it is no use to insist, except while an abandoned lease still lives.
        if (!isNeeded()) wanted = { read: false, write: wanted.write && clock.now() - writtenAt < leaseMs }
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
