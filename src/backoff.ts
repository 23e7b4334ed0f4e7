// How long to wait before another attempt.

export interface BackoffRange {
  /** The wait after the first failure, in milliseconds. Each further failure doubles it. */
  minMs: number
  maxMs: number
}

/** Milliseconds to wait after `failures` earlier failures in a row: `minMs` after none. */
export const backoffMs = (failures: number, { minMs, maxMs }: BackoffRange): number =>
  Math.min(minMs * 2 ** failures, maxMs)

/** Between half of `ms` and `ms`, at random, so that instances and clients do not retry in step. */
export const jittered = (ms: number): number => Math.round(ms * (0.5 + Math.random() / 2))
