// Does every region show the same people, and how soon does it show them join and leave?
import { get } from './app.ts'
import { openNative, type NativeClient } from './native.ts'
import { judge, seconds, skipped } from './result.ts'
import { NOBODY, type Check, type Run } from './run.ts'
import { until } from './waiting.ts'

/** Promised in the README, for joins and deliberate leaves; asserted at twice the promise. */
const SHOWN_WITHIN_MS = 2_000
const TOO_LATE_MS = 2 * SHOWN_WITHIN_MS

const shows = (viewer: NativeClient, { client }: NativeClient) =>
  viewer.people().some(({ key }) => key === client.me.key)

export const presence: Check = {
  title: 'presence',
  async look(run) {
    const { natives, regions } = run
    if (natives.length === 0) return skipped(NOBODY)
    const unseen = () =>
      natives.flatMap((viewer) =>
        natives.filter((one) => !shows(viewer, one)).map((one) => `${viewer.name} doesn't see ${one.name}`)
      )
    await until(() => unseen().length === 0, TOO_LATE_MS)
    const miscounts = await Promise.all(regions.map(({ name, proxy }) => miscountsOf(run, name, proxy.url)))
    const outcome = 'each sees all, and so does /api/presence of each region'
    return judge(`${natives.length} people`, outcome, [...unseen(), ...miscounts.flat()])
  }
}

/** Which of our clients the public count of a region lacks. Other people may be online as well. */
async function miscountsOf({ natives, compatible, lobby, regions }: Run, from: string, url: string): Promise<string[]> {
  const named = lobby ? compatible.filter(({ protocol }) => protocol === 'classic') : []
  const ours = (region: string) => [...natives, ...named].filter((one) => one.region === region).length
  let faults: string[] = []
  await until(async () => {
    const { everywhere } = (await (await get(`${url}/api/presence`)).json()) as Everywhere
    const counts = new Map(Object.entries(everywhere.regions))
    faults = regions
      .filter(({ name }) => (counts.get(name) ?? 0) < ours(name))
      .map(({ name }) => `${from} counts ${counts.get(name) ?? 0} in ${name}, where ${ours(name)} of ours are`)
    return faults.length === 0
  }, TOO_LATE_MS)
  return faults
}
interface Everywhere {
  everywhere: { regions: Record<string, number> }
}

export const joins: Check = {
  title: 'joins and leaves',
  async look({ natives, regions, id }) {
    if (natives.length === 0) return skipped(NOBODY)
    const newcomers = await Promise.all(
      regions.map(({ name: region, proxy }) =>
        openNative({ url: proxy.url, region, name: `${region} newcomer (verify ${id})`, run: id, lobby: false })
      )
    )
    const joined = await timeUntil(natives, newcomers, 'join', shows)
    await Promise.all(newcomers.map((one) => one.close()))
    const left = await timeUntil(natives, newcomers, 'leave', (viewer, one) => !shows(viewer, one))
    return judge(
      `${newcomers.length} join and leave`,
      `shown to all within ${seconds(joined.worst)} and ${seconds(left.worst)} (promise ${seconds(SHOWN_WITHIN_MS)})`,
      [...joined.late, ...left.late]
    )
  }
}

async function timeUntil(
  viewers: NativeClient[],
  people: NativeClient[],
  what: string,
  isShown: (viewer: NativeClient, one: NativeClient) => boolean
): Promise<{ worst: number; late: string[] }> {
  const start = performance.now()
  const pairs = viewers.flatMap((viewer) => people.map((one) => ({ viewer, one })))
  const all = await Promise.all(
    pairs.map(async ({ viewer, one }) => {
      const inTime = await until(() => isShown(viewer, one), TOO_LATE_MS)
      return { ms: performance.now() - start, late: inTime ? [] : [`${viewer.name} doesn't see ${one.name} ${what}`] }
    })
  )
  return { worst: Math.max(...all.map(({ ms }) => ms)), late: all.flatMap(({ late }) => late) }
}
