// Which regions are there, and do they all run the same?
import { judged, skipped } from './finding.ts'
import { get, liveOf, type Live } from './reach.ts'
import type { Check, Visit } from './visit.ts'
import { PREFER_REGION, openWay } from './way.ts'

/** All that Fly has (Fly docs, regions). Others can be named with --regions. */
const FLY_REGIONS = 'ams arn bom cdg dfw ewr fra gru iad jnb lax lhr nrt ord sin sjc syd yyz'.split(' ')
/** A region may have several machines, which take turns. */
const ASKED_TIMES = 10

/** Who answers when these regions are asked for: whoever is nearest to them. */
const askFor = ({ url }: Visit, asked: readonly string[]): Promise<Live[]> =>
  Promise.all(
    asked.map(async (region) => {
      const live = await liveOf(await get(`${url}/health/live`, { [PREFER_REGION]: region }))
      if (!live) throw new Error(`asked for ${region}, something else than Taifas answers`)
      return live
    })
  )

export const regions: Check = {
  title: 'regions',
  async look(visit) {
    const found = await askFor(visit, visit.wanted ?? FLY_REGIONS)
    const names = [...new Set(found.map(({ region }) => region))].toSorted()
    const answers = await askFor(visit, Array.from({ length: ASKED_TIMES }, () => names).flat())
    for (const name of names) {
      const there = answers.filter(({ region }) => region === name)
      const machines = [...new Set(there.map(({ instance }) => instance))].toSorted()
      visit.regions.push({ name, machines, way: await openWay(visit.url, () => name) })
    }
    const missing = (visit.wanted ?? []).filter((name) => !names.includes(name))
    return judged(
      `${names.length} answer`,
      visit.regions.map(({ name, machines }) => `${name} (${machines.join(', ')})`).join(', '),
      missing.map((name) => `${name} doesn't answer: asked for it, ${names.join(' or ')} did`)
    )
  }
}

/** The builds that run now. */
export async function buildsOf({ regions }: Visit): Promise<string[]> {
  const answers = await Promise.all(regions.map(({ way }) => get(`${way.url}/health/live`).then(liveOf)))
  return [...new Set(answers.flatMap((live) => (live?.build ? [live.build] : [])))]
}

export const build: Check = {
  title: 'build',
  async look(visit) {
    const [first, ...others] = await buildsOf(visit)
    if (first === undefined) return skipped('no region says which it runs')
    return judged(
      `the web client ${first}`,
      'the same everywhere',
      others.map((other) => `${other} runs as well: a deploy is not finished, or was not for all regions`)
    )
  }
}
