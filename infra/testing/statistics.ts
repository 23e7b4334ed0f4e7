// What many measurements come to.

/** The nearest rank, such as 0.99 for p99. NaN for no values. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(part * sorted.length) - 1] ?? NaN
}

/** Of an even number, the lower of the two in the middle. */
export const median = (values: readonly number[]): number => percentile(values, 0.5)
