// `npm run world -- --talk`: two people in each region talk with each other, and how long their messages took is printed.
import { cleanup, natives } from '../verify/clients.ts'
import { percentile } from '../testing/statistics.ts'
import { displayedAfter, latencyTable } from '../verify/latency.ts'
import { converse } from '../verify/order.ts'
import { newRun } from '../verify/run.ts'
import type { Region } from '../verify/run-options.ts'
import { until } from '../verify/waiting.ts'
import { roundTripMs } from './distance.ts'

const TALKS_EACH = 15
/** Of each person: nine messages a second with six of them. */
export const TALK_EVERY_MS = 667
/** Leases know each other by then: the instances read each other's messages as they are stored. */
const KNOWN_AFTER_MS = 7_000
const ARRIVES_WITHIN_MS = 5_000

/**
 * The table, and how soon messages are shown compared with what distance allows.
 * @param home the region of Redis
 */
export async function talk(regions: readonly Region[], home: string, everyMs = TALK_EVERY_MS): Promise<string> {
  const run = newRun({ url: regions[0]?.url ?? '', guestsAllowed: false }, { regions: [...regions] })
  await natives.look(run)
  await new Promise((done) => setTimeout(done, KNOWN_AFTER_MS))
  await converse(run, everyMs, AbortSignal.timeout(TALKS_EACH * everyMs))
  const sent = run.natives.flatMap((one) => one.sent)
  await until(
    () => run.natives.every(({ screen }) => sent.every(({ id }) => screen.shownAt.has(id))),
    ARRIVES_WITHIN_MS
  )
  const table = latencyTable(run.natives)
  const people = [...Map.groupBy(run.natives, ({ region }) => region)]
  await cleanup.look(run)
  const lines = people.flatMap(([from, senders]) =>
    people
      .filter(([to]) => to !== home || from === home)
      .map(([to, viewers]) => {
        const shown = half(displayedAfter(senders, viewers))
        const acknowledged = half(senders.flatMap((one) => one.acknowledgedAfter))
        if (to === home)
          return `In ${home}, where Redis is, half are shown within ${shown.toFixed(1)} ms, ${(shown / acknowledged).toFixed(2)} times the acknowledgement.`
        const bound = acknowledged + roundTripMs(home, to) / 2
        return `From ${from} to ${to}, half are shown within ${shown.toFixed(1)} ms. The acknowledgement and one way take ${bound.toFixed(1)} ms.`
      })
  )
  return [table, ...lines].join('\n')
}

const half = (ms: readonly number[]) => percentile(ms, 0.5)
