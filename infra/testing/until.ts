// Waits in tests for what has no promised time, long enough for a busy machine. A wait that fails names what it waited for.
import { setTimeout as wait } from 'node:timers/promises'

/** Shorter than a test's timeout, so that this error is the one reported. */
const PATIENCE_MS = 15_000
const LOOK_EVERY_MS = 10

/**
 * Calls `ask` until it returns anything but false, null and undefined, and resolves with that.
 * @param what completes the sentence "In vain waited for …"
 * @throws that sentence after `withinMs`, and any error of `ask`
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = PATIENCE_MS
): Promise<Exclude<Awaited<T>, false | null | undefined>> {
  const end = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined)
      return answer as Exclude<Awaited<T>, false | null | undefined>
    if (performance.now() > end) throw new Error(`In vain waited ${withinMs / 1_000} s for ${what}`)
    await wait(LOOK_EVERY_MS)
  }
}
