// Taifas beside its peers: `npm run bench -- [--rounds N] [--people N] [--only fan-out,joins,crowd,acknowledged,growth,size] [--programs "Taifas
// native,…"] [--beside FOLDER] [--no-bun]`. A folder is another checkout, and there may be several. Every round measures each program once,
// in turn, so that whatever else the machine does, it does to all of them. What counts are ratios within one run. Prints Markdown.
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startRedis } from '../testing/redis-server.ts'
import { median } from '../testing/statistics.ts'
import { leaveFirstProcessor, openContenders, type Contender } from './contenders.ts'
import { measureCrowd } from './crowd.ts'
import { measureSizes } from './sizes.ts'
import { measureAcknowledged, measureFanOut, measureGrowth, measureJoins } from './measures.ts'

/** What things cost in a large chat. */
const SIZE = 'size'
const STOCK = 'stock Socket.IO'
const RECEIVERS = 300
const SENDERS = 10
const FAN_OUT_MS = 4_000
/** Until what a message does is compiled. */
const WARM_UP_MS = 4_000
const MS_PER_MINUTE = 60_000
/** The quiet one last: in use, a server runs compiled code. */
const RATES = [200, 20]
const MISSED_MESSAGES = 100
const CROWD = 5_000
const JOINING = 300
const SPEAKERS = 64
const ACKNOWLEDGED = 20_000
/** A message has to cost the same however many are in the room already. */
const GROWTH_MESSAGES = 30_000

/** One column: its heading, and how many digits it shows after the point. */
type Column = readonly [heading: string, digits: number]
interface Table {
  title: string
  columns: readonly Column[]
  /** Leaves out those who are never told that a message was taken. */
  needsAnswers?: true
  measure(contender: Contender): Promise<number[]>
}

const tables = (people: number): Record<string, Table> => ({
  'fan-out': {
    title: `${RECEIVERS} receivers, ${SENDERS} senders, messages of 80 characters`,
    columns: RATES.flatMap((rate): Column[] => [
      [`µs at ${rate}/s`, 2],
      [`bytes at ${rate}/s`, 0],
      [`p50 ms at ${rate}/s`, 1],
      [`p99 ms at ${rate}/s`, 1]
    ]),
    async measure(contender) {
      const costs = await measureFanOut(contender, {
        receivers: RECEIVERS,
        senders: SENDERS,
        rates: RATES,
        warmUpMs: WARM_UP_MS,
        forMs: FAN_OUT_MS
      })
      return costs.flatMap(({ us, bytes, p50Ms, p99Ms }) => [us, bytes, p50Ms, p99Ms])
    }
  },
  joins: {
    title: `${people} people join, and come back at once after ${MISSED_MESSAGES} messages`,
    columns: [
      ['KB per connection', 1],
      ['µs per join', 0],
      ['% of a processor, idle', 2],
      ['s until all are back', 2]
    ],
    async measure(contender) {
      const { kb, usPerJoin, idlePercent, reconnectSeconds } = await measureJoins(contender, people, MISSED_MESSAGES)
      return [kb, usPerJoin, idlePercent, reconnectSeconds]
    }
  },
  crowd: {
    title: `${JOINING} people join ${CROWD} others`,
    columns: [
      ['ms to join, p99', 1],
      ['ms of a message meanwhile, p99', 1],
      ['µs per join, with a message for 20 of them', 0]
    ],
    async measure(contender) {
      const { joinP99Ms, messageP99Ms, usPerJoin } = await measureCrowd(contender, CROWD, JOINING)
      return [joinP99Ms, messageP99Ms, usPerJoin]
    }
  },
  acknowledged: {
    title: `${SPEAKERS} people in one room, each says the next message once the last is acknowledged`,
    columns: [['messages per second', 0]],
    needsAnswers: true,
    measure: async (contender) => [await measureAcknowledged(contender, SPEAKERS, ACKNOWLEDGED)]
  },
  growth: {
    title: `a message in a room of ${SPEAKERS}, empty and after ${GROWTH_MESSAGES} messages`,
    columns: [
      ['µs, empty', 1],
      ['µs, after', 1]
    ],
    needsAnswers: true,
    measure: (contender) => measureGrowth(contender, SPEAKERS, GROWTH_MESSAGES)
  }
})

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    people: { type: 'string', default: '2000' },
    only: { type: 'string' },
    programs: { type: 'string' },
    beside: { type: 'string', multiple: true, default: [] },
    'no-bun': { type: 'boolean', default: false }
  }
})

const all = tables(Number(options.people))
const wanted = options.only?.split(',') ?? [...Object.keys(all), SIZE]
const unknown = wanted.find((name) => !all[name] && name !== SIZE)
if (unknown !== undefined)
  throw new Error(`There is no ${unknown}: --only takes ${[...Object.keys(all), SIZE].join(', ')}.`)

leaveFirstProcessor()
const redis = await startRedis()
const contenders = await openContenders({
  redisUrl: redis.url,
  withBun: !options['no-bun'],
  checkouts: options.beside.map((folder) => resolve(folder))
})
const programs = options.programs?.split(',') ?? contenders.all.map(({ name }) => name)
const compared = contenders.all.filter(({ name }) => programs.includes(name))
if (compared.length < programs.length)
  throw new Error(`--programs takes some of ${contenders.all.map(({ name }) => name).join(', ')}.`)
const { model } = cpus()[0] ?? { model: 'an unknown processor' }
console.log(
  `Medians of ${options.rounds} alternating rounds, server pinned to one core of ${cpus().length}, ${model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}. A ratio in brackets is to stock Socket.IO in the same round.\n`
)
for (const name of wanted) {
  const table = all[name]
  if (table)
    console.log(await compare(table, table.needsAnswers ? compared.filter(({ answers }) => answers) : compared))
}
if (wanted.includes(SIZE)) console.log(await measureSizes())
console.log(`Measured in ${Math.ceil(performance.now() / MS_PER_MINUTE)} minutes.`)
await contenders.close()
await redis.stop()
process.exit()

/** The table in Markdown. */
async function compare({ title, columns, measure }: Table, contenders: Contender[]): Promise<string> {
  const rounds: number[][][] = []
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const measured: number[][] = []
    for (const contender of contenders) measured.push(await measure(contender))
    rounds.push(measured)
  }
  const stock = contenders.findIndex(({ name }) => name === STOCK)
  const rows = contenders.map(({ name }, row) => {
    const cells = columns.map(([, digits], column) => {
      const own = median(rounds.map((round) => round[row]?.[column] ?? NaN))
      const ratio = median(rounds.map((round) => (round[row]?.[column] ?? NaN) / (round[stock]?.[column] ?? NaN)))
      return `${own.toFixed(digits)} (${ratio.toFixed(2)})`
    })
    return `| ${[name, ...cells].join(' | ')} |`
  })
  const head = ['', ...columns.map(([heading]) => heading)]
  return [`**${title}**`, '', `| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows, ''].join('\n')
}
