// Keeps the clients talking while the operator deploys (or presses drain on the world's page), and reports what they noticed.
import { effect } from '@preact/signals'
import { percentile } from '../testing/statistics.ts'
import { converse, countSent, faultsOf } from './order.ts'
import { judge, seconds, skipped } from './result.ts'
import { NOBODY, type Check, type Run } from './run.ts'

const SEND_EVERY_MS = 1_000
/** The README's promise for a rolling restart, as p99; asserted at twice the promise. */
const BLACKOUT_MS = 3_000

export const deploy: Check = {
  title: 'deploy',
  async look(run) {
    const { natives, watchSeconds } = run
    if (watchSeconds === 0)
      return skipped('not watched; --watch 300 keeps the clients talking for 300 s, while you run `fly deploy`')
    if (natives.length === 0) return skipped(NOBODY)
    const sentBefore = countSent(run)
    const blackoutsBefore = natives.map(({ blackouts }) => blackouts.length)
    const stopWatching = watchDepartures(run)
    console.log(`  watching for ${watchSeconds} s: deploy now, or press drain on the world's page; Ctrl-C ends it`)
    await converse(run, SEND_EVERY_MS, AbortSignal.any([run.signal, AbortSignal.timeout(watchSeconds * 1_000)]))
    const faults = [...(await faultsOf(run)), ...stopWatching()]

    const blackouts = natives.map((one, n) => one.blackouts.slice(blackoutsBefore[n]))
    const moved = blackouts.filter((times) => times.length > 0).length
    if (moved === 0 && faults.length === 0) return skipped('no client was moved: nothing was deployed or drained')
    const all = blackouts.flat()
    const [p50, p99] = [percentile(all, 0.5), percentile(all, 0.99)]
    return judge(
      `${moved} of ${natives.length} people were moved, ${all.length} times in total, and offline for ${seconds(p50)} (p50), ${seconds(p99)} (p99, promise ${seconds(BLACKOUT_MS)})`,
      `${countSent(run) - sentBefore} messages meanwhile, 0 lost, 0 repeated, nobody shown as gone`,
      [...faults, ...(p99 > 2 * BLACKOUT_MS ? [`people were offline for ${seconds(p99)}`] : [])]
    )
  }
}

/** Records which of our clients are shown as gone, though none leaves. @returns a function that ends it */
function watchDepartures({ natives, compatible, id }: Run) {
  const names = new Map(natives.map(({ client, name }) => [client.me.key, name]))
  const found = new Set<string>()
  const stops = natives.map((viewer) =>
    effect(() => {
      const here = new Set(viewer.people().map(({ key }) => key))
      for (const [key, name] of names) if (!here.has(key)) found.add(`${viewer.name} saw ${name} leave`)
    })
  )
  const leftBefore = compatible.map((one) => one.left().length)
  return (): string[] => {
    for (const stop of stops) stop()
    for (const [n, viewer] of compatible.entries())
      for (const name of viewer.left().slice(leftBefore[n]))
        if (name.includes(`verify ${id}`)) found.add(`${viewer.name} saw ${name} leave`)
    return [...found]
  }
}
