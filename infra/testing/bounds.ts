// Compares the time until clients learned of a change with the promised time. Prints the worst; twice the promise fails the test.
import { expect } from 'vitest'

export type Bounds = ReturnType<typeof measureBounds>

/** @param promises milliseconds by kind of change */
export function measureBounds<What extends string>(promises: Record<What, number>) {
  const worst = new Map<What, { ms: number; times: number }>()
  return {
    note(what: What, ms: number) {
      const before = worst.get(what)
      worst.set(what, { ms: Math.max(ms, before?.ms ?? 0), times: (before?.times ?? 0) + 1 })
    },
    /** Fails when a kind took too long or never happened. */
    check(title: string) {
      const all = Object.entries<number>(promises) as [What, number][]
      const lines = all.map(([what, promise]) => {
        const { ms, times } = worst.get(what) ?? { ms: NaN, times: 0 }
        return `  ${what}: ${seconds(ms)} at worst of ${times} (promise ${seconds(promise)})`
      })
      console.log([title, ...lines].join('\n'))
      const late: string[] = []
      for (const [what, promise] of all) {
        const { ms } = worst.get(what) ?? { ms: NaN }
        // NaN when it never happened, which fails the test too.
        if (!(ms <= 2 * promise)) late.push(`${what}: ${seconds(ms)}, promised ${seconds(promise)}`)
      }
      expect(late).toEqual([])
    }
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
