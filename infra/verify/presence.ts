// Does every region show the same people, and how soon does it show them join and leave?
import { countOf } from './app.ts'
import { openNative, type NativeClient } from './native.ts'
import { judge, seconds, skipped } from './result.ts'
import { NOBODY, type Check } from './run.ts'
import { until } from './waiting.ts'

/** Promised in the README, for joins and deliberate leaves; asserted at twice the promise. */
const SHOWN_WITHIN_MS = 2_000
const TOO_LATE_MS = 2 * SHOWN_WITHIN_MS

/** Waits until each of `viewers` shows each of `people`, or none of them. */
async function untilShown(viewers: NativeClient[], people: NativeClient[], isExpected: boolean) {
  const start = performance.now()
  const wrong = () =>
    viewers.flatMap((viewer) => {
      const shown = new Set(viewer.people().map(({ key }) => key))
      const found = people.filter(({ client }) => shown.has(client.me.key) !== isExpected)
      return found.map((one) => `${viewer.name} ${isExpected ? "doesn't see" : 'still sees'} ${one.name}`)
    })
  await until(() => wrong().length === 0, TOO_LATE_MS)
  return { ms: performance.now() - start, faults: wrong() }
}

export const presence: Check = {
  title: 'presence',
  async look({ natives, url }) {
    if (natives.length === 0) return skipped(NOBODY)
    const { faults } = await untilShown(natives, natives, true)
    const count = await countOf(url)
    const counted = count !== null && count < natives.length ? [`/api/presence counts only ${count}`] : []
    const what = count === null ? 'each sees all' : 'each sees all, and /api/presence counts them'
    return judge(`${natives.length} people`, what, [...faults, ...counted])
  }
}

export const joins: Check = {
  title: 'joins and leaves',
  async look(run) {
    const { natives, regions } = run
    if (natives.length === 0) return skipped(NOBODY)
    const newcomers = await Promise.all(regions.map((region) => openNative(run, region, 'newcomer', false)))
    const joined = await untilShown(natives, newcomers, true)
    await Promise.all(newcomers.map((one) => one.close()))
    const left = await untilShown(natives, newcomers, false)
    return judge(
      `${newcomers.length} join and leave`,
      `shown to all within ${seconds(joined.ms)} and ${seconds(left.ms)} (promise ${seconds(SHOWN_WITHIN_MS)})`,
      [...joined.faults, ...left.faults]
    )
  }
}
