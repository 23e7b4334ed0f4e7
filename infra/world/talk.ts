// `npm run world -- --talk`: two people in each region talk with each other, and how long their messages took is printed.
import { cleanup, natives } from '../verify/clients.ts'
import { percentile } from '../testing/statistics.ts'
import { displayedAfter, latencyTable } from '../verify/latency.ts'
import { converse } from '../verify/order.ts'
import { newRun } from '../verify/run.ts'
import type { Region } from '../verify/run-options.ts'
import { until } from '../verify/waiting.ts'

const TALK_MS = 10_000
/** Of each person: nine messages a second with six of them. */
const SEND_EVERY_MS = 667
/** Leases know each other by then: the instances read each other's messages as they are stored. */
const KNOWN_AFTER_MS = 7_000
const ARRIVES_WITHIN_MS = 5_000

/** The table, and how much later than acknowledged a message is shown in the region of Redis. @param home that region */
export async function talk(regions: readonly Region[], home: string): Promise<string> {
  const run = newRun({ url: regions[0]?.url ?? '', guestsAllowed: false }, { regions: [...regions] })
  await natives.look(run)
  await new Promise((done) => setTimeout(done, KNOWN_AFTER_MS))
  await converse(run, SEND_EVERY_MS, AbortSignal.timeout(TALK_MS))
  const sent = run.natives.flatMap((one) => one.sent)
  await until(
    () => run.natives.every(({ screen }) => sent.every(({ id }) => screen.shownAt.has(id))),
    ARRIVES_WITHIN_MS
  )
  const there = run.natives.filter(({ region }) => region === home)
  const [shown, acknowledged] = [displayedAfter(there, there), there.flatMap((one) => one.acknowledgedAfter)].map(
    (ms) => percentile(ms, 0.5)
  ) as [number, number]
  const table = latencyTable(run.natives)
  await cleanup.look(run)
  const ratio = (shown / acknowledged).toFixed(2)
  return `${table}\nIn ${home}, where Redis is, half are shown within ${shown.toFixed(1)} ms, ${ratio} times the acknowledgement.`
}
