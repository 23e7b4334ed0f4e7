// Does every region see the same people, and how soon does it see them come and go?
import { judged, seconds, skipped } from './finding.ts'
import { openNative, type Native } from './native.ts'
import { get } from './reach.ts'
import type { Check, Visit } from './visit.ts'
import { until } from './waiting.ts'

/** The README's promise, for coming and for leaving in so many words. */
const SEEN_WITHIN_MS = 2_000
/** What is promised to people is asserted at twice the promise. */
const TOO_LATE_MS = 2 * SEEN_WITHIN_MS

const sees = (viewer: Native, { client }: Native) => viewer.people().some(({ key }) => key === client.me.key)

export const presence: Check = {
  title: 'presence',
  async look(visit) {
    const { natives, regions } = visit
    if (natives.length === 0) return skipped('nobody got in')
    const unseen = () =>
      natives.flatMap((viewer) =>
        natives.filter((one) => !sees(viewer, one)).map((one) => `${viewer.name} doesn't see ${one.name}`)
      )
    await until(() => unseen().length === 0, TOO_LATE_MS)
    const counted = await Promise.all(regions.map((region) => miscounts(visit, region.name, region.way.url)))
    return judged(
      `${natives.length} people`,
      `each sees all, and so does /api/presence of ${regions.length === 1 ? 'the region' : 'each region'}`,
      [...unseen(), ...counted.flat()]
    )
  }
}

/** What a region's public count lacks of us. Others may be here as well. */
async function miscounts({ natives, guests, lobby, regions }: Visit, asked: string, url: string): Promise<string[]> {
  const named = guests.filter(({ protocol }) => lobby && protocol === 'classic')
  const ours = (region: string) => [...natives, ...named].filter((one) => one.region === region).length
  let complaints: string[] = []
  await until(async () => {
    const said = (await (await get(`${url}/api/presence`)).json()) as {
      everywhere: { regions: Record<string, number> }
    }
    complaints = regions
      .map(({ name }) => ({ name, here: new Map(Object.entries(said.everywhere.regions)).get(name) ?? 0 }))
      .filter(({ name, here }) => here < ours(name))
      .map(
        ({ name, here }) => `/api/presence, asked in ${asked}, counts ${here} in ${name}, where ${ours(name)} of us are`
      )
    return complaints.length === 0
  }, TOO_LATE_MS)
  return complaints
}

export const comings: Check = {
  title: 'coming and going',
  async look(visit) {
    const { natives, regions, run } = visit
    if (natives.length === 0) return skipped('nobody got in')
    const newcomers = await Promise.all(
      regions.map(({ name: region, way }) =>
        openNative({ url: way.url, region, name: `${region} newcomer (verify ${run})`, run, lobby: false })
      )
    )
    const came = await seen(natives, newcomers, 'coming', sees)
    await Promise.all(newcomers.map((one) => one.close()))
    const left = await seen(natives, newcomers, 'leaving', (viewer, one) => !sees(viewer, one))
    return judged(
      `${newcomers.length} come and go`,
      `seen by all within ${seconds(came.worst)} and ${seconds(left.worst)} (promise ${seconds(SEEN_WITHIN_MS)})`,
      [...came.late, ...left.late]
    )
  }
}

/** How long after now each viewer has seen it of each, in milliseconds. */
async function seen(
  viewers: Native[],
  those: Native[],
  what: string,
  isSeen: (viewer: Native, one: Native) => boolean
): Promise<{ worst: number; late: string[] }> {
  const start = performance.now()
  const all = await Promise.all(
    viewers.flatMap((viewer) =>
      those.map(async (one) => {
        const inTime = await until(() => isSeen(viewer, one), TOO_LATE_MS)
        return { ms: performance.now() - start, late: inTime ? [] : [`${viewer.name} doesn't see ${one.name} ${what}`] }
      })
    )
  )
  return { worst: Math.max(...all.map(({ ms }) => ms)), late: all.flatMap(({ late }) => late) }
}
