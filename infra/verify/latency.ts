// How long it took from saying to seeing, for each ordered pair of regions, and from saying to the acknowledgement. One clock:
// everybody is in this process.
import type { Native } from './native.ts'

export interface Latency {
  from: string
  to: string
  /** Milliseconds, one for each message and each screen. */
  ms: number[]
}

export interface Measured {
  regions: string[]
  pairs: Latency[]
  /** By region. */
  acknowledged: ReadonlyMap<string, number[]>
}

/** Of all that was said so far. */
export function measure(natives: readonly Native[]): Measured {
  const byRegion = Map.groupBy(natives, ({ region }) => region)
  const regions = [...byRegion.keys()]
  const all = [...byRegion]
  return {
    regions,
    pairs: all.flatMap(([from, speakers]) =>
      all.map(([to, viewers]) => ({ from, to, ms: between(speakers, viewers) }))
    ),
    acknowledged: new Map(all.map(([region, speakers]) => [region, speakers.flatMap((one) => one.acknowledgedAfter)]))
  }
}

const between = (speakers: readonly Native[], viewers: readonly Native[]): number[] =>
  speakers.flatMap(({ said }) =>
    said.flatMap(({ id, at }) =>
      viewers.flatMap(({ screen }) => {
        const shownAt = screen.shownAt.get(id)
        return shownAt === undefined ? [] : [shownAt - at]
      })
    )
  )
