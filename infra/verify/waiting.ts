// Waiting with a limit, so that a run always ends.
import { setTimeout as wait } from 'node:timers/promises'
import { until as untilOrThrow } from '../testing/until.ts'

/** Resolves with whether it became true in time. */
export const until = (isTrue: () => boolean, withinMs: number): Promise<boolean> =>
  untilOrThrow('it', isTrue, withinMs).catch(() => false)

export const rest = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => {})

/** @throws a sentence that says `what` took too long */
export async function within<T>(withinMs: number, what: string, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = wait(withinMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`${what} takes longer than ${withinMs / 1_000} s`)
  })
  late.catch(() => {})
  return Promise.race([work, late]).finally(() => done.abort())
}
