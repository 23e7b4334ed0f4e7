// What a check finds, in one line for the person who has just deployed.

export interface Finding {
  mark: 'held' | 'failed' | 'skipped'
  said: string
  /** What is wrong, a sentence each. */
  complaints: readonly string[]
}

export const held = (said: string): Finding => ({ mark: 'held', said, complaints: [] })
export const skipped = (why: string): Finding => ({ mark: 'skipped', said: why, complaints: [] })

export const failed = (cause: unknown): Finding => ({ mark: 'failed', said: sentenceOf(cause), complaints: [] })

/** `what` was looked at: well if there is no complaint. */
export const judged = (what: string, well: string, complaints: readonly string[]): Finding =>
  complaints.length === 0
    ? held(`${what}: ${well}`)
    : { mark: 'failed', said: `${what}: ${complaints.length} wrong`, complaints }

/** Nearest rank, like 0.99 for p99. NaN of nothing. */
export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.ceil(part * sorted.length) - 1] ?? NaN
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
export const sentenceOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
