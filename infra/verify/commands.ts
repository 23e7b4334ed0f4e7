// The commands that Redis receives, as it counts them itself. Needs its address.
import { createClient } from 'redis'
import { get } from './app.ts'
import { converse, countSent, SEND_EVERY_MS } from './order.ts'
import { judge, skipped } from './result.ts'
import { NOBODY, type Check } from './run.ts'
import { rest } from './waiting.ts'

const CONVERSATION_MS = 3_000
/** Past the last bus messages and leases. */
const QUIET_AFTER_MS = 7_000
/** Of an idle machine; asserted at twice this. */
const IDLE_PER_HOUR = 70
const HOUR_SECONDS = 3_600
const CONNECT_WITHIN_MS = 5_000
/** Sent by this check. */
const OWN = /^(info|hello|auth|client|ping|select|config)\b/
const COMMANDS_SHOWN = 4
const NO_REDIS = "Redis can't be seen from outside; --redis-url counts its commands"
const NO_STATS = 'this Redis has no INFO commandstats'
const INTERRUPTED = 'interrupted by Ctrl-C'

/** Commands so far by name, including those inside scripts; empty where Redis does not tell. */
async function countsOf(redisUrl: string): Promise<Map<string, number>> {
  const socket = { reconnectStrategy: false, connectTimeout: CONNECT_WITHIN_MS } as const
  const redis = createClient({ url: redisUrl, socket })
  redis.on('error', () => {})
  await redis.connect()
  const stats = await redis.info('commandstats')
  redis.destroy()
  const counts = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
  return new Map(counts.map(([, name = '', calls]) => [name, Number(calls)]))
}

/** The number of commands during the work, and the most frequent ones. */
async function during(redisUrl: string, work: () => Promise<unknown>): Promise<{ sum: number; most: string } | null> {
  const before = await countsOf(redisUrl)
  if (before.size === 0) return null
  await work()
  const counts = [...(await countsOf(redisUrl))]
    .map(([name, calls]) => ({ name, calls: calls - (before.get(name) ?? 0) }))
    .filter(({ name, calls }) => calls > 0 && !OWN.test(name))
    .toSorted((a, b) => b.calls - a.calls)
  const most = counts.slice(0, COMMANDS_SHOWN).map(({ name, calls }) => `${name} ${calls}`)
  return { sum: counts.reduce((sum, { calls }) => sum + calls, 0), most: most.join(', ') || 'none' }
}

export const busy: Check = {
  title: 'Redis, busy',
  async look(run) {
    if (run.redisUrl === null) return skipped(NO_REDIS)
    if (run.signal.aborted) return skipped(INTERRUPTED)
    if (run.natives.length === 0) return skipped(NOBODY)
    const before = countSent(run)
    const signal = AbortSignal.any([run.signal, AbortSignal.timeout(CONVERSATION_MS)])
    const counted = await during(run.redisUrl, () => converse(run, SEND_EVERY_MS, signal))
    if (!counted) return skipped(NO_STATS)
    const messages = countSent(run) - before
    const each = (counted.sum / messages).toFixed(1)
    return judge(
      `${each} commands for each of ${messages} messages`,
      `including those in scripts (${counted.most})`,
      []
    )
  }
}

/** To be run when all clients have left. */
export const idle: Check = {
  title: 'Redis, idle',
  async look({ redisUrl, idleSeconds, signal, url, regions }) {
    if (redisUrl === null) return skipped(NO_REDIS)
    await rest(QUIET_AFTER_MS, signal)
    const { everywhere } = (await (await get(`${url}/api/presence`)).json()) as { everywhere: { count: number } }
    if (everywhere.count > 0) return skipped(`${everywhere.count} people are online, so nothing is idle`)
    const counted = await during(redisUrl, () => rest(idleSeconds * 1_000, signal))
    if (signal.aborted) return skipped(INTERRUPTED)
    if (!counted) return skipped(NO_STATS)
    const { sum, most } = counted
    const machines = regions.flatMap((region) => region.machines).length
    const hours = idleSeconds / HOUR_SECONDS
    // Each may just be sending one.
    const allowed = machines * (1 + 2 * IDLE_PER_HOUR * hours)
    return judge(
      `${sum} commands in ${idleSeconds} s with nobody online`,
      `${Math.round(sum / machines / hours)} per hour for each of ${machines} machines (${most})`,
      sum > allowed ? [`more than twice ${IDLE_PER_HOUR} per hour for each machine: ${most}`] : []
    )
  }
}
