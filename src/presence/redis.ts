// Leases in Redis, over its own protocol or over REST as Upstash speaks it: one hash with a field for each instance's boot, and one
// script for both. The time is the Redis server's.
import { createHash } from 'node:crypto'
import { StoreUnavailable } from '../errors.ts'
import type { Ask } from '../redis/commands.ts'
import type { RedisClient } from '../redis/connection.ts'
import { createRun } from '../redis/scripts.ts'
import { decodeLeases, encodeLease, idOf, type Lease } from './lease.ts'
import { RENEWAL, SHORT_DIGEST } from './renewal-script.ts'
import type { PresenceStore } from './store.ts'

/** Longer than the slowest answer across an ocean, shorter than the interval of reads. */
export const PRESENCE_DEADLINE_MS = 2_500
/** Redis' time is asked for again after this long. In between, the clock of this process says how much of it has passed. */
const TIME_KNOWN_MS = 60_000

/**
 * Commands go through `ask`, which belongs to the caller and stays open when the store is closed. `client`: the connection behind it,
 * or null over REST.
 */
export function createPresenceRedis(options: { ask: Ask; client: RedisClient | null; prefix: string }): PresenceStore {
  const { ask, client, prefix } = options
  const key = `{${prefix}}:presence`
  const runScript = createRun(client, ask)
  let closed = false
  /** The leases of the last answer, by their digests. */
  let known = new Map<string, Known>()
  /** As it was written last; null after it was ended. */
  let own: Known | null = null
  let time = { ofRedis: 0, here: -Infinity }

  function timeNow(): string {
    const passed = performance.now() - time.here
    return passed < TIME_KNOWN_MS ? `${Math.floor(time.ofRedis + passed)}` : ''
  }

  /** Null when Redis has no lease of the digest that was to be renewed, or not the lines that were left out. */
  async function run(...args: (string | number)[]): Promise<Lease[] | null> {
    if (closed) throw new StoreUnavailable('closed')
    const before = new Map(own ? [...known, [own.digest, own]] : known)
    const others = [...known.values()].filter(({ digest }) => digest !== own?.digest)
    const lines = new Map(others.flatMap((one) => [...one.lines]))
    const has = [[...lines.keys()].join(''), ...before.keys()]
    const answer = await runScript(RENEWAL, [key], [...args.map(String), timeNow(), ...has])
    if (!Array.isArray(answer)) return null
    const [at, ...leases] = answer.map(String)
    // The answer took a while: this time is a little behind, never ahead.
    if (at) time = { ofRedis: Number(at), here: performance.now() }
    const found = leases.map((one) => before.get(one) ?? read(eachLine(one, (line) => lines.get(line) ?? line)))
    known = new Map(found.map((one) => [one.digest, one]))
    return found.flatMap(({ leases }) => leases)
  }

  return {
    async renew(lease, leaseMs, { sweep = false } = {}) {
      const { instance, version, moving } = lease
      const text = encodeLease(lease)
      const write = (what: string) =>
        run(idOf(lease), what, Math.round(leaseMs), version, Number(moving), `${instance}:`, Number(sweep))
      const writing = knownAs(text, [lease])
      const { digest, lines } = own ?? writing
      const short =
        digest === writing.digest ? digest : eachLine(text, (line) => (lines.has(shortOf(line)) ? shortOf(line) : line))
      const leases = (own && (await write(short))) ?? (await write(text)) ?? []
      own = leaseMs > 0 ? writing : null
      return leases
    },

    async close() {
      closed = true
    }
  }
}

/** A stored lease: none when it can't be read. `lines`: by their short digests. */
interface Known {
  digest: string
  leases: Lease[]
  lines: Map<string, string>
}

const knownAs = (text: string, leases: Lease[]): Known => ({
  digest: digestOf(text),
  leases,
  lines: new Map(text.split('\n').map((line) => [shortOf(line), line]))
})
const read = (text: string) => knownAs(text, decodeLeases([text]))

const digestOf = (text: string) => createHash('sha1').update(text).digest('hex')
const shortOf = (line: string) => digestOf(line).slice(0, SHORT_DIGEST)
const eachLine = (text: string, change: (line: string) => string) => text.split('\n').map(change).join('\n')
