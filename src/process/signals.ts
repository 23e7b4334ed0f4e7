// What SIGTERM and SIGINT mean: the first starts an orderly shutdown, a later one ends the process at once.
import type { EventEmitter } from 'node:events'

/** One request to stop may arrive several times: npm passes Ctrl-C on, and so does a supervisor with SIGTERM. */
export const SAME_REQUEST_MS = 1_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

export type StopSignal = (typeof SIGNALS)[number]

export interface SignalOptions {
  /** Milliseconds on a clock that only moves forward. */
  now(): number
  /** Called once, with the first signal. */
  shutDown(signal: StopSignal): void
  /** Called for every signal that arrives more than `SAME_REQUEST_MS` after the first. */
  exitNow(): void
}

/** Listens for signals on `source`, which is `process` outside of tests. */
export function handleSignals(source: Pick<EventEmitter, 'on'>, { now, shutDown, exitNow }: SignalOptions): void {
  let firstAt: number | null = null
  for (const signal of SIGNALS)
    source.on(signal, () => {
      if (firstAt === null) {
        firstAt = now()
        shutDown(signal)
      } else if (now() - firstAt > SAME_REQUEST_MS) exitNow()
    })
}
