// Lua scripts: sent in full once per connection, and by their hash from then on.
import { createHash } from 'node:crypto'
import { StoreUnavailable } from '../errors.ts'
import type { Ask } from './commands.ts'
import type { RedisClient } from './connection.ts'

export interface Script {
  source: string
  sha: string
}

/** Lua: the time of a step in milliseconds since 1970, given or else from Redis' clock, which all instances share. */
export const TIME = `local function time_of(given)
  local now = tonumber(given)
  if now then return now end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/** Joins parts of Lua source to one script. */
export function script(...parts: string[]): Script {
  const source = parts.join('\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/**
 * Runs a script in one round trip, or in two when Redis has forgotten it. Scripts run in the order of the calls; when Redis has
 * forgotten one, only those do that no other process sends.
 * @throws as Ask; `onLate` receives an answer that arrived after the deadline
 */
export type Run = (
  script: Script,
  keys: string[],
  args: string[],
  onLate?: (answer: unknown) => void
) => Promise<unknown>

/** `client`: the connection behind `ask`, or null over REST. */
export function createRun(client: RedisClient | null, ask: Ask): Run {
  /**
   * Scripts that this connection has sent in full. Trying the hash first and sending the source after a refusal would let the second of
   * two calls overtake the first, because another instance may load the script in between.
   */
  const sent = new Set<string>()
  const forget = () => sent.clear()
  client?.on('error', forget)
  client?.on('end', forget)
  let calls = 0
  /** Calls that were sent by their hash and are not answered. */
  const unanswered = new Set<number>()
  /** Calls that wait for those, because Redis did not know the script of one: it is sent again before any later one. */
  const delayed = new Map<number, () => void>()

  function sendDelayed() {
    const inOrder = [...delayed].toSorted(([one], [other]) => one - other)
    delayed.clear()
    for (const [, send] of inOrder) send()
  }

  return ({ sha, source }, keys, args, onLate) => {
    const call = (calls += 1)
    const rest = [`${keys.length}`, ...keys, ...args]
    const delay = () => new Promise((resolve) => delayed.set(call, () => resolve(send())))

    async function send(): Promise<unknown> {
      if (!sent.has(sha)) {
        sent.add(sha)
        return ask(['EVAL', source, ...rest], onLate)
      }
      unanswered.add(call)
      try {
        return await ask(['EVALSHA', sha, ...rest], onLate)
      } catch (error) {
        if (!isUnknownScript(error)) throw error
        sent.delete(sha)
        return delay()
      } finally {
        unanswered.delete(call)
        if (unanswered.size === 0) sendDelayed()
      }
    }
    return delayed.size > 0 ? delay() : send()
  }
}

/** Redis has forgotten the script, or never knew it. */
const isUnknownScript = (error: unknown): boolean =>
  error instanceof StoreUnavailable && error.cause instanceof Error && error.cause.message.startsWith('NOSCRIPT')
