// When the store is called, as a state machine: one call at a time; the first change at once and a storm once per tick; renewals and
// reads only while they are needed; another try after a delay when the store does not answer.
import type { Cancel, Clock } from '../clock.ts'
import { nextTick, type PresenceTiming } from './timing.ts'

type State =
  /** The store has everything. The next call is a renewal or a read. */
  | { name: 'idle' }
  /** There is something to write, at the next tick. */
  | { name: 'dirty' }
  | { name: 'writing' | 'reading'; done: Promise<void>; afterFailure: boolean }
  /** The store did not answer; the next try is at `until`, or never if nothing is needed any more. */
  | { name: 'backing off'; until: number }
  | { name: 'closed' }

export interface StoreCalls {
  /** Somebody is here or listens: the lease has to live, and the others' leases have to be known. */
  isNeeded(): boolean
  /** Writes what changed here; a lease without changes only if `renewing`. False when there was nothing to write. @throws without an answer */
  write(renewing: boolean): Promise<boolean>
  /** @throws without an answer */
  read(): Promise<void>
  /** Called once, at the start of each outage. */
  onError(cause: unknown): void
}

export type LeaseWriter = ReturnType<typeof createLeaseWriter>

/** `isFree`: calls cost nothing, so a storm needs no ticks. */
export function createLeaseWriter(options: {
  clock: Clock
  timing: PresenceTiming
  isFree: boolean
  calls: StoreCalls
}) {
  const { clock, timing, isFree, calls } = options
  const { renewMs, leaseMs, readMs, retryMs } = timing
  const gapMs = isFree ? 0 : timing.writeGapMs
  let state: State = { name: 'idle' }
  let timer: Cancel | null = null
  /** What to do next. `renewal`: with the next tick, whether it is time or not. */
  let wanted = { change: false, renewal: false, read: false }
  let renews = true
  let writtenAt = -Infinity
  let answeredAt = -Infinity
  /** Start of the last write. */
  let triedAt = -Infinity

  const want = (what: Partial<typeof wanted>) => {
    wanted = { ...wanted, ...what }
    if (state.name === 'idle' || state.name === 'dirty') state = rest()
    schedule()
  }
  const rest = (): State => ({ name: wanted.change || wanted.renewal ? 'dirty' : 'idle' })
  const running = () => (state.name === 'writing' || state.name === 'reading' ? state : null)

  return {
    /** Something changed here. */
    change: () => want({ change: true }),

    /** Renews the lease at the next tick: that shows whether the store still takes writes. */
    renewSoon: () => want({ renewal: true }),

    /** Resolves when a read that starts from now on has ended, with or without an answer. */
    async read(): Promise<void> {
      const before = running()?.done
      want({ read: true })
      await before
      await running()?.done
    },

    /** Resolves when the running call has ended. */
    settled: async (): Promise<void> => running()?.done,

    /** Changes are still written; the lease is no longer renewed. */
    stopRenewing() {
      renews = false
      schedule()
    },

    sinceAnswer: (): number => clock.now() - answeredAt,
    sinceWritten: (): number => clock.now() - writtenAt,

    /** The store did not answer last, and the next try is running or due. */
    isWaiting: (): boolean =>
      state.name === 'backing off' ? clock.now() < state.until : (running()?.afterFailure ?? false),

    get failing(): boolean {
      return state.name === 'backing off' || (running()?.afterFailure ?? false)
    },

    /** Ends all calls; `last`: after one more write. */
    async close({ last }: { last: boolean }): Promise<void> {
      const { done } = running() ?? {}
      state = { name: 'closed' }
      timer?.()
      await done
      if (last) await calls.write(false).catch(() => false)
    }
  }

  /** Makes the call that is due, or sets a timer for it. */
  function schedule() {
    timer?.()
    timer = null
    const now = clock.now()
    // After the clock was set back, nothing would be due for as long.
    writtenAt = Math.min(writtenAt, now)
    answeredAt = Math.min(answeredAt, now)
    triedAt = Math.min(triedAt, now)
    if (state.name === 'backing off') state.until = Math.min(state.until, now + retryMs)
    const { writeAt, readAt } = due(now)
    if (writeAt <= now) return start('writing', write)
    if (readAt <= now) return start('reading', read)
    const next = Math.min(writeAt, readAt)
    if (next < Infinity) timer = clock.after(next - now, schedule)
  }

  function due(now: number): { writeAt: number; readAt: number } {
    const isNeeded = calls.isNeeded()
    const renewAt = renews && isNeeded ? writtenAt + renewMs : Infinity
    const readAt = wanted.read ? now : isNeeded ? answeredAt + readMs : Infinity
    switch (state.name) {
      case 'idle':
        return { writeAt: renewAt, readAt }
      case 'dirty':
        return { writeAt: Math.min(nextTick(triedAt, gapMs), renewAt), readAt }
      case 'backing off':
        return {
          writeAt: wanted.change || renewAt < Infinity ? state.until : Infinity,
          readAt: readAt < Infinity ? state.until : Infinity
        }
      case 'writing':
      case 'reading':
      case 'closed':
        return { writeAt: Infinity, readAt: Infinity }
      default:
        return state satisfies never
    }
  }

  function start(name: 'writing' | 'reading', call: (afterFailure: boolean) => Promise<boolean>) {
    const afterFailure = state.name === 'backing off'
    const done = call(afterFailure).then(
      (isAnswered) => {
        if (isAnswered) answeredAt = clock.now()
        end(afterFailure && !isAnswered ? { name: 'backing off', until: clock.now() } : rest())
      },
      (cause: unknown) => {
        // With nobody here it is no use to insist, except while an abandoned lease still lives.
        if (!calls.isNeeded())
          wanted = { ...wanted, read: false, change: wanted.change && clock.now() - writtenAt < leaseMs }
        end({ name: 'backing off', until: clock.now() + retryMs })
        if (!afterFailure) calls.onError(cause)
      }
    )
    state = { name, done, afterFailure }
  }

  function end(next: State) {
    if (state.name === 'closed') return
    state = next
    schedule()
  }

  async function write(afterFailure: boolean): Promise<boolean> {
    const before = wanted
    const isDue = afterFailure || wanted.renewal || clock.now() >= writtenAt + renewMs
    triedAt = clock.now()
    wanted = { change: false, renewal: false, read: false }
    try {
      const isWritten = await calls.write(isDue)
      if (isWritten) writtenAt = clock.now()
      else wanted.read ||= before.read
      return isWritten
    } catch (cause) {
      wanted = { ...wanted, change: true, read: wanted.read || before.read }
      throw cause
    }
  }

  async function read(): Promise<boolean> {
    wanted.read = false
    try {
      await calls.read()
      return true
    } catch (cause) {
      wanted.read = true
      throw cause
    }
  }
}
