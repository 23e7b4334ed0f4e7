// `npm run verify -- https://your-app` checks a deployment from the operator's computer, and prints one line for each check. It runs
// the same way against `npm run world`: npm run verify -- http://localhost:4001
import { readOptions } from '../dev/options.ts'
import { findApp, page, ready } from './app.ts'
import { cleanup, compatible, natives } from './clients.ts'
import { deploy } from './deploy.ts'
import { lobby, order } from './order.ts'
import { polling } from './polling.ts'
import { joins, presence } from './presence.ts'
import { idle, scripts } from './redis.ts'
import { regions, stopped } from './regions.ts'
import { failed, line, messageOf } from './result.ts'
import { newRun, type Check, type Run } from './run.ts'

const USAGE = `npm run verify -- <address of the app> [options]
  --regions ams,iad,nrt   regions that must answer; by default, all that do are checked
  --no-lobby              posts nothing in the lobby, where people may be
  --watch 300             keeps clients talking for 300 s, while you run \`fly deploy\`
  --redis-url redis://…   tries the scripts' clock, and counts the commands that Redis receives when idle
  --invitation …          the link of an invitation for 20 people, when the app has ACCESS=invite
  --idle-seconds 120      how long it counts when idle
  --stopped 1900          waits for so many seconds, more than IDLE_EXIT_MINUTES, and asks every region again`

const checks = [page, regions, ready, natives, compatible, order, lobby, presence, joins, polling, deploy, scripts]
/** Run after Ctrl-C as well. */
const finalChecks: readonly Check[] = [cleanup, idle, stopped]
/** One press of Ctrl-C may arrive more than once. */
const ONE_PRESS_MS = 1_000

process.exit(
  await main().catch((cause: unknown) => {
    console.error(messageOf(cause))
    return 1
  })
)

/** @returns the exit code */
async function main(): Promise<number> {
  const run = await begin()
  console.log(`${run.url}, as seen from here\n`)
  const counts = { held: 0, failed: 0, skipped: 0 }
  for (const check of [...checks, ...finalChecks]) {
    const isInterrupted = run.signal.aborted && !finalChecks.includes(check)
    const result = isInterrupted ? failed('not checked: interrupted by Ctrl-C') : await check.look(run).catch(failed)
    counts[result.mark] += 1
    console.log(line(check.title, result))
  }
  if (run.latencies) console.log(`\n${run.latencies}`)
  console.log(`\n${counts.held} held, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0 ? 0 : 1
}

/** @throws a sentence for the operator */
async function begin(): Promise<Run> {
  const { values, positionals } = readOptions(USAGE, {
    allowPositionals: true,
    options: {
      regions: { type: 'string' },
      'no-lobby': { type: 'boolean', default: false },
      watch: { type: 'string', default: '0' },
      'redis-url': { type: 'string' },
      invitation: { type: 'string' },
      'idle-seconds': { type: 'string', default: '120' },
      stopped: { type: 'string', default: '0' }
    }
  })
  const [address] = positionals
  if (address === undefined) throw new Error(USAGE)
  const interrupt = new AbortController()
  let pressedAt = Infinity
  process.on('SIGINT', () => {
    // A second press ends the program at once.
    if (performance.now() - pressedAt > ONE_PRESS_MS) process.exit(1)
    pressedAt = Math.min(pressedAt, performance.now())
    interrupt.abort()
  })
  return newRun(await findApp(address), {
    wanted: values.regions?.split(/[, ]+/) ?? null,
    lobby: !values['no-lobby'],
    watchSeconds: secondsOf('--watch', values.watch),
    redisUrl: values['redis-url'] ?? null,
    // The link, or the code in it.
    invitation: values.invitation?.replace(/^.*=/, '') ?? null,
    idleSeconds: secondsOf('--idle-seconds', values['idle-seconds']),
    stoppedSeconds: secondsOf('--stopped', values.stopped),
    signal: interrupt.signal
  })
}

function secondsOf(option: string, given: string): number {
  if (!/^\d+$/.test(given)) throw new Error(`${option} takes a whole number of seconds, not "${given}"`)
  return Number(given)
}
