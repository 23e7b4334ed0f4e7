// What Redis is asked for, counted by Redis itself. Needs its address: from outside of the app it can't be seen.
import { createClient } from 'redis'
import { held, judged, skipped } from './finding.ts'
import { saidBy, talk } from './order.ts'
import { get } from './reach.ts'
import type { Check } from './visit.ts'
import { rest } from './waiting.ts'

const TALK_MS = 3_000
const SAYS_EVERY_MS = 150
/** What was said last is told on, and leases are ended, within this. */
const RESTS_AFTER_MS = 7_000
/** An idle machine asks for no more than this in an hour; held at twice that, and each may just be asking. */
const IDLE_PER_HOUR = 70
const HOUR_SECONDS = 3_600
const ASK_WITHIN_MS = 5_000
/** Our own questions. */
const OURS = /^(info|hello|auth|client|ping|select|config)\b/
/** So many kinds of commands are named. */
const MOST = 4
const CUT_SHORT = 'cut short by Ctrl-C'
const NO_REDIS = "Redis can't be seen from outside; --redis-url counts what it is asked for"
const MUTE = 'this Redis has no INFO commandstats to count by'

/** Commands done so far by their names, those inside of scripts included; none where a Redis doesn't tell. */
async function countsOf(redisUrl: string): Promise<Map<string, number>> {
  const socket = { reconnectStrategy: false, connectTimeout: ASK_WITHIN_MS } as const
  const redis = createClient({ url: redisUrl, socket })
  redis.on('error', () => {})
  await redis.connect()
  const stats = await redis.info('commandstats')
  redis.destroy()
  const counts = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
  return new Map(counts.map(([, name = '', calls]) => [name, Number(calls)]))
}

/** What it is asked for during the work: how often in all, and what most. Null where it doesn't tell. */
async function during(redisUrl: string, work: () => Promise<unknown>): Promise<{ sum: number; most: string } | null> {
  const before = await countsOf(redisUrl)
  if (before.size === 0) return null
  await work()
  const asked = [...(await countsOf(redisUrl))]
    .map(([name, calls]) => ({ name, calls: calls - (before.get(name) ?? 0) }))
    .filter(({ name, calls }) => calls > 0 && !OURS.test(name))
    .toSorted((one, other) => other.calls - one.calls)
  const most = asked.slice(0, MOST).map(({ name, calls }) => `${name} ${calls}`)
  return { sum: asked.reduce((sum, { calls }) => sum + calls, 0), most: most.join(', ') || 'none' }
}

export const busy: Check = {
  title: 'Redis, busy',
  async look(visit) {
    const { redisUrl, natives, enough } = visit
    if (redisUrl === null) return skipped(NO_REDIS)
    if (enough.aborted) return skipped(CUT_SHORT)
    if (natives.length === 0) return skipped('nobody got in')
    const before = saidBy(visit)
    const counted = await during(redisUrl, () =>
      talk(visit, SAYS_EVERY_MS, AbortSignal.any([enough, AbortSignal.timeout(TALK_MS)]))
    )
    if (!counted) return skipped(MUTE)
    const { sum, most } = counted
    const messages = saidBy(visit) - before
    return held(
      `${(sum / messages).toFixed(1)} commands for each of ${messages} messages, those inside of scripts included (${most})`
    )
  }
}

/** To be looked at when all of us have left. */
export const idle: Check = {
  title: 'Redis, idle',
  async look(visit) {
    const { redisUrl, idleSeconds, enough, url, regions } = visit
    if (redisUrl === null) return skipped(NO_REDIS)
    await rest(RESTS_AFTER_MS, enough)
    const { everywhere } = (await (await get(`${url}/api/presence`)).json()) as { everywhere: { count: number } }
    if (everywhere.count > 0) return skipped(`${everywhere.count} are here, so nothing is idle`)
    const counted = await during(redisUrl, () => rest(idleSeconds * 1_000, enough))
    if (enough.aborted) return skipped(CUT_SHORT)
    if (!counted) return skipped(MUTE)
    const { sum, most } = counted
    const machines = regions.flatMap((region) => region.machines).length
    const hours = idleSeconds / HOUR_SECONDS
    const allowed = machines * (1 + 2 * IDLE_PER_HOUR * hours)
    return judged(
      `${sum} commands in ${idleSeconds} s with nobody here`,
      `${Math.round(sum / machines / hours)} an hour for each of ${machines} machines (${most})`,
      sum > allowed ? [`more than twice ${IDLE_PER_HOUR} an hour for each machine: ${most}`] : []
    )
  }
}
