// `npm run verify -- https://your-app`: whoever has just deployed runs this at their own computer, and it says line by line what is
// true of the app as seen from there. Runs the same way against `npm run world`: npm run verify -- http://localhost:4001
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { guests, natives } from './clients.ts'
import { busy, idle } from './commands.ts'
import { deploy } from './deploy.ts'
import { facts } from './facts.ts'
import { failed, sentenceOf, type Finding } from './finding.ts'
import { lobby, order } from './order.ts'
import { comings, presence } from './presence.ts'
import { arrive, page, ready } from './reach.ts'
import { build, regions } from './regions.ts'
import { replay } from './replay.ts'
import { factList, latencyTable, line } from './report.ts'
import { tidy } from './tidy.ts'
import type { Check, Visit } from './visit.ts'

const USAGE = `npm run verify -- <address of the app> [options]
  --regions ams,iad,nrt   regions that must be there; otherwise all that answer are looked at
  --no-lobby              says nothing in the lobby, where people may be
  --watch 300             keeps clients talking for so many seconds, while you run \`fly deploy\`
  --redis-url redis://…   counts what Redis is asked for, also in an idle minute
  --idle-seconds 60       another idle time than a minute`

const checks: readonly Check[] = [
  page,
  regions,
  ready,
  build,
  natives,
  guests,
  order,
  lobby,
  presence,
  comings,
  replay,
  deploy
]
const ONE_PRESS_MS = 1_000

/** After Ctrl-C as well. */
const afterwards: readonly Check[] = [busy, tidy, idle]

process.exit(await main())

async function main(): Promise<number> {
  const visit = await begin().catch((cause: unknown) => {
    console.error(sentenceOf(cause))
    return null
  })
  if (!visit) return 1
  console.log(`${visit.url}, as seen from here\n`)
  const marks: Finding['mark'][] = []
  for (const check of [...checks, ...afterwards]) {
    const isCutShort = visit.enough.aborted && !afterwards.includes(check)
    const finding = isCutShort ? failed('not looked at: Ctrl-C came before') : await check.look(visit).catch(failed)
    marks.push(finding.mark)
    console.log(line(check.title, finding))
  }
  if (visit.measured) console.log(`\n${latencyTable(visit.measured)}`)
  console.log(`\n${factList(facts(visit), visit.behindFly)}`)
  const count = (mark: Finding['mark']) => marks.filter((one) => one === mark).length
  console.log(`\n${count('held')} held, ${count('failed')} failed, ${count('skipped')} skipped`)
  return count('failed') === 0 ? 0 : 1
}

/** @throws a sentence for whoever has called it wrongly, or calls for what isn't there */
async function begin(): Promise<Visit> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      regions: { type: 'string' },
      'no-lobby': { type: 'boolean', default: false },
      watch: { type: 'string', default: '0' },
      'redis-url': { type: 'string' },
      'idle-seconds': { type: 'string', default: '60' }
    }
  })
  const [address] = positionals
  if (address === undefined) throw new Error(USAGE)
  const enough = new AbortController()
  let pressedAt = Infinity
  process.on('SIGINT', () => {
    // One press of Ctrl-C may arrive more than once; a second one means now.
    if (performance.now() - pressedAt > ONE_PRESS_MS) process.exit(1)
    pressedAt = Math.min(pressedAt, performance.now())
    enough.abort()
  })
  return {
    ...(await arrive(address)),
    run: randomBytes(3).toString('hex'),
    wanted: values.regions?.split(/[, ]+/) ?? null,
    lobby: !values['no-lobby'],
    watchSeconds: secondsOf('--watch', values.watch),
    redisUrl: values['redis-url'] ?? null,
    idleSeconds: secondsOf('--idle-seconds', values['idle-seconds']),
    enough: enough.signal,
    regions: [],
    natives: [],
    guests: [],
    placed: 0,
    measured: null,
    scattered: [],
    drained: null
  }
}

function secondsOf(option: string, said: string): number {
  if (!/^\d+$/.test(said)) throw new Error(`${option} takes a whole number of seconds, not "${said}"`)
  return Number(said)
}
