// What ordinary use costs the server, in processor time: `node infra/bench/ordinary-use.ts [rounds] [folder of another checkout …]`.
// Rounds alternate between the checkouts, so that whatever else the machine does, it does to all of them. Clients are this one's.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { LOBBY, newId } from '../../src/contract.ts'
import { TEST_SECRET } from '../testing/chat-server.ts'
import { startChild, type ChildServer } from '../testing/child.ts'
import { closeClients, connectNative } from '../testing/clients.ts'
import { startRedis } from '../testing/redis-server.ts'
import { until } from '../testing/until.ts'

const ROUNDS = 5
const READERS = 50
/** Each of them stays below the packets that one connection may send at once. */
const SENDERS = 8
const MESSAGES = 1_200
const WARM_UP = 300
const JOINS = 200
/** Clock ticks of /proc, on Linux. */
const TICKS_PER_SECOND = 100

interface Costs {
  /** Microseconds of processor time: for one message in a room of eight, for each reader more, and for one arrival. */
  send: number
  fanOut: number
  join: number
}

async function measure(folder: string, redisUrl: string | null): Promise<Costs> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taifas-ordinary-'))
  const server = await startChild(
    {
      DATA_DIR: dataDir,
      SESSION_SECRET: TEST_SECRET,
      RATE_BURST: '100000',
      RATE_PER_SECOND: '100000',
      ...(redisUrl !== null && { REDIS_URL: redisUrl, REDIS_PREFIX: `bench${Date.now()}` })
    },
    ['src/main.ts'],
    { cwd: folder }
  )
  try {
    const senders = await members(server.url, SENDERS)
    await talk(senders, WARM_UP)
    const send = await microseconds(server, () => talk(senders))
    const join = await microseconds(server, async () => {
      for (let nth = 0; nth < JOINS; nth += 1) (await member(server.url)).close()
    })
    const readers = await members(server.url, READERS)
    const heard = (client: Member) =>
      client.all<{ events: unknown[] }>('room:events').flatMap(({ events }) => events).length
    const fanOut = await microseconds(server, async () => {
      await talk(senders)
      await until('the readers to have heard all', () => readers.every((reader) => heard(reader) >= MESSAGES))
    })
    return {
      send: send / MESSAGES,
      fanOut: (fanOut - send) / MESSAGES / READERS,
      join: join / JOINS
    }
  } finally {
    closeClients()
    await server.end('SIGKILL')
    await rm(dataDir, { recursive: true })
  }
}

type Member = Awaited<ReturnType<typeof connectNative>>

async function member(url: string): Promise<Member> {
  const client = await connectNative(url, `Person ${newId()}`)
  await client.ask('room:open', { room: LOBBY })
  return client
}

const members = (url: string, count: number) => Promise.all(Array.from({ length: count }, () => member(url)))

/** One message after another, as people write: none shares its list with others. */
async function talk(senders: Member[], messages = MESSAGES): Promise<void> {
  for (let nth = 0; nth < messages; nth += 1) {
    const said = { room: LOBBY, id: newId(), text: `an ordinary message, number ${nth}` }
    const answer = await senders[nth % senders.length]?.ask('message:send', said)
    if (!answer?.ok) throw new Error(`refused: ${answer?.reason}`)
  }
}

/** Processor time that the server spends meanwhile. */
async function microseconds({ process: { pid } }: ChildServer, work: () => Promise<unknown>): Promise<number> {
  const before = processorTicks(pid ?? 0)
  await work()
  return ((processorTicks(pid ?? 0) - before) / TICKS_PER_SECOND) * 1_000_000
}

/** User and system time of all threads. */
function processorTicks(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return Number(user) + Number(system)
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

if (process.argv[1] === import.meta.filename) {
  const [, , rounds = `${ROUNDS}`, ...others] = process.argv
  const folders = [resolve(import.meta.dirname, '../..'), ...others.map((folder) => resolve(folder))]
  const redis = await startRedis()
  for (const store of ['embedded', 'redis'] as const) {
    const measured = folders.map((): Costs[] => [])
    for (let round = 0; round < Number(rounds); round += 1)
      for (const [nth, folder] of folders.entries())
        measured[nth]?.push(await measure(folder, store === 'redis' ? redis.url : null))
    for (const [nth, all] of measured.entries())
      console.log(
        [
          store.padEnd(10),
          ...(['send', 'fanOut', 'join'] as const).map((what) =>
            `${what} ${median(all.map((costs) => costs[what])).toFixed(1)} µs`.padEnd(20)
          ),
          folders[nth]
        ].join('')
      )
  }
  await redis.stop()
  process.exit()
}
