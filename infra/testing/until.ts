// Waiting in tests for what is no promise: as patiently as a busy machine needs, and then with a sentence instead of silence.
import { setTimeout as wait } from 'node:timers/promises'

/** Less than what a test may take, so that this sentence is what is read. */
const PATIENCE_MS = 15_000
const LOOK_EVERY_MS = 10

/**
 * Asks again and again, and resolves with the first answer that is one: anything but false, null and undefined. `what` ends the
 * sentence "In vain waited for …".
 * @throws that sentence after `withinMs`, and whatever the asking throws
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
