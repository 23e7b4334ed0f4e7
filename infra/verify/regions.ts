// Which regions answer, and do they all run the same build?
import { get, liveOf, type Live } from './app.ts'
import { openRegionProxy, PREFER_REGION } from './region-proxy.ts'
import { judge, skipped } from './result.ts'
import type { Check, Run } from './run.ts'

/** All regions of Fly (Fly docs, regions). */
const FLY_REGIONS = 'ams arn bom cdg dfw ewr fra gru iad jnb lax lhr nrt ord sin sjc syd yyz'.split(' ')
/** A region may have several machines, which take turns. */
const REQUESTS_PER_REGION = 10

/** Who answers requests that prefer these regions: the nearest one to each. */
const answersFor = ({ url }: Run, preferred: readonly string[]): Promise<Live[]> =>
  Promise.all(
    preferred.map(async (region) => {
      const live = await liveOf(await get(`${url}/health/live`, { [PREFER_REGION]: region }))
      if (!live) throw new Error(`the request that prefers ${region} was not answered by a Taifas`)
      return live
    })
  )

export const regions: Check = {
  title: 'regions',
  async look(run) {
    const found = await answersFor(run, run.wanted ?? FLY_REGIONS)
    const names = [...new Set(found.map(({ region }) => region))].toSorted()
    const answers = await answersFor(run, Array.from({ length: REQUESTS_PER_REGION }, () => names).flat())
    for (const name of names) {
      const there = answers.filter(({ region }) => region === name)
      const machines = [...new Set(there.map(({ instance }) => instance))].toSorted()
      run.regions.push({ name, machines, proxy: await openRegionProxy(run.url, () => name) })
    }
    const missing = (run.wanted ?? []).filter((name) => !names.includes(name))
    return judge(
      `${names.length} answer`,
      run.regions.map(({ name, machines }) => `${name} (${machines.join(', ')})`).join(', '),
      missing.map((name) => `${name} doesn't answer; ${names.join(' or ')} did instead`)
    )
  }
}

/** The builds that run now. */
export async function buildsOf({ regions }: Run): Promise<string[]> {
  const answers = await Promise.all(regions.map(({ proxy }) => get(`${proxy.url}/health/live`).then(liveOf)))
  return [...new Set(answers.flatMap((live) => (live?.build ? [live.build] : [])))]
}

export const build: Check = {
  title: 'build',
  async look(run) {
    const [first, ...others] = await buildsOf(run)
    if (first === undefined) return skipped('no region reports its build')
    const faults = others.map((other) => `${other} runs as well: a deploy has not finished in all regions`)
    return judge(`the web client ${first}`, 'the same everywhere', faults)
  }
}
