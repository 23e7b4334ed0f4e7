// What only the real platforms can show: whether Redis runs our scripts, and whether a machine that has exited starts again.
import { get, liveOf } from './app.ts'
import { askRedis } from './commands.ts'
import { PREFER_REGION } from './region-proxy.ts'
import { judge, seconds, skipped } from './result.ts'
import type { Check } from './run.ts'
import { rest } from './waiting.ts'

/** As every append does: reads the clock inside a script, and writes afterwards. The key expires at once. */
const CLOCK_SCRIPT = `
local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1], 'PX', 1)
return time[1]`

export const scripts: Check = {
  title: 'Redis, scripts',
  async look({ redisUrl, id }) {
    if (redisUrl === null) return skipped('with --redis-url it is tried whether a script may read the clock')
    const answer = await askRedis(redisUrl, (redis) => redis.eval(CLOCK_SCRIPT, { keys: [`{verify}:${id}`] }))
    const faults = Number(answer) > 0 ? [] : [`TIME gave ${JSON.stringify(answer)}`]
    return judge('TIME', 'a script reads the clock and writes afterwards', faults)
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
