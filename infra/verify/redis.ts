// What Redis itself says: whether it runs our scripts, and which commands it receives when nobody is online. Needs its address.
import { createClient } from 'redis'
import { countOf } from './app.ts'
import { judge, skipped } from './result.ts'
import type { Check } from './run.ts'
import { rest } from './waiting.ts'

/** Past the last grace period, bus message and lease. */
const QUIET_AFTER_MS = 15_000
/** Of an idle machine; asserted at twice this. */
const IDLE_PER_HOUR = 35
/** Each machine trims the bus once after the people of this check, a minute or two later. */
const TRIM = 'xtrim'
const HOUR_SECONDS = 3_600
const CONNECT_WITHIN_MS = 5_000
/** Sent by this check. */
const OWN = /^(info|hello|auth|client|ping|select|config)\b/

const connectTo = (url: string) =>
  createClient({ url, socket: { reconnectStrategy: false, connectTimeout: CONNECT_WITHIN_MS } })

/** @throws what the connection or `work` does */
export async function askRedis<T>(url: string, work: (redis: ReturnType<typeof connectTo>) => Promise<T>): Promise<T> {
  const redis = await connectTo(url)
    .on('error', () => {})
    .connect()
  return work(redis).finally(() => redis.destroy())
}

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

/** Commands so far by name, including those inside scripts; empty where Redis does not tell. */
async function countsOf(redisUrl: string): Promise<Map<string, number>> {
  const stats = await askRedis(redisUrl, (redis) => redis.info('commandstats'))
  const counts = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].filter(([, name = '']) => !OWN.test(name))
  return new Map(counts.map(([, name = '', calls]) => [name, Number(calls)]))
}

/** To be run when all clients have left. */
export const idle: Check = {
  title: 'Redis, idle',
  async look({ redisUrl, idleSeconds, signal, url, regions }) {
    if (redisUrl === null) return skipped("Redis can't be seen from outside; --redis-url counts its commands")
    await rest(QUIET_AFTER_MS, signal)
    const count = (await countOf(url)) ?? 0
    if (count > 0) return skipped(`${count} people are online, so nothing is idle`)
    const before = await countsOf(redisUrl)
    if (before.size === 0) return skipped('this Redis has no INFO commandstats')
    await rest(idleSeconds * 1_000, signal)
    if (signal.aborted) return skipped('interrupted by Ctrl-C')
    const counts = [...(await countsOf(redisUrl))].map(([name, n]) => [name, n - (before.get(name) ?? 0)] as const)
    const machines = regions.flatMap((region) => region.machines).length
    const sum = counts.reduce((total, [name, n]) => total + (name === TRIM ? Math.max(0, n - machines) : n), 0)
    const hours = idleSeconds / HOUR_SECONDS
    // Each may just be sending one.
    const isTooMany = sum > machines * (1 + 2 * IDLE_PER_HOUR * hours)
    const most = counts.filter(([, n]) => n > 0).join(' ')
    return judge(
      `${sum} commands in ${idleSeconds} s with nobody online`,
      `${Math.round(sum / machines / hours)} per hour for each of ${machines} machines`,
      isTooMany ? [`more than twice ${IDLE_PER_HOUR} per hour for each machine: ${most}`] : []
    )
  }
}
