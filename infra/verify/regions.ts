// Which regions answer, do all machines run the same build, and does one that has exited start again?
import { get, liveOf, type Live } from './app.ts'
import { openRegionProxy, PREFER_REGION } from './region-proxy.ts'
import { judge, seconds, skipped } from './result.ts'
import type { Check, Run } from './run.ts'
import { rest } from './waiting.ts'

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

/** To be run last, when all clients have left. */
export const stopped: Check = {
  title: 'stopped',
  async look({ stoppedSeconds, signal, url, wanted, regions }) {
    if (stoppedSeconds === 0)
      return skipped('--stopped waits until IDLE_EXIT_MINUTES are over, and asks every region again')
    await rest(stoppedSeconds * 1_000, signal)
    if (signal.aborted) return skipped('interrupted by Ctrl-C')
    const faults: string[] = []
    const took: string[] = []
    // One after another: a request that starts a machine must not be answered by one that another request has started.
    for (const region of wanted ?? regions.map(({ name }) => name)) {
      const start = performance.now()
      const live = await liveOf(await get(`${url}/health/live`, { [PREFER_REGION]: region }))
      took.push(`${region} ${seconds(performance.now() - start)}`)
      if (live?.region !== region) faults.push(`${region} is not started; ${live?.region ?? 'nobody'} answers instead`)
    }
    return judge(`after ${stoppedSeconds} s without anybody`, `every region answers: ${took.join(', ')}`, faults)
  }
}
