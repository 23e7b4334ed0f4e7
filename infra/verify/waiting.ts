// Waiting with an end: whatever a deployment does or doesn't do, this program comes to its last line.
import { setTimeout as wait } from 'node:timers/promises'

const LOOK_EVERY_MS = 10

/** Resolves with whether it came true in time. */
export async function until(comesTrue: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  for (;;) {
    if (await comesTrue()) return true
    if (performance.now() > end) return false
    await wait(LOOK_EVERY_MS)
  }
}

/** Waits, but not longer than until the signal. */
export const rest = (ms: number, enough: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal: enough }).catch(() => {})

/** @throws a sentence that says `what` took too long */
export async function within<T>(withinMs: number, what: string, work: Promise<T>): Promise<T> {
  const enough = new AbortController()
  const late = wait(withinMs, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what} takes longer than ${withinMs / 1_000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    enough.abort()
    late.catch(() => {})
  }
}
