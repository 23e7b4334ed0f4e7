// Which regions answer, and do all machines run the same build?
import { get, liveOf, type Live } from './app.ts'
import { openRegionProxy, PREFER_REGION } from './region-proxy.ts'
import { judge } from './result.ts'
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
      run.regions.push({ name, machines, url: await openRegionProxy(run.url, name) })
    }
    const missing = (run.wanted ?? []).filter((name) => !names.includes(name))
    // A fresh instance reports none.
    const builds = [...new Set(answers.flatMap((live) => live.build ?? []))]
    const faults =
      builds.length > 1 ? [`the builds ${builds.join(' and ')} run: a deploy has not finished everywhere`] : []
    return judge(
      `${names.length} answer`,
      run.regions.map(({ name, machines }) => `${name} (${machines.join(', ')})`).join(', '),
      [...faults, ...missing.map((name) => `${name} doesn't answer; ${names.join(' or ')} did instead`)]
    )
  }
}
